// Rows before and after, of random transactions on a real server: none missing and none too many, whatever else went on.
import { afterAll, beforeAll, expect, it } from "vitest";
import { archiveNow } from "../../scripts/backup/archiving";
import { createRowFiles } from "../../scripts/data/adapter/row-files";
import type { ChangedRow, Image } from "../../scripts/data/images/change";
import { Collector, Tables } from "../../scripts/data/images/collector";
import { readImages } from "../../scripts/data/images/transaction";
import type { RepairTools } from "../../scripts/data/port";
import { type Archive, openArchive } from "../../scripts/data/wal/archive";
import type { Located } from "../../scripts/data/wal/locate";
import { parseRecord, type RowChange } from "../../scripts/data/wal/record";
import { Transactions } from "../../scripts/data/wal/transactions";
import { lsnValue } from "../../scripts/postgres/recovery-target";
import { openThrowaway, type Throwaway } from "../e2e/throwaway";
import { chance, runHistories, SCHEMA, surplus, TABLES } from "./histories";

const HISTORIES = Number(process.env.HISTORIES ?? 220);
const SEED = Number(process.env.SEED ?? 20261201);

let source: Throwaway;
let context: RepairTools;

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

it(`finds exactly the rows of ${HISTORIES} random transactions`, { timeout: 900_000 }, async () => {
  const histories = await runHistories(
    source.cluster.source,
    source.cluster.database,
    HISTORIES,
    chance(SEED),
  );
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
      const names = tables.list.find(({ name }) => name === table)?.columns.map(({ name }) => name) ?? [];
      const only = (image: Image | null): Image[] =>
        image === null ? [] : [TABLES[table]!.map((name) => image[names.indexOf(name)] ?? null)];
      const [befores, afters] = [
        mine.flatMap(({ before }) => only(before)),
        mine.flatMap(({ after }) => only(after)),
      ];
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
