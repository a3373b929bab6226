// Rows that are not at a later moment what they were at an earlier one, whoever changed them: from copies and, for now, from the source.
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { showInstant } from "../../core/instant";
import { contentDatabases } from "../../postgres/databases";
import { readInPeace } from "../../postgres/let-go";
import type { ObjectName } from "../../postgres/object-name";
import type { Database } from "../../postgres/port";
import type { ChangedRow, ChangedTable, Image } from "../images/change";
import { Collector, Tables } from "../images/collector";
import type { TableFate } from "../images/fates";
import { OrderedRows, ranksOf } from "../images/table-order";
import type { RepairTools } from "../port";
import type { Between, Changes } from "../transactions";
import { atInstant, findInstant, type Instant } from "./instants";
import { compareTables } from "./tables";

export interface DifferenceRequest {
  /** Instant or checkpoint. */
  at: string;
  /** A later one, or `now`. */
  against: string;
  /** Default every table of every database. */
  tables: readonly ObjectName[] | undefined;
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
  const from = await findInstant(context, request.at);
  const to = request.against === "now" ? undefined : await findInstant(context, request.against);
  if (to && to.at <= from.at)
    throw new OpsError("usage", `--against ${showInstant(to.at)} is not later than --at`, {
      expected: `an instant after ${showInstant(from.at)}, or \`now\``,
    });
  const source = context.servers.source(context.platform);
  const databases = await databasesOf(source, request.tables);
  const read = (before: Database, after: Database): Promise<Read> =>
    readPair(context, [before, after], databases, request.tables, select);
  const { done, checks } = await atInstant(context, from, async (before) => {
    if (to) return atInstant(context, to, (after) => read(before, after));
    const say = (text: string): void => context.progress.say("info", text);
    const { done: found } = await readInPeace(context, source, (after) => read(before, after), say);
    return { done: found, checks: [] };
  });
  return {
    transactions: [],
    between: { from: from.at.toISOString(), to: to?.at.toISOString() ?? null },
    checks: [...named(checks, ""), ...named(done.checks, "-later")],
    cluster: from.goal.set.systemIdentifier,
    backup: labelsOf(from, to),
    ...(await ordered(context, done.done, name)),
  };
}

const labelsOf = (...instants: (Instant | undefined)[]): string =>
  [...new Set(instants.flatMap((instant) => (instant ? [instant.goal.set.label] : [])))].join(" and ");

function named(checks: readonly Check[], suffix: string): Check[] {
  return checks.map((check) => ({ ...check, name: `${check.name}${suffix}` }));
}

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

async function ordered(
  context: RepairTools,
  { tables, fates, file }: Read,
  name: string,
): Promise<Pick<Changes, "tables" | "fates" | "file" | "rows">> {
  const source = context.servers.source(context.platform);
  const rows = new OrderedRows(context, `${name}.ordered`, await ranksOf(source, tables.list));
  context.defer("remove rows in order", () => rows.remove());
  const whole = await context.rowFiles.create(name);
  try {
    for await (const row of context.rowFiles.read(file)) await rows.add(row as ChangedRow);
    await rows.into(whole);
  } finally {
    whole.close();
  }
  await context.rowFiles.remove(file);
  return { tables: tables.list, fates, file: whole.file, rows: rows.rows };
}
