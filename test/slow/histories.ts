// Random histories on a real server: transactions of every kind between others, and what each really changed, seen from outside.

import { codeOf } from "../../scripts/core/errors";
import type { Image } from "../../scripts/data/images/change";
import { CopyText } from "../../scripts/data/images/copy-text";
import type { Database, Session } from "../../scripts/postgres/port";

/** All columns that are written, in their order, of each table; a partitioned one as a whole. */
export const TABLES: Readonly<Record<string, readonly string[]>> = {
  keyed: ["id", "a", "b"],
  composite: ["k1", "k2", "v"],
  keyless: ["a", "b"],
  parted: ["id", "k", "v"],
  typed: ["id", "arr", "j", "bb", "n", "f", "ts", "e", "d", "big", "iv", "u", "ok"],
  insensitive: ["c", "v"],
  egg: ["id", "hen"],
  hen: ["id", "egg"],
};

export const SCHEMA = `
  create extension if not exists citext schema public;
  create schema h;
  create type h.state as enum ('new', 'paid', 'done');
  create domain h.money as numeric(12, 2) check (value >= 0);
  create table h.keyed (id int primary key, a text, b numeric);
  create table h.composite (k1 int, k2 text, v jsonb, primary key (k1, k2));
  create table h.keyless (a int, b text);
  create table h.parted (id int, k int, v text, primary key (id, k)) partition by range (k);
  create table h.parted_1 partition of h.parted for values from (0) to (10);
  create table h.parted_2 (v text, gone int, k int not null, id int not null);
  alter table h.parted_2 drop column gone;
  alter table h.parted attach partition h.parted_2 for values from (10) to (20);
  create table h.parted_3 partition of h.parted default;
  create table h.typed (id bigint generated always as identity primary key, arr int[], j json, bb bytea, n numeric, f float8,
    ts timestamptz, e h.state, d h.money, big text, iv interval, u uuid, ok bool, twice bigint generated always as (id * 2) stored);
  alter table h.typed alter big set storage external;
  create table h.insensitive (c public.citext primary key, v int);
  create table h.egg (id int primary key, hen int);
  create table h.hen (id int primary key, egg int references h.egg deferrable initially deferred);
  alter table h.egg add foreign key (hen) references h.hen deferrable initially deferred;
  create unlogged table h.fleeting (id int, a text);
  insert into h.keyed select g, 'a' || g, g / 7.0 from generate_series(1, 30) g;
  insert into h.composite select g % 5, 'k' || g, jsonb_build_object('g', g) from generate_series(1, 20) g;
  insert into h.keyless select g % 4, 'same' from generate_series(1, 16) g;
  insert into h.parted select g, g % 25, 'p' || g from generate_series(1, 30) g;
  insert into h.typed (arr, j, bb, n, f, ts, e, d, big, iv, u, ok) select array[g, null, -g], '{"b": 1,  "a": null}', decode(md5(g::text), 'hex'), 'NaN', 'Infinity',
    '2024-02-29 12:00:00.123456+08', 'paid', g, repeat(md5(g::text), 200), '1 mon -3 days', md5(g::text)::uuid, null from generate_series(1, 10) g;
  insert into h.insensitive select 'Ab' || g, g from generate_series(1, 10) g;
  insert into h.hen select g from generate_series(1, 5) g;
  insert into h.egg select g, g from generate_series(1, 5) g;
  update h.hen set egg = id`;

type Pick = <T>(from: readonly T[]) => T;
export interface Chance {
  below(limit: number): number;
  pick: Pick;
}

/** mulberry32: the same histories for the same seed. */
export function chance(seed: number): Chance {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(random() * limit);
  return { below, pick: (from) => from[below(from.length)]! };
}

