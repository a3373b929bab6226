// One database or one table out of a restored copy: dumped there, then handed over as a file or loaded beside the live
// data and compared. A check of the verification, so the copy it comes from was checked like every other.
import path from "node:path";
import { neededBy, parseContents } from "../../backup/archive-contents";
import { OpsError, refusedByServer } from "../../core/errors";
import type { Check, Finding, Measurement } from "../../core/evidence";
import { fail, inconclusive, pass } from "../../core/finding";
import { shellWord } from "../../core/text/pasted";
import type { Core, Operated } from "../../core/tools";
import type { MachineTools } from "../../machine/port";
import { type LoadTarget, type ObjectName, showObject, showTarget } from "../../postgres/object-name";
import type { Database, PostgresTools } from "../../postgres/port";
import { requireEmpty } from "../copy";
import type { AnyRestoreCheck, AtTarget, RestoreCheck } from "../test-state";
import type { Decision } from "../unmasked";
import { unreadable } from "../unreadable";
import { compareLoaded } from "./compare";
import { type Selection, select } from "./selection";
import { makeTarget, newTarget, type Target } from "./target";

export interface PartialRequest {
  object: ObjectName;
  /** Where on the source it is loaded; without it a dump is written into a directory. */
  loadInto: LoadTarget | undefined;
  into: string | undefined;
}

export interface PartialRestore {
  restoreChecks: readonly AnyRestoreCheck[];
  checks: Check[];
  measurements: Measurement[];
  /** For a person, once it is done. */
  lines: string[];
}

/** Both a file that is not loaded and a file to be loaded take about this part of the data; indexes are not in it. */
const SPACE_FACTOR = 1.1;

/**
 * Refuses what can be refused before anything is restored.
 * @throws OpsError proofs, directory, usage, unavailable
 */
export async function preparePartial(
  context: PostgresTools & Pick<Operated, "platform"> & Pick<Core, "signal"> & MachineTools,
  request: PartialRequest,
  decision: Decision,
): Promise<PartialRestore> {
  const source = context.servers.source(context.platform);
  const target = request.loadInto && (await newTarget(source, request.object, request.loadInto));
  if (request.into !== undefined) await requireEmpty(context.host, request.into);
  const result: PartialRestore = { restoreChecks: [], checks: [], measurements: [], lines: [] };
  const restoreCheck: RestoreCheck<"at-target"> = {
    name: "partial-restore",
    stage: "at-target",
    async look(state) {
      const obstacle = decision.obstacle();
      if (obstacle !== undefined) return inconclusive(`nothing was taken: ${obstacle}`);
      return extract(state, request, target, result, decision.masked).catch((error: unknown) => {
        if (context.signal.aborted) throw error;
        return failed(error);
      });
    },
  };
  // The last at its stop: everything that looks at the copy's content has looked; amcheck, which installs an extension, comes later.
  result.restoreChecks = decision.checks([restoreCheck]);
  return result;
}

/** What a server refuses is a finding; a bug stays a bug. */
function failed(error: unknown): Finding {
  const finding = unreadable(error);
  if (finding?.verdict === "inconclusive") return finding;
  if (error instanceof OpsError) {
    const { message, expected, todo } = error;
    return fail([message, expected && `expected ${expected}`, todo].filter(Boolean).join("; "));
  }
  if (refusedByServer(error)) return fail(error.message);
  throw error;
}

async function extract(
  state: AtTarget,
  request: PartialRequest,
  target: Target | undefined,
  result: PartialRestore,
  masked: boolean,
): Promise<Finding> {
  const { context } = state;
  const copy = state.server.database;
  const selection = await select(copy, request.object, target?.schema);
  const dump = await dumpFile(state, request, selection);
  const only = selection.relations ? { only: selection.relations } : {};
  const contents = await context.progress.phase("dump", () =>
    archive(state, selection.database, dump.partial, { signal: context.signal, ...only }),
  );
  const entries = parseContents(contents);
  const wanted = entries.filter(
    ({ object, text }) => !selection.unwanted.has(object ?? "") && !text.startsWith("SUBSCRIPTION "),
  );
  const prior = selection.relations ? await prerequisites(state, selection, wanted) : undefined;
  const what = showObject(request.object);
  if (!target) {
    await dump.finish();
    result.lines.push(...fileLines(dump.file, what, selection, prior?.names ?? [], masked));
    return pass(`${what} dumped into ${dump.file}`);
  }
  const source = context.servers.source(context.platform, "change");
  const made = await makeTarget(context, source, target, { copy, database: selection.database });
  try {
    const refused = await context.progress.phase("load", async () => {
      const load = (file: string, ids: number[], part: Parameters<Database["loadArchive"]>[2]["part"]) =>
        source.loadArchive(target.database, file, { entries: ids, part, signal: context.signal });
      const ids = wanted.map(({ id }) => id);
      if (prior && target.newDatabase && prior.ids.length > 0)
        await load(prior.file, prior.ids, "definitions and data");
      await load(dump.partial, ids, "definitions and data");
      return load(dump.partial, ids, "constraints and indexes");
    });
    const checks = await context.progress.phase("compare with the copy", (progress) =>
      compareLoaded(
        selection,
        { server: copy, database: selection.database },
        { server: source, database: target.database },
        refused,
        progress,
      ),
    );
    for (const check of checks) context.progress.check(check);
    result.checks.push(...checks);
    await made.keep(`${what} as of ${state.goal.text}`);
  } catch (error) {
    await made.drop();
    throw error;
  }
  result.lines.push(...loadLines(target, what, selection));
  return pass(`${what} loaded into ${showTarget(target)}`);
}

