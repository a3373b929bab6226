// Reads the whole content of a cluster into fingerprints, in parallel, optionally under exported snapshots.
// The same function reads the source at a checkpoint and a restored copy; it does not know which it is looking at.
import { OpsError } from "../core/errors";
import { CopiedRows } from "./copied-rows";
import type { DatabaseState, SequenceState } from "./database-state";
import { LIST_EXTENSION_MEMBERS } from "./extension-members";
import {
  type Bucket,
  type Bucketing,
  blockBuckets,
  type Chunk,
  chunksOf,
  copySql,
  fingerprintSql,
  LARGE_OBJECTS,
  mergeChunks,
  qualified,
  quote,
  shiftFor,
  type TableFingerprint,
  type TableName,
  type TablePlan,
} from "./fingerprint";
import { beginReading, openReader } from "./hold";
import { LIST_EXCLUDED, LIST_SEQUENCES, LIST_TABLES, type ListedTable } from "./listing";
import type { Database, Session } from "./port";
import { digests } from "./read-shared";
import { type HashedColumn, hashedColumn } from "./row-hash";
import { digestSchema } from "./schema-digest";

/** Locks of tables and indexes are kept until a transaction ends: a new one begins after so many statements of a session. */
const STATEMENTS_A_TRANSACTION = 100;

export interface ReadOptions {
  /** Exported snapshot per database; absent = whatever is there now. */
  snapshots?: Readonly<Record<string, string>>;
  /** How each table was read, which must be done again: from the checkpoint this will be compared with. */
  like?: Readonly<Record<string, DatabaseState>>;
  /** Only these tables; the schema is then not read. Default: everything. */
  only?: (table: TableName) => boolean;
  /**
   * Fingerprints that are equal in another cluster or database too, where types and enum values have other oids: rows
   * are hashed as text, in whole tables or by integer key. About ten times as slow. Default false.
   */
  portable?: boolean;
  /** Concurrent sessions. Default 2. */
  workers?: number;
  onBlocks?: (done: number, total: number) => void;
}

/** @throws OpsError unavailable */
export async function readState(
  source: Database,
  databases: readonly string[],
  options: ReadOptions = {},
): Promise<Record<string, DatabaseState>> {
  // One after the other: a cluster may have more databases than connections to spare.
  const plans: Plan[] = [];
  for (const name of databases) plans.push(await plan(source, name, options));
  const total = plans.flatMap((p) => p.tables).reduce((sum, table) => sum + table.blocks, 0);
  let done = 0;
  const results = new Map<TablePlan, Bucket[][]>();
  const unread = new Map<TablePlan, string>();
  const work = plans
    .flatMap(({ database, tables: list }) =>
      list.flatMap((table) => chunksOf(table).map((chunk) => ({ database, table, chunk }))),
    )
    .sort(
      (a, b) =>
        (b.chunk.to ?? b.table.blocks) - b.chunk.from - ((a.chunk.to ?? a.table.blocks) - a.chunk.from),
    );

  const worker = async (): Promise<void> => {
    let at: { database: string; reader: Reader } | undefined;
    try {
      for (let next = takeFrom(work, at?.database); next; next = takeFrom(work, at?.database)) {
        const { database, table, chunk } = next;
        if (at?.database !== database) {
          await at?.reader.session.close();
          at = undefined;
          at = { database, reader: await openReading(source, database, options) };
        }
        const { reader } = at;
        const buckets = await readChunk(await reader.next(), table, chunk).catch(unreadable);
        if (typeof buckets === "string") {
          unread.set(table, buckets);
          await reader.again();
        } else results.set(table, [...(results.get(table) ?? []), buckets]);
        done += (chunk.to ?? table.blocks) - chunk.from;
        options.onBlocks?.(done, total);
      }
    } finally {
      await at?.reader.session.close();
    }
  };
  const schemas: DatabaseState["schema"][] = [];
  const dumpSchemas = async (): Promise<void> => {
    for (const name of options.only ? [] : databases)
      schemas.push(digestSchema(await source.dumpSchema(name, { snapshot: options.snapshots?.[name] })));
  };
  // When one fails the others have nothing more to begin.
  const giveUp = (error: unknown): never => {
    work.length = 0;
    throw error;
  };
  const workers = Array.from({ length: options.workers ?? 2 }, worker);
  await Promise.all([dumpSchemas(), ...workers].map((part) => part.catch(giveUp)));

  return Object.fromEntries(
    plans.map(({ database: name, tables, empty, sequences, excluded, members, schemaBy }, i) => [
      name,
      {
        tables: [...tables, ...empty]
          .filter((table) => !unread.has(table))
          .map((table) => mergeChunks(table, results.get(table) ?? [])),
        excluded: [...excluded, ...tables.flatMap((table) => leftUnread(table, unread.get(table)))],
        sequences,
        schema: { ...schemas[i], ...members },
        schemaBy,
      },
    ]),
  );
}

