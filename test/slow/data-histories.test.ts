// Rows before and after, of random transactions on a real server: none missing and none too many, whatever else went on.
import { afterAll, beforeAll, expect, it } from "vitest";
import { archiveNow } from "../../scripts/backup/archiving";
import { createRowFiles } from "../../scripts/data/adapter/row-files";
import { readDifferences } from "../../scripts/data/diff/differences";
import { type ChangedRow, type ChangedTable, type Image, kindOf } from "../../scripts/data/images/change";
import { Collector, Tables } from "../../scripts/data/images/collector";
import { readImages } from "../../scripts/data/images/transaction";
import type { RepairTools } from "../../scripts/data/port";
import { type Archive, openArchive } from "../../scripts/data/wal/archive";
import type { Located } from "../../scripts/data/wal/locate";
import { parseRecord, type RowChange } from "../../scripts/data/wal/record";
import { Transactions } from "../../scripts/data/wal/transactions";
import { lsnValue } from "../../scripts/postgres/recovery-target";
import { instantOf } from "../e2e/statements";
import { openThrowaway, type Throwaway } from "../e2e/throwaway";
import {
  type Content,
  chance,
  contentOf,
  type History,
  runHistories,
  SCHEMA,
  surplus,
  TABLES,
} from "./histories";

const HISTORIES = Number(process.env.HISTORIES ?? 220);
const SEED = Number(process.env.SEED ?? 20261201);

let source: Throwaway;
let context: RepairTools;

const PARTS = 3;
/** Before, between and after the histories. */
const moments: { at: string; content: Content }[] = [];

beforeAll(async () => {
  source = await openThrowaway();
  await source.control("restart", "-m", "fast", "-o", "-c max_prepared_transactions=5");
  context = {
    ...source.context,
    rowFiles: createRowFiles(source.context.host, `${source.context.copies}-rows`),
  };
  await source.sql(SCHEMA);
  await source.backup();
}, 120_000);
afterAll(() => source?.close());

/** What `locate` finds of each, with one reading for all. */
async function locateAll(archive: Archive): Promise<Map<number, Located>> {
  const found = new Map<number, Located>();
  const changes = new Map<number, RowChange[]>();
  const transactions = new Transactions((change) => {
    changes.set(change.xid, [...(changes.get(change.xid) ?? []), change]);
  });
  await context.walArchive.read({
    archiveId: archive.archiveId,
    segments: archive.segments,
    onRecord(line) {
      const record = parseRecord(line);
      const transaction = record && transactions.add(record);
      if (!transaction) return undefined;
      const own = [transaction.xid, ...transaction.subxids].flatMap((xid) => changes.get(xid) ?? []);
      own.sort((a, b) => (lsnValue(a.lsn) < lsnValue(b.lsn) ? -1 : 1));
      found.set(transaction.xid, {
        transaction,
        async changes(onChange) {
          for (const change of own) onChange(change);
        },
      });
      return undefined;
    },
  });
  return found;
}

/** An instant between commits, and everything that is there. */
async function moment(): Promise<{ at: string; content: Content }> {
  const session = await source.cluster.source.session(source.cluster.database);
  try {
    return { at: await instantOf(session), content: await contentOf(session) };
  } finally {
    await session.close();
  }
}

/** The columns that are written, of those of a table's images that are not null. */
function textsOf(tables: readonly ChangedTable[], table: string, images: readonly (Image | null)[]): Image[] {
  const names = tables.find(({ name }) => name === table)?.columns.map(({ name }) => name) ?? [];
  return images.flatMap((image) =>
    image === null ? [] : [TABLES[table]!.map((name) => image[names.indexOf(name)] ?? null)],
  );
}

it(`finds exactly the rows of ${HISTORIES} random transactions`, { timeout: 900_000 }, async () => {
  const c = chance(SEED);
  const histories: History[] = [];
  const { source: server, database } = source.cluster;
  for (let part = 0; part < PARTS; part++) {
    moments.push(await moment());
    histories.push(...(await runHistories(server, database, Math.ceil(HISTORIES / PARTS), c)));
  }
  moments.push(await moment());
  await archiveNow(context);
  const archive = await openArchive(context);
  const tables = new Tables();
  const located = await locateAll(archive);
  const all = histories.map(({ xid }) => {
    const rows: ChangedRow[] = [];
    return { rows, located: located.get(xid)!, collector: new Collector(tables, (row) => rows.push(row)) };
  });
  await readImages(context, archive, all);
  const wrong = histories.flatMap((history, index) => {
    const { rows } = all[index]!;
    return Object.keys(TABLES).flatMap((table) => {
      const mine = rows.filter((row) => tables.list[row.table]!.name === table);
      const befores = textsOf(
        tables.list,
        table,
        mine.map(({ before }) => before),
      );
      const afters = textsOf(
        tables.list,
        table,
        mine.map(({ after }) => after),
      );
      const found = { gone: surplus(befores, afters), come: surplus(afters, befores) };
      const real = {
        gone: surplus(history.before[table]!, history.after[table]!),
        come: surplus(history.after[table]!, history.before[table]!),
      };
      return JSON.stringify(found) === JSON.stringify(real)
        ? []
        : [{ xid: history.xid, table, statements: history.statements, found, real }];
    });
  });
  expect(wrong.slice(0, 2)).toEqual([]);
  expect(wrong).toHaveLength(0);
  // The generator made what it promises.
  expect(histories.length).toBeGreaterThan(HISTORIES / 2);
  expect(all.filter(({ rows }) => rows.length > 0).length).toBeGreaterThan(HISTORIES / 3);
});

it.each([
  [0, PARTS],
  [1, PARTS],
  [2, PARTS],
  [0, 2],
])("finds exactly the rows that differ between moments %i and %i", { timeout: 300_000 }, async (from, to) => {
  const [one, other] = [moments[from]!, moments[to]!];
  const against = to === PARTS ? "now" : other.at;
  const request = { at: one.at, against, tables: undefined };
  const { tables, file, rows } = await readDifferences(context, request, `${context.newId()}.test`);
  const found: ChangedRow[] = [];
  for await (const row of context.rowFiles.read(file)) found.push(row as ChangedRow);
  await context.rowFiles.remove(file);
  for (const table of Object.keys(TABLES)) {
    const mine = found.filter((row) => tables[row.table]!.name === table);
    const befores = textsOf(
      tables,
      table,
      mine.map(({ before }) => before),
    );
    const afters = textsOf(
      tables,
      table,
      mine.map(({ after }) => after),
    );
    const [were, are] = [one.content[table]!, other.content[table]!];
    expect({ table, gone: surplus(befores, afters), come: surplus(afters, befores) }).toEqual({
      table,
      gone: surplus(were, are),
      come: surplus(are, were),
    });
    // A row that is the same at both moments is not among them.
    expect(mine.filter((row) => kindOf(row) === undefined)).toEqual([]);
  }
  expect(rows).toBeGreaterThan(20);
});