/**
 * Dumps into a file of ours. pg_dump runs inside, where whatever is in the copy may have its way with the file: it is listed
 * there too, and then taken by its content.
 * @returns its table of contents
 */
async function archive(
  { context, copy, server }: AtTarget,
  database: string,
  into: string,
  options: Parameters<Database["dumpArchive"]>[2],
): Promise<string> {
  const { host, servers, platform } = context;
  const inside = path.join(copy.files, path.basename(into));
  await server.database.dumpArchive(database, inside, options);
  const contents = await servers.archiveContents(copy.container, inside);
  await host.copyFile(inside, into, { user: platform.backups.osUser, mode: 0o600 });
  await host.removeTree(inside);
  return contents;
}

interface DumpFile {
  file: string;
  /** Its name until it is whole; for a load it never gets another. */
  partial: string;
  finish(): Promise<void>;
}

/** Owner only, from the first byte on: it may hold unmasked personal data. */
async function dumpFile(
  { context, copy }: AtTarget,
  { object, into }: PartialRequest,
  selection: Selection,
): Promise<DumpFile> {
  const { host, platform } = context;
  const user = platform.backups.osUser;
  const directory = into ?? copy.directory;
  const needed = selection.bytes * SPACE_FACTOR;
  const free = await host.freeBytes(directory);
  if (free < needed) {
    throw new OpsError("space", `${directory} has ${Math.floor(free / 2 ** 20)} MiB free`, {
      expected: `at least ${Math.ceil(needed / 2 ** 20)} MiB for the dump`,
      todo: "free some space or choose another --into",
    });
  }
  const [name] = showObject(object).match(/^.{1,60}/u) ?? ["dump"];
  const file = path.join(directory, `${name.replaceAll(/[^\p{L}\p{N}._-]/gu, "_")}.dump`);
  const partial = `${file}.partial`;
  if (into !== undefined) await host.ownDirectory(into, { user, mode: 0o700 });
  context.defer(`remove ${partial}`, () => host.removeTree(partial));
  return {
    file,
    partial,
    async finish() {
      const moved = await host.run("/bin/mv", ["--no-target-directory", partial, file]);
      if (moved.exitCode !== 0) throw new OpsError("fail", `could not name ${file}: ${moved.stderr.trim()}`);
    },
  };
}

/** Definitions that the table needs and pg_dump leaves out when it is told to dump a table. */
async function prerequisites(
  state: AtTarget,
  selection: Selection,
  wanted: ReturnType<typeof parseContents>,
): Promise<{ file: string; ids: number[]; names: string[] }> {
  const file = path.join(state.copy.directory, "schema.dump");
  const options = { schemaOnly: true, signal: state.context.signal };
  const contents = await archive(state, selection.database, file, options);
  const objects = new Set(wanted.flatMap(({ object }) => object ?? []));
  const needed = neededBy(objects, parseContents(contents));
  return { file, ids: needed.map(({ id }) => id), names: needed.map(({ text }) => text) };
}

const PERSONAL =
  "It holds personal data as it is, unmasked: keep it no longer than needed, and hand it to nobody.";

function fileLines(
  file: string,
  what: string,
  selection: Selection,
  needs: readonly string[],
  masked: boolean,
): string[] {
  return [
    `Dump        ${file} (pg_dump custom format, mode 0600)`,
    `Object      ${what}`,
    ...needs.map((name) => `Needs       ${name}`),
    ...selection.leftOut.map((text) => `Left out    ${text}`),
    `To load it  pg_restore --dbname=<database> ${shellWord(file)}`,
    masked
      ? "It is masked: pseudonyms in every declared column; undeclared ones are as they were."
      : PERSONAL,
  ];
}

function loadLines(target: Target, what: string, selection: Selection): string[] {
  return [
    `Loaded      ${what} into ${showTarget(target)} on the source`,
    ...(target.newDatabase ? ["Access      revoked from PUBLIC: grant CONNECT to whoever needs it"] : []),
    ...selection.leftOut.map((text) => `Left out    ${text}`),
    PERSONAL,
  ];
}