/** The first of the database at which a worker is, else the first of all: each changes databases as seldom as it can. */
function takeFrom<W extends { database: string }>(work: W[], at: string | undefined): W | undefined {
  const here = work.findIndex(({ database }) => database === at);
  return work.splice(Math.max(here, 0), 1)[0];
}

async function readChunk(session: Session, table: TablePlan, chunk: Chunk): Promise<Bucket[]> {
  if (table.mode === "copied") {
    const copied = new CopiedRows();
    await session.copyOut(copySql(table), (part) => copied.add(part));
    const { rows, sum } = copied.result();
    return [["0", rows, sum]];
  }
  const rows = await session.query<{ bucket: string; rows: string; sum: string }>(
    fingerprintSql(table, chunk),
  );
  return rows.map((row): Bucket => [row.bucket, Number(row.rows), row.sum]);
}

/** A value that is too large, or a library that is not here, costs its table; damage and everything else costs the reading. */
function unreadable(error: unknown): string {
  if (error instanceof OpsError && ["inconclusive", "missing"].includes(error.exit)) return error.message;
  throw error;
}

function leftUnread({ schema, name }: TablePlan, why: string | undefined): DatabaseState["excluded"] {
  return why === undefined ? [] : [{ schema, name, why, unread: true }];
}

interface Reader {
  session: Session;
  /** After a statement that failed. */
  again(): Promise<void>;
  /** The session, in a transaction that has room for one more statement. */
  next(): Promise<Session>;
}