/** One statement that changes rows; it may fail, and often changes none. */
export function change({ below, pick }: Chance): string {
  const id = below(60);
  const m = 2 + below(5);
  return pick([
    `insert into h.keyed values (${id}, 'n', ${id}.50) on conflict do nothing`,
    `insert into h.keyed values (${id}, 'up', 1) on conflict (id) do update set a = excluded.a || h.keyed.a, b = 'NaN'`,
    `update h.keyed set a = a || '+' where id % ${m} = 0`,
    `update h.keyed set b = b + 1, a = null where id = ${id}`,
    `update h.keyed set id = id + 1000 where id = ${id}`,
    `update h.keyed set id = id - 1000 where id >= 1000`,
    `delete from h.keyed where id % 17 = ${below(17)}`,
    `update h.composite set v = v || '{"x": [1, "\\t\\n\\\\"]}' where k1 = ${below(5)}`,
    `update h.composite set k2 = k2 || 'ß' where k2 = 'k${id}'`,
    `delete from h.composite where k2 = 'k${id}'`,
    `insert into h.composite select ${below(5)}, 'k${id}', 'null' on conflict do nothing`,
    `insert into h.keyless select ${below(4)}, 'same' from generate_series(1, ${1 + below(3)})`,
    `delete from h.keyless where ctid = (select min(ctid) from h.keyless where a = ${below(4)})`,
    `update h.keyless set a = (a + 1) % 4 where ctid in (select ctid from h.keyless limit 3)`,
    `update h.parted set k = ${below(25)} where id = ${below(31)}`,
    `update h.parted set v = v || '!' where k between 5 and 15`,
    `delete from h.parted where id = ${id}`,
    `insert into h.parted select g, ${below(25)}, 'new' from generate_series(${id + 100}, ${id + 102}) g on conflict do nothing`,
    `update h.typed set big = repeat(md5('${id}'), ${100 + below(200)}), n = n where id % ${m} = 0`,
    `update h.typed set arr = arr || ${id}, e = 'done', f = -0.0 where id % ${m} = 1`,
    `insert into h.typed (big, bb, n, d) values (repeat('大', 3000), '\\x00ff', 1e-20, 5)`,
    `delete from h.typed where id = (select min(id) from h.typed)`,
    `update h.insensitive set c = upper(c::text)::public.citext where v = ${below(12)}`,
    `insert into h.insensitive values ('aB${id}', ${id}) on conflict do nothing`,
    `delete from h.insensitive where v = ${below(12)}`,
    `with e as (insert into h.egg values (${id}, ${id}) on conflict do nothing returning id) insert into h.hen select id, id from e on conflict do nothing`,
    `insert into h.fleeting values (${id}, 'gone')`,
    `copy h.keyed from program 'printf "${2000 + below(900)}\\tcopied\\t1\\n${3000 + below(900)}\\tcopied\\t2\\n"'`,
    `update h.keyed set a = a where id < 5`,
    `select from h.keyed where id % ${m} = 0 for update`,
    `select from h.parted where k < ${below(25)} for key share`,
  ]);
}

/** Statements of one transaction, between `begin` and its end. */
function body(c: Chance): string[] {
  const { below } = c;
  const list: string[] = [];
  const steps = 1 + below(6);
  for (let i = 0; i < steps; i++) {
    const kind = below(12);
    if (kind < 7) list.push(change(c));
    else if (kind === 7) list.push("savepoint s", change(c), change(c), "rollback to s");
    else if (kind === 8)
      list.push("savepoint s", change(c), "savepoint t", change(c), "rollback to t", change(c), "release s");
    else if (kind === 9)
      list.push(
        `insert into h.keyed values (${9000 + i}, 'came', 1)`,
        `update h.keyed set a = 'went' where id = ${9000 + i}`,
        `delete from h.keyed where id = ${9000 + i}`,
      );
    else if (kind === 10 && below(3) === 0)
      list.push(`truncate h.${c.pick(["keyless", "insensitive", "composite", "parted"])}`, change(c));
    else if (kind === 11 && below(4) === 0)
      list.push(
        `do $$ begin for i in 1..${60 + below(20)} loop begin update h.keyed set b = i where id = i % 30; if i % 7 = 0 then raise exception 'x'; end if; exception when raise_exception then null; end; end loop; end $$`,
      );
    else list.push(change(c));
  }
  return list;
}

/** Between histories. */
function housekeeping({ below, pick }: Chance): string | undefined {
  if (below(4) > 0) return undefined;
  return pick([
    "vacuum h.keyed",
    "vacuum (freeze) h.keyed, h.typed",
    "vacuum full h.keyed",
    "cluster h.composite using composite_pkey",
    "checkpoint",
    "vacuum (freeze, index_cleanup on) h.keyless",
    "select pg_switch_wal()",
    "alter table h.parted alter v type text using v || ''",
    "reindex table h.typed",
    "alter table h.keyed alter b type numeric using b * 1",
  ]);
}

