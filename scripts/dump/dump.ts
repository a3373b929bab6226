// A logical dump that is known to restore: one moment of every database, kept with checksums, loaded again and compared with
// what the snapshots saw. The manifest is written last: a dump without one counts for nothing.
import path from "node:path";
import { OpsError } from "../core/errors";
import type { Measurement } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Core, Operated } from "../core/tools";
import type { Provenance } from "../evidence/port";
import type { MachineTools, Workspace } from "../machine/port";
import type { DatabaseState } from "../postgres/database-state";
import { type LeftOutDatabase, listDatabases, showLeftOut } from "../postgres/databases";
import { quote } from "../postgres/fingerprint";
import { readInPeace } from "../postgres/let-go";
import type { Database, PostgresTools } from "../postgres/port";
import { askNow } from "../postgres/read-shared";
import { readState } from "../postgres/read-state";
import { requireConnections, requireLocks, requirePrimary } from "../postgres/readiness";
import { type Copy, openCopy } from "../restore/copy";
import { createDatabase } from "../restore/partial/target";
import type { RestoreTools } from "../restore/tools";
import { checksOf, momentCheck, type Rehearsed } from "./checks";
import { type Moment, openMoment } from "./moment";
import type { DumpTools, StoredFile } from "./port";
import { type Archive, compareRoles, compareWith, loadAll, startScratch } from "./rehearse";

export const MANIFEST = "manifest.json";
const ROLES = "roles.sql";

/** The archive and its copy, compressed, take less than the data; the scratch cluster about as much, and its WAL. */
const SPACE_FACTOR = 2;

interface Taken {
  /** Under which everything is kept. */
  name: string;
  moment: Omit<Moment, "close">;
  archives: Archive[];
  files: StoredFile[];
  /** The script that makes the roles, and where it is kept. */
  roles: { script: Buffer; file: string };
  expected: Record<string, DatabaseState>;
  superuser: string;
  version: string;
}

/** @param limitSeconds longest that a program or statement on the scratch server may take; default that of a restore */
export async function dump(
  context: RestoreTools & DumpTools & Provenance,
  limitSeconds?: number,
): Promise<Outcome> {
  const { dumps, progress, clock } = context;
  const { location } = dumps;
  const source = context.servers.source(context.platform);
  await requirePrimary(source);
  const { content: databases, leftOut } = await listDatabases(askNow(source));
  await requireLocks(source, databases);
  await requireConnections(source, databases);
  // Before anything is made: the programs of the source's version.
  await context.host.program("initdb", await source.major());
  await requireSpace(context, source, databases);
  const copy = await openCopy(context, "dump", { limitSeconds });
  const began = clock.seconds();
  // A name for each try: what one that was let go has kept has no manifest, and cannot be written again.
  const { done: taken, letGo } = await readInPeace(
    context,
    source,
    (watched) => take(context, watched, databases, copy, context.newId()),
    (what) => progress.say("info", what),
  );
  const { name } = taken;
  const dumpSeconds = clock.seconds() - began;
  const rehearsed = await rehearse(context, copy, taken);
  const { differences, seconds } = rehearsed;

  const moment = momentCheck(taken.moment, databases.length, leftOut);
  const checks = [moment, ...checksOf(rehearsed, `${taken.files.length} files in ${location}/${name}`)];
  for (const check of checks) progress.check(check);
  // Of a database that lets nobody in there is no dump; what was dumped of the others is of use all the same, and its manifest says so.
  const sound = checks.every((check) => check.verdict === "pass" || check === moment);
  if (sound) {
    const manifest = manifestOf(context, name, taken, leftOut);
    await dumps.putText(name, MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  }
  await copy.close();
  const bytes = taken.files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    checks,
    measurements: [
      { name: "dump-duration", value: dumpSeconds, unit: "s" },
      { name: "dump-restore-duration", value: seconds, unit: "s" },
      { name: "dump-size", value: bytes, unit: "B" },
      { name: "dump-rows", value: differences.rows, unit: "rows" },
    ] satisfies Measurement[],
    artifacts: [],
    facts: {
      dump: name,
      location,
      complete: sound && moment.verdict === "pass",
      leftOut,
      at: taken.moment.at,
      snapshot: taken.moment.snapshot,
      ...(letGo.length > 0 ? { letGo } : {}),
      pgDump: taken.version,
      separation: copy.container.separation,
      isolated: copy.container.isolated,
      files: taken.files,
      recomputed: differences.recomputed,
    },
    summary: summaryOf(`${location}/${name}`, taken, leftOut, sound),
  };
}

/** @throws OpsError space */
async function requireSpace(
  { host, copies }: MachineTools & Pick<Workspace, "copies">,
  source: Database,
  databases: readonly string[],
): Promise<void> {
  const [row] = await source.query<{ bytes: string }>(
    source.maintenance,
    "select coalesce(sum(pg_database_size(datname)), 0)::text as bytes from pg_database where datname = any($1)",
    [databases],
  );
  const needed = Number(row?.bytes ?? 0) * SPACE_FACTOR;
  const free = await host.freeBytes(copies);
  if (free >= needed) return;
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  throw new OpsError("space", `${copies} has ${mebibytes(free)} MiB free`, {
    expected: `${mebibytes(needed)} MiB: the previous dump is kept, and the new one is loaded into a scratch cluster`,
    todo: "free some space, or name another `copies` in the platform file",
  });
}