/** A read-only session in which a chunk is aggregated by hashing: the planner overestimates the number of buckets. */
async function openReading(source: Database, database: string, options: ReadOptions): Promise<Reader> {
  const session = await openReader(source, database);
  try {
    return await readerOf(session, options.snapshots?.[database]);
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function readerOf(session: Session, snapshot: string | undefined): Promise<Reader> {
  // Text without an encoding may be anything, GBK for example: it is hashed as it is, not as the UTF-8 that we ask for.
  await session.query(
    "select set_config('client_encoding', 'SQL_ASCII', false) where getdatabaseencoding() = 'SQL_ASCII'",
  );
  await session.query("set enable_sort = off");
  await session.query("set work_mem = '256MB'");
  await session.query("set max_parallel_workers_per_gather = 0");
  const begin = (): Promise<void> => beginReading(session, snapshot);
  await begin();
  let left = STATEMENTS_A_TRANSACTION;
  return {
    session,
    async again() {
      await session.query("rollback");
      await begin();
      left = STATEMENTS_A_TRANSACTION;
    },
    async next() {
      if (left-- > 0) return session;
      await session.query("commit");
      await begin();
      left = STATEMENTS_A_TRANSACTION - 1;
      return session;
    },
  };
}

interface Plan extends Pick<DatabaseState, "excluded" | "sequences"> {
  schemaBy: NonNullable<DatabaseState["schemaBy"]>;
  database: string;
  tables: TablePlan[];
  /** Known to be empty without reading them. */
  empty: TablePlan[];
  members: DatabaseState["schema"];
}

async function plan(source: Database, database: string, options: ReadOptions): Promise<Plan> {
  const { session } = await openReading(source, database, options);
  try {
    const listed = (await session.query<ListedTable>(LIST_TABLES)).filter(options.only ?? (() => true));
    const excluded: DatabaseState["excluded"][number][] = [
      ...(await session.query<{ schema: string; name: string; why: string }>(LIST_EXCLUDED)),
      ...listed.flatMap(leftOut),
    ];
    const before = new Map(
      (options.like?.[database]?.tables ?? []).map((table) => [qualified(table), table]),
    );
    const tables: TablePlan[] = [];
    for (const row of listed.filter((table) => !cannotBeRead(table))) {
      const { schema, name } = row;
      const blocks = Number(row.blocks);
      tables.push({
        schema,
        name,
        blocks,
        ...(await reading(session, row, before.get(qualified(row)), options)),
      });
    }
    const sequences = await readSequences(session);
    const [{ utf8 } = { utf8: true }] = await session.query<{ utf8: boolean }>(
      "select getdatabaseencoding() = 'UTF8' as utf8",
    );
    const schemaBy = utf8 ? ("object-2" as const) : ("bytes-2" as const);
    if (options.only)
      return {
        database,
        tables,
        empty: [],
        excluded: excluded.filter(options.only),
        sequences,
        members: {},
        schemaBy,
      };
    const members = digests(
      await session.query<{ name: string; definition: string }>(LIST_EXTENSION_MEMBERS),
    );
    const objects = await planLargeObjects(session, options);
    return {
      database,
      tables: [...tables, ...objects.tables],
      empty: objects.empty,
      excluded: [...excluded, ...objects.excluded],
      sequences,
      members,
      schemaBy,
    };
  } finally {
    await session.close();
  }
}

interface LargeObjects extends Pick<DatabaseState, "excluded"> {
  tables: TablePlan[];
  /** Not to be read: the list of large objects, which everybody may read, says that there is none. */
  empty: TablePlan[];
}

/** Who they are everybody may read, what is in them only who is given that: on managed servers often nobody. */
async function planLargeObjects(session: Session, { portable }: ReadOptions): Promise<LargeObjects> {
  const [row] = await session.query<{ readable: boolean; some: boolean }>(
    `select has_table_privilege('pg_catalog.pg_largeobject', 'select') as readable,
            exists (select from pg_largeobject_metadata) as some`,
  );
  const all = LARGE_OBJECTS.map((table) => (portable ? { ...table, mode: "text" as const } : table));
  if (row?.readable) return { tables: all, empty: [], excluded: [] };
  const isContent = ({ name }: TablePlan): boolean => name === "pg_largeobject";
  const [content, listed] = [all.filter(isContent), all.filter((table) => !isContent(table))];
  if (!row?.some) return { tables: listed, empty: content, excluded: [] };
  const why = "large objects: no permission to read them";
  const excluded = content.map(({ schema, name }) => ({ schema, name, why, unread: true as const }));
  return { tables: listed, empty: [], excluded };
}

/** COPY gives out no materialized view, and no query of it can be planned without running what its indexes call. */
function cannotBeRead({ kind, hazardous }: ListedTable): boolean {
  return hazardous && kind === "m";
}

function leftOut(table: ListedTable): DatabaseState["excluded"][number][] {
  const { schema, name, hazardous, generated } = table;
  if (cannotBeRead(table)) {
    const why = "an index or statistics of it call functions that would run with our rights";
    return [{ schema, name, why, unread: true }];
  }
  if (!hazardous) return [];
  const why = "generated column: computed from the others";
  return generated.map((column) => ({ schema, name: `${name}.${column}`, why }));
}

/** How a table is read: as at the checkpoint, by place and column, or as another cluster can read it too. */
async function reading(
  session: Session,
  table: ListedTable,
  known: TableFingerprint | undefined,
  options: ReadOptions,
): Promise<Pick<TablePlan, "mode" | "columns" | "bucketing">> {
  const columns = table.columns.map(hashedColumn);
  if (table.hazardous || known?.mode === "copied") return { mode: "copied", bucketing: { kind: "whole" } };
  if (known && known.mode !== "columns") return { mode: known.mode, bucketing: known.bucketing };
  if (known?.columns) {
    // A column that lost its NOT NULL is a difference of the schema; its values are still compared.
    const same = JSON.stringify(columns.map(nature)) === JSON.stringify(known.columns.map(nature));
    return { mode: "columns", columns: same ? known.columns : columns, bucketing: known.bucketing };
  }
  if (options.portable) return { mode: "text", bucketing: await portableBuckets(session, table) };
  return { mode: "columns", columns, bucketing: blockBuckets(Number(table.blocks)) };
}

function nature({ name, type, via, send, domain }: HashedColumn): (string | boolean | undefined)[] {
  return [name, type, via, send, domain];
}

async function portableBuckets(session: Session, table: ListedTable): Promise<Bucketing> {
  const [column] = table.key;
  // The hash of any other key may depend on oids (of enum values it does).
  if (column === undefined || !table.integer_key) return { kind: "whole" };
  const [bounds] = await session.query<{ min: string | null; max: string | null }>(
    `select min(${quote(column)})::text as min, max(${quote(column)})::text as max from only ${qualified(table)}`,
  );
  return { kind: "range", column, shift: shiftFor(BigInt(bounds?.min ?? 0), BigInt(bounds?.max ?? 0)) };
}

/** Sequences are not transactional and not held by a table's lock: a checkpoint reads them on both sides of its moment. */
export async function readSequences(session: Session): Promise<SequenceState[]> {
  return session.query<Omit<SequenceState, "upTo">>(LIST_SEQUENCES);
}
