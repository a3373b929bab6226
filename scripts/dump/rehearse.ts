// Loads what was kept into an empty cluster in a container, and says how what came out differs from what the snapshots saw. The
// cluster is thrown away. Nothing here reads the source.

import { compareSequences } from "../backup/checkpoint";
import { OpsError } from "../core/errors";
import { poll } from "../core/poll";
import type { Core, Operated } from "../core/tools";
import type { MachineTools } from "../machine/port";
import { bothRead } from "../postgres/both-read";
import type { DatabaseState } from "../postgres/database-state";
import { compareContent, qualified, quote } from "../postgres/fingerprint";
import type { Database, PostgresTools, RestoredServer } from "../postgres/port";
import { readState } from "../postgres/read-state";
import { compareDigests } from "../postgres/schema-digest";
import type { Copy } from "../restore/copy";
import { OF_DATABASE } from "../restore/partial/compare";

const START_SECONDS = 60;
/** A database that nothing of the dump needs, to connect to while the others are made. */
const NEUTRAL = "template1";

export interface Archive {
  database: string;
  /** Statement that makes the database as the source has it: encoding, collations, owner. */
  create: string;
  /** Path of the kept archive. */
  file: string;
}

/** @throws OpsError fail */
export async function startScratch(
  context: Pick<Core, "clock" | "signal"> & PostgresTools & Pick<Operated, "platform">,
  copy: Copy,
  superuser: string,
): Promise<{ server: RestoredServer; seconds: number }> {
  const began = context.clock.seconds();
  const { servers, clock, signal, platform } = context;
  const major = await servers.source(platform).major();
  await copy.handOver();
  await servers.initialise(copy.container, copy.dataDirectory, superuser, major);
  const server = await servers.start({
    container: copy.container,
    dataDirectory: copy.dataDirectory,
    socketDirectory: copy.socketDirectory,
    logFile: copy.logFile,
    osUser: copy.container.user,
    login: { known: [superuser], maintenance: NEUTRAL },
    recovery: { target: { kind: "latest" }, action: "promote", timeline: "latest" },
  });
  const answered = await poll({ clock, every: 0.1, within: START_SECONDS, signal }, async () => {
    if (!server.running()) return false;
    return server.database.query(NEUTRAL, "select 1").then(
      () => true,
      () => undefined,
    );
  });
  if (answered?.found) return { server, seconds: clock.seconds() - began };
  throw new OpsError("fail", `the scratch server did not start: ${server.fatal().join("; ")}`, {
    expected: `an answer within ${START_SECONDS} s`,
  });
}

/** @returns what the server refused of constraints and indexes. @throws OpsError fail for definitions and data */
export async function loadAll(
  context: Pick<Core, "signal"> & MachineTools,
  copy: Copy,
  scratch: Database,
  roles: string,
  archives: readonly Archive[],
): Promise<string[]> {
  await createRoles(scratch, roles);
  const refused: string[] = [];
  for (const { database, create, file } of archives) {
    await scratch.query(NEUTRAL, `drop database if exists ${quote(database)}`);
    await scratch.query(NEUTRAL, create);
    // What is kept is not visible inside; the server's account reads a copy of it.
    const visible = await copy.give(file);
    for (const part of ["definitions and data", "constraints and indexes"] as const) {
      const options = { part, tablespaces: false, signal: context.signal };
      refused.push(...(await scratch.loadArchive(database, visible, options)));
    }
    await context.host.removeTree(visible);
  }
  return refused;
}

/** Lines of a roles' file that say something, without what differs from run to run. */
function statements(roles: string): string[] {
  return roles.split("\n").filter((line) => line !== "" && !/^(--|\\)/.test(line));
}

/** A role, a membership or a setting that only one of them has. */
export async function compareRoles(scratch: Database, roles: string): Promise<string[]> {
  const [want, have] = [statements(roles), statements(await scratch.dumpRoles())];
  return [
    ...want.filter((line) => !have.includes(line)).map((line) => `missing: ${line}`),
    ...have.filter((line) => !want.includes(line)).map((line) => `not on the source: ${line}`),
  ];
}

/** The cluster's own superuser is there already; psql's commands are none of the server's. */
async function createRoles(scratch: Database, roles: string): Promise<void> {
  const own = `CREATE ROLE ${quote(await scratch.user()).replace(/^"([a-z_][a-z0-9_]*)"$/, "$1")};`;
  const sql = statements(roles).filter((line) => line !== own);
  await scratch.query(NEUTRAL, sql.join("\n"));
}

export interface Differences {
  content: string[];
  structure: string[];
  sequences: string[];
  /** Tables that could not be read, and why: nobody can tell of them. */
  unread: string[];
  /** Views whose rows a load computes anew: not compared. */
  recomputed: string[];
  tables: number;
  rows: number;
}

/** @param expected what the snapshots saw, read portably */
export async function compareWith(
  scratch: Database,
  expected: Readonly<Record<string, DatabaseState>>,
  onBlocks?: (done: number, total: number) => void,
): Promise<Differences> {
  const databases = Object.keys(expected);
  const options = { portable: true, like: expected, ...(onBlocks ? { onBlocks } : {}) };
  const found = await readState(scratch, databases, options);
  const all: Differences = {
    content: [],
    unread: [],
    structure: [],
    sequences: [],
    recomputed: [],
    tables: 0,
    rows: 0,
  };
  for (const database of databases) {
    const [want, have] = [expected[database]!, found[database]!];
    const views = await scratch.query<{ schema: string; name: string }>(
      database,
      "select schemaname::text as schema, matviewname::text as name from pg_matviews where ispopulated",
    );
    const recomputed = new Set(views.map(qualified));
    const read = bothRead(want, have);
    const stored = (tables: DatabaseState["tables"]) =>
      tables.filter((table) => !recomputed.has(qualified(table)));
    const line = (text: string): string => `${database}: ${text}`;
    all.content.push(
      ...compareContent(stored(read.want), stored(read.have)).map((d) => line(`${qualified(d)}: ${d.what}`)),
    );
    all.structure.push(
      ...compareDigests(want.schema, have.schema)
        .filter((text) => !OF_DATABASE.test(text))
        .map(line),
    );
    all.sequences.push(...compareSequences(want.sequences, have.sequences, "any").map(line));
    all.unread.push(...read.unread.map(line));
    all.recomputed.push(...[...recomputed].map(line));
    all.tables += stored(read.want).length;
    all.rows += stored(read.want).reduce((sum, table) => sum + table.rows, 0);
  }
  return all;
}