/** Everything that is there, row by row. */
export type Content = Readonly<Record<string, readonly Image[]>>;

export async function contentOf(session: Session): Promise<Content> {
  const content: Record<string, Image[]> = {};
  for (const [table, columns] of Object.entries(TABLES)) {
    const rows: Image[] = [];
    const text = new CopyText((row) => rows.push(row));
    await session.copyOut(`copy (select ${columns.join(", ")} from h.${table}) to stdout`, (chunk) =>
      text.add(chunk),
    );
    content[table] = rows;
  }
  return content;
}

export interface History {
  xid: number;
  statements: readonly string[];
  /** What others saw just before its commit, and just after. */
  before: Content;
  after: Content;
}

/** What may be refused: a lock that somebody holds, a key that is there, a constraint. The transaction goes on behind a savepoint. */
async function tried(session: Session, sql: string, inside: boolean): Promise<boolean> {
  const guard = inside && !/^(savepoint|release|rollback)/.test(sql);
  if (guard) await session.query("savepoint guard");
  try {
    await session.query(sql);
    if (guard) await session.query("release guard");
    return true;
  } catch (error) {
    if (codeOf(error) === "") throw error;
    if (guard) await session.query("rollback to guard");
    return false;
  }
}

/** Runs so many transactions, each between those of others. Nothing else may work on the server. */
export async function runHistories(
  source: Database,
  database: string,
  count: number,
  c: Chance,
): Promise<History[]> {
  const [own, other, later, watcher] = await Promise.all([0, 1, 2, 3].map(() => source.session(database)));
  for (const session of [own!, other!, later!])
    await session.query("set lock_timeout = '30ms'; set deadlock_timeout = '20ms'");
  const histories: History[] = [];
  for (let i = 0; i < count; i++) {
    const history = await oneHistory({ own: own!, other: other!, later: later!, watcher: watcher! }, c);
    if (history) histories.push(history);
    const between = housekeeping(c);
    if (between !== undefined) await tried(other!, between, false);
  }
  await Promise.all([own!, other!, later!, watcher!].map((session) => session.close()));
  return histories;
}

interface Actors {
  own: Session;
  /** Commits while the transaction is under way. */
  other: Session;
  /** Is under way when the transaction commits, and commits afterwards. */
  later: Session;
  watcher: Session;
}

async function oneHistory({ own, other, later, watcher }: Actors, c: Chance): Promise<History | undefined> {
  const statements = body(c);
  await later.query("begin");
  await tried(later, change(c), true);
  await own.query("begin");
  const ran: string[] = [];
  // An emptied table is locked against everybody until the commit: what others saw is asked for before, and changes no more.
  let before: Content | undefined;
  for (const sql of statements) {
    if (sql.startsWith("truncate")) before ??= await contentOf(watcher);
    if (await tried(own, sql, true)) ran.push(sql);
    if (c.below(3) === 0 && before === undefined) await tried(other, change(c), false);
    if (c.below(6) === 0) await tried(later, change(c), true);
  }
  const [row] = await own.query<{ xid: string | null }>(
    "select pg_current_xact_id_if_assigned()::text as xid",
  );
  const prepared = c.below(15) === 0 && row?.xid != null;
  if (prepared) await own.query("prepare transaction 'history'");
  before ??= await contentOf(watcher);
  await own.query(prepared ? "commit prepared 'history'" : "commit");
  const after = await contentOf(watcher);
  await later.query("commit");
  if (row?.xid == null) return undefined;
  return { xid: Number(row.xid), statements: ran, before, after };
}

/** Rows of one list that the other has not, each as often as it is there more often; in order. */
export function surplus(one: readonly Image[], other: readonly Image[]): string[] {
  const counts = new Map<string, number>();
  for (const image of other) counts.set(JSON.stringify(image), (counts.get(JSON.stringify(image)) ?? 0) + 1);
  return one
    .map((image) => JSON.stringify(image))
    .filter((text) => {
      const left = counts.get(text) ?? 0;
      counts.set(text, left - 1);
      return left <= 0;
    })
    .sort();
}
