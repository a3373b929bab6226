// Loads what was kept into an empty cluster in a container, and says how what came out differs from what the snapshots saw. The
// cluster is thrown away. Nothing here reads the source.

import { compareSequences } from "../backup/checkpoint";
import { OpsError, refusedByServer } from "../core/errors";
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

export interface Loaded {
  /** What the server refused of roles, constraints and indexes. */
  refused: string[];
  /** Databases of which it did not come to an end, and why. */
  unfinished: Map<string, string>;
}

/** @throws OpsError fail for definitions and data */
export async function loadAll(
  context: Pick<Core, "signal"> & MachineTools,
  copy: Copy,
  scratch: Database,
  roles: string,
  archives: readonly Archive[],
): Promise<Loaded> {
  const refused = await createRoles(context, copy, scratch, roles);
  const unfinished: Loaded["unfinished"] = new Map();
  for (const { database, create, file } of archives) {
    await make(scratch, `drop database if exists ${quote(database)}`);
    await make(scratch, create);
    // What is kept is not visible inside; the server's account reads a copy of it.
    const visible = await copy.give(file);
    try {
      for (const part of ["definitions and data", "constraints and indexes"] as const) {
        const options = { part, tablespaces: false, signal: context.signal };
        refused.push(...(await scratch.loadArchive(database, visible, options)));
      }
    } catch (error) {
      if (!(error instanceof OpsError) || error.exit !== "inconclusive") throw error;
      unfinished.set(database, error.message);
    } finally {
      await context.host.removeTree(visible);
    }
  }
  return { refused, unfinished };
}

/** What the server does not take is a fault of what was dumped. */
async function make(scratch: Database, statement: string): Promise<void> {
  await scratch.query(NEUTRAL, statement).catch((error: unknown) => {
    if (!refusedByServer(error)) throw error;
    throw new OpsError("fail", `the scratch server refused ${statement}: ${error.message}`);
  });
}

/** duplicate_object. Of names that are all different only one can be there already: the cluster's own superuser. */
const DUPLICATE = "42710";

/** By the script itself, as people would: whoever may log in has a say in its text, so nothing is taken out of it. */
async function createRoles(
  context: Pick<Core, "signal"> & MachineTools,
  copy: Copy,
  scratch: Database,
  roles: string,
): Promise<string[]> {
  const visible = await copy.give(roles);
  const refused = await scratch.runScript(NEUTRAL, visible, context.signal);
  await context.host.removeTree(visible);
  const own = refused.findIndex(({ code }) => code === DUPLICATE);
  return refused.flatMap(({ message }, i) => (i === own ? [] : [`roles: ${message}`]));
}

/** What differs from run to run: since 2025 a script is guarded by a key that nobody can guess, so nobody's text holds it. */
function withoutKey(script: Buffer): string {
  const text = script.toString("latin1");
  const key = /^\\restrict (\w+)$/m.exec(text)?.[1];
  if (key === undefined) return text;
  return text.replace(`\\restrict ${key}\n`, "").replace(`\\unrestrict ${key}\n`, "");
}

/** Equal texts, byte by byte, make equal roles; where they are not, the lines that only one of them has. */
export async function compareRoles(scratch: Database, roles: Buffer): Promise<string[]> {
  const [want, have] = [withoutKey(roles), withoutKey(await scratch.dumpRoles())];
  if (want === have) return [];
  const only = (these: string, others: string): string[] => {
    const known = new Set(others.split("\n"));
    const lines = these.split("\n").filter((line) => !known.has(line));
    return lines.map((line) => Buffer.from(line, "latin1").toString("utf8"));
  };
  const lines = [
    ...only(want, have).map((line) => `missing: ${line}`),
    ...only(have, want).map((line) => `not on the source: ${line}`),
  ];
  return lines.length > 0 ? lines : ["the same lines, in another order or number"];
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