async function take(
  context: Core & DumpTools & MachineTools & Pick<Operated, "platform">,
  source: Database,
  databases: readonly string[],
  copy: Copy,
  name: string,
): Promise<Taken> {
  const { progress, dumps } = context;
  const version = await versionOf(context, source);
  const moment = await openMoment(context, source, databases);
  try {
    const roles = { script: await source.dumpRoles(), file: dumps.path(name, ROLES) };
    const superuser = await superuserOf(source);
    const expected = await progress.phase("read the source", (phase) =>
      readState(source, databases, {
        snapshots: moment.exported,
        portable: true,
        onBlocks: (done, total) => phase.update(done * 8192, total * 8192, "B"),
      }),
    );
    const archives: Archive[] = [];
    const files: StoredFile[] = [];
    for (const [index, database] of databases.entries()) {
      const file = `${index + 1}-${database.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 60)}.dump`;
      const stored = await progress.phase(`dump ${database}`, () =>
        dumpOne(context, source, { database, snapshot: moment.exported[database]!, copy, name, file }),
      );
      files.push(stored);
      const like = await createDatabase({ copy: source, database }, quote(database));
      const create = `${like} owner ${quote(await ownerOf(source, database))}`;
      archives.push({ database, create, file: dumps.path(name, file) });
    }
    files.push(await dumps.putText(name, ROLES, roles.script));
    return { name, moment, archives, files, roles, expected, superuser, version };
  } finally {
    await moment.close();
  }
}

interface DumpRequest {
  database: string;
  snapshot: string;
  copy: Copy;
  name: string;
  file: string;
}

/** Locally first: a mounted bucket takes files from front to back, and pg_dump goes back to write its table of contents. */
async function dumpOne(
  {
    host,
    platform,
    dumps,
    signal,
  }: MachineTools & Pick<Operated, "platform"> & DumpTools & Pick<Core, "signal">,
  source: Database,
  { database, snapshot, copy, name, file }: DumpRequest,
): Promise<StoredFile> {
  const local = path.join(copy.directory, file);
  await host.writeText(local, "", { user: platform.backups.osUser, mode: 0o600 });
  await source.dumpArchive(database, local, { snapshot, signal });
  const stored = await dumps.put(name, file, local);
  await host.removeTree(local);
  return stored;
}

async function rehearse(
  context: Pick<Core, "clock" | "progress" | "signal"> &
    PostgresTools &
    MachineTools &
    Pick<Operated, "platform">,
  copy: Copy,
  { superuser, roles, archives, expected }: Taken,
): Promise<Rehearsed> {
  const { progress, clock } = context;
  const began = clock.seconds();
  const { server } = await progress.phase("start an empty server", () =>
    startScratch(context, copy, superuser),
  );
  const loaded = await progress.phase("load what was kept", () =>
    loadAll(context, copy, server.database, roles.file, archives),
  );
  const seconds = clock.seconds() - began;
  // What was cut off in the middle would differ in everything.
  const whole = Object.entries(expected).filter(([database]) => !loaded.unfinished.has(database));
  const differences = await progress.phase("compare with the source", (phase) =>
    compareWith(server.database, Object.fromEntries(whole), (done, total) =>
      phase.update(done * 8192, total * 8192, "B"),
    ),
  );
  const changed = await compareRoles(server.database, roles.script);
  await server.stop("fast");
  return { differences, roles: changed, loaded, seconds };
}

function manifestOf(
  context: Pick<Operated, "environment" | "platform"> & Pick<Core, "clock"> & Pick<Provenance, "inputs">,
  name: string,
  taken: Taken,
  leftOut: readonly LeftOutDatabase[],
): Record<string, unknown> {
  const { platform, environment, clock, inputs } = context;
  return {
    dump: name,
    environment,
    platform: platform.name,
    at: taken.moment.at,
    snapshot: taken.moment.snapshot,
    written: clock.now().toISOString(),
    pgDump: taken.version,
    git: inputs.git,
    databases: taken.archives.map(({ database, create, file }) => ({
      database,
      create,
      file: path.basename(file),
    })),
    leftOut: leftOut.map(showLeftOut),
    files: taken.files,
    restore: [
      `psql --file=${ROLES}, and set passwords: none is in it`,
      "the statement `create` of each database that is not there yet",
      "pg_restore --no-tablespaces --dbname=<database> <file>",
    ],
  };
}

function summaryOf(
  where: string,
  { files, moment }: Taken,
  leftOut: readonly LeftOutDatabase[],
  sound: boolean,
): string {
  const lines = files.map(
    ({ name, bytes, sha256 }) => `  ${name}  ${(bytes / 2 ** 20).toFixed(1)} MiB  ${sha256}`,
  );
  return [
    `Dump        ${where}`,
    `Moment      ${moment.at}`,
    ...lines,
    ...leftOut.map((one) => `Not in it   ${showLeftOut(one)}`),
    sound
      ? `Manifest    ${MANIFEST}: it was loaded into an empty server and compared`
      : "No manifest: this dump did not come out as the source was; use another one",
    "It holds personal data as it is, unmasked.",
  ].join("\n");
}

async function versionOf({ host }: MachineTools, source: Database): Promise<string> {
  return (await host.run(await host.program("pg_dump", await source.major()), ["--version"])).stdout.trim();
}

/** Under its own name the roles' file says nothing that a new cluster would refuse. */
async function superuserOf(source: Database): Promise<string> {
  const [row] = await source.query<{ name: string }>(
    source.maintenance,
    "select rolname::text as name from pg_roles where oid = 10",
  );
  return row!.name;
}

async function ownerOf(source: Database, database: string): Promise<string> {
  const [row] = await source.query<{ owner: string }>(
    source.maintenance,
    "select pg_get_userbyid(datdba)::text as owner from pg_database where datname = $1",
    [database],
  );
  return row!.owner;
}
