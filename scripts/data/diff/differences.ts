// Rows that are not at a later moment what they were at an earlier one, whoever changed them: from copies and, for now, from the source.
import { OpsError } from "../../core/errors";
import { parseInstant, showInstant } from "../../core/instant";
import { contentDatabases } from "../../postgres/databases";
import { readInPeace } from "../../postgres/let-go";
import type { ObjectName } from "../../postgres/object-name";
import type { Database } from "../../postgres/port";
import type { ChangedRow, ChangedTable, Image } from "../images/change";
import { Collector, Tables } from "../images/collector";
import type { TableFate } from "../images/fates";
import { joinInOrder } from "../images/table-order";
import type { RepairTools } from "../port";
import type { Between, Changes } from "../transactions";
import { letArchive } from "../wal/let-archive";
import { atInstant, findInstant, type Instant } from "./instants";
import { standingChecks, standingCopy } from "./standing";
import { compareTables } from "./tables";
import { keepWrittenBy } from "./written-by";

export interface DifferenceRequest {
  /** Instant or checkpoint. */
  at: string;
  /** A later one, or `now`. */
  against: string;
  /** Where a copy stands already at the earlier moment; default one is restored. */
  copy?: string | undefined;
  /** Default every table of every database. */
  tables: readonly ObjectName[] | undefined;
  /** Only rows that these transactions wrote last; default whoever did. */
  writtenBy?: ReadonlySet<string> | undefined;
}

/** What rows are taken, and as what; undefined leaves one out. Asked for each that differs. */
export type Select = (
  table: ChangedTable,
) => (before: Image | null, after: Image | null) => Taken | undefined;

type Taken = Pick<ChangedRow, "before" | "after">;

const EVERY: Select = () => (before, after) => ({ before, after });

/** @throws OpsError usage, unknownTarget, instant, space, fail */
export async function readDifferences(
  context: RepairTools,
  request: DifferenceRequest,
  name: string,
  select: Select = EVERY,
): Promise<Changes & { between: Between }> {
  const source = context.servers.source(context.platform);
  const databases = await databasesOf(source, request.tables);
  const read: ReadPair = (before, after) =>
    readPair(context, [before, after], databases, request.tables, select);
  const found =
    request.copy === undefined
      ? await fromBackups(context, request, read)
      : await fromStanding(context, request, request.copy, read);
  const { done, ...known } = found;
  const { fates } = done;
  const tables = done.tables.list;
  const by = request.writtenBy;
  const file = by === undefined ? done.file : await keepWrittenBy(context, tables, done.file, by);
  const rows = context.rowFiles.read(file) as AsyncIterable<ChangedRow>;
  const joined = await joinInOrder(context, source, tables, name, [rows]);
  for (const read of new Set([done.file, file])) await context.rowFiles.remove(read);
  return { transactions: [], ...known, tables, fates, ...joined };
}

type ReadPair = (before: Database, after: Database) => Promise<Read>;

type Found = { done: Read } & Pick<Changes, "checks" | "cluster" | "backup"> & { between: Between };

/** Against the source as it is now; for nobody who waits. */
async function againstSource(context: RepairTools, before: Database, read: ReadPair): Promise<Read> {
  const source = context.servers.source(context.platform);
  const say = (text: string): void => context.progress.say("info", text);
  return (await readInPeace(context, source, (after) => read(before, after), say)).done;
}

async function fromBackups(
  context: RepairTools,
  { at, against }: DifferenceRequest,
  read: ReadPair,
): Promise<Found> {
  const from = await findInstant(context, at);
  const to = against === "now" ? undefined : await findInstant(context, against);
  if (to && to.at <= from.at)
    throw new OpsError("usage", `--against ${showInstant(to.at)} is not later than --at`, {
      expected: `an instant after ${showInstant(from.at)}, or \`now\``,
    });
  // Recovery ends at an instant when it meets a later commit.
  await letArchive(context, to?.at ?? from.at);
  const { done, checks } = await atInstant(context, from, async (before) =>
    to
      ? atInstant(context, to, (after) => read(before, after))
      : { done: await againstSource(context, before, read), checks: [] },
  );
  return {
    done: done.done,
    between: { from: from.at.toISOString(), to: to?.at.toISOString() ?? null },
    checks: [...checks, ...done.checks.map((check) => ({ ...check, name: `${check.name}-later` }))],
    cluster: from.goal.set.systemIdentifier,
    backup: labelsOf(from, to),
  };
}

async function fromStanding(
  context: RepairTools,
  { at, against }: DifferenceRequest,
  address: string,
  read: ReadPair,
): Promise<Found> {
  if (against !== "now")
    throw new OpsError("usage", "--copy with --against", { expected: "a copy that is held against now" });
  const instant = parseInstant(at, context.clock.now()).at;
  const copy = standingCopy(context, address);
  const { checks, cluster } = await standingChecks(context, copy, instant);
  for (const check of checks) context.progress.check(check);
  return {
    done: await againstSource(context, copy, read),
    between: { from: instant.toISOString(), to: null },
    ...{ checks, cluster, backup: `the copy at ${address}` },
  };
}

const labelsOf = (...instants: (Instant | undefined)[]): string =>
  [...new Set(instants.flatMap((instant) => (instant ? [instant.goal.set.label] : [])))].join(" and ");

/** @throws OpsError unknownTarget when one is not there */
async function databasesOf(
  source: Database,
  tables: readonly ObjectName[] | undefined,
): Promise<readonly string[]> {
  const known = await contentDatabases(source);
  if (tables === undefined) return known;
  const wanted = [...new Set(tables.map(({ database }) => database))];
  const unknown = wanted.find((database) => !known.includes(database));
  if (unknown === undefined) return wanted;
  throw new OpsError("unknownTarget", `there is no database ${unknown}`, {
    expected: `one of ${known.join(", ")}`,
  });
}

interface Read {
  tables: Tables;
  fates: TableFate[];
  /** Of rows, in no order. */
  file: string;
}

/** Begins anew whenever it is called: what an earlier try wrote is removed in the end. */
async function readPair(
  context: RepairTools,
  sides: readonly [Database, Database],
  databases: readonly string[],
  wanted: readonly ObjectName[] | undefined,
  select: Select,
): Promise<Read> {
  const name = context.newId();
  const [tables, fates] = [new Tables(), [] as TableFate[]];
  const writer = await context.rowFiles.create(`${name}.differing`);
  context.defer(`remove ${writer.file}`, () => context.rowFiles.remove(writer.file));
  const collector = new Collector(tables, (row) => writer.write(row));
  await context.progress.phase("compare", async (progress) => {
    for (const [index, database] of databases.entries())
      await compareTables(
        context,
        sides,
        {
          database,
          wanted: wanted?.filter((object) => object.database === database),
          name: `${name}.${index}`,
        },
        {
          table(root) {
            const chosen = select(root);
            return async (before, after) => {
              const row = chosen(before, after);
              if (row) collector.add(root, row.before, row.after);
            };
          },
          fate: (fate) => fates.push(fate),
        },
        progress,
      );
  });
  writer.close();
  return { tables, fates, file: writer.file };
}
