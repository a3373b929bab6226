// Faults in what was restored: rows, objects, roles, sequences, pages. Each is done to the copy itself before the checks look.
import path from "node:path";
import { backUpAndRecord } from "../backup/backup";
import { type Fault, onCopy } from "./fault";

function sql(kind: string, expected: string, simulates: string, statement: string): Fault {
  return { kind, expected, simulates, inject: onCopy(statement) };
}

const otherCollation = onCopy(
  `create collation public.other (provider = icu, locale = 'de');
   create table public.sorted (v text collate public.other);
   update pg_collation set collversion = '0.1' where collname = 'other'`,
  "at-target",
);

export const ROW_FAULTS: readonly Fault[] = [
  sql(
    "row-changed",
    "content",
    "one value of one row is another",
    "set session_replication_role = replica; update public.accounts set balance = balance + 0.01 where id = 250",
  ),
  sql("row-missing", "content", "one row is not there", "delete from public.transfers where id = 1000"),
  sql(
    "row-extra",
    "content",
    "one row too many",
    "insert into public.transfers (account_id, amount, made_at) values (7, 7, '2026-01-01')",
  ),
  sql(
    "pair-swapped",
    "content",
    "two equal rows became two other equal rows: sums that let pairs cancel stay the same",
    "update public.tallies set label = 'b', amount = 2 where label = 'a'",
  ),
  sql(
    "values-exchanged",
    "content",
    "two rows exchanged one value: every column holds the same values as before",
    `set session_replication_role = replica;
     update public.accounts set holder = case id when 10 then 'holder 11' else 'holder 10' end where id in (10, 11)`,
  ),
  sql(
    "value-behind-cast",
    "content",
    "a value of a tenant's own type, whose cast to text says the same of every value",
    "update tenant.envelopes set content = row(null, 43)::tenant.sealed where id = 1",
  ),
  sql(
    "value-behind-index",
    "content",
    "a value in a table whose index calls a tenant's function: such a table is copied out, not queried",
    "update tenant.notes set note = 'another' where id = 1",
  ),
  sql(
    "equal-by-collation",
    "content",
    "a text became one that its collation takes for equal, as another case of the same letters",
    "update public.spellings set name = upper(name) where id = 1",
  ),
  sql(
    "scale-changed",
    "content",
    "a number became an equal one of another scale, 1.50 for 1.5",
    "update public.spellings set price = 1.50 where id = 1",
  ),
  sql(
    "row-under-child",
    "content",
    "a row that lies in a table's child instead of the table: who reads the table sees the same rows",
    `with moved as (delete from only public.events where id = 1 returning *)
     insert into public.events_of_old select * from moved`,
  ),
  sql(
    "large-object-changed",
    "content",
    "a large object, which lies in no table of its own, holds something else",
    "select lo_put(oid, 0, 'A') from pg_largeobject_metadata",
  ),
  sql(
    "view-refreshed",
    "content",
    "a materialized view that was computed anew, as a logical restore does it: the source holds an older result",
    "refresh materialized view public.totals",
  ),
];

export const OBJECT_FAULTS: readonly Fault[] = [
  sql("table-dropped", "content", "a table is not there", "drop table public.certificates"),
  sql(
    "table-became-view",
    "content",
    "a view in a table's place that shows the same rows",
    `alter table public.tallies rename to kept;
     create view public.tallies as select * from public.kept`,
  ),
  sql("index-dropped", "schema", "an index is not there", "drop index public.transfers_by_time"),
  sql(
    "constraint-dropped",
    "schema",
    "a constraint is not there",
    "alter table public.accounts drop constraint balance_is_not_negative",
  ),
  sql(
    "trigger-disabled",
    "schema",
    "a trigger is there and does not fire",
    "alter table public.accounts disable trigger accounts_touch",
  ),
  sql(
    "policy-off",
    "schema",
    "row security of a table is switched off, its policies still there",
    "alter table public.certificates disable row level security",
  ),
  sql("grant-missing", "schema", "a role lost a right", "revoke select on public.transfers from app_reader"),
  sql(
    "owner-changed",
    "schema",
    "a table belongs to another role",
    "alter table public.transfers owner to postgres",
  ),
  sql("extension-missing", "schema", "an extension is not there", "drop extension pgcrypto"),
  {
    kind: "closed-database-missing",
    simulates: "a database is not there that allows no connections, so that nobody reads it",
    expected: "schema",
    async inject(bench) {
      const other = await bench.another();
      const { source } = other.cluster;
      await source.query(
        source.maintenance,
        "create database closed with template = postgres allow_connections = false",
      );
      await backUpAndRecord(other.context, "full");
      return { over: other.cluster.tools, ...(await onCopy("drop database closed")({ ...bench, ...other })) };
    },
  },
  sql(
    "extension-function-replaced",
    "schema",
    "a function of an extension that another one was put in place of: a dump names the extension only",
    `create or replace function public.digest(text, text) returns bytea
       language sql immutable strict as $$ select ''::bytea $$`,
  ),
  sql("superuser-extra", "roles", "a superuser nobody knows", "create role intruder superuser login"),
  sql(
    "sequence-behind",
    "sequences",
    "a sequence that will give out numbers again",
    "select setval('public.invoice_numbers', 900)",
  ),
  sql(
    "sequence-ahead",
    "sequences",
    "a sequence further ahead than WAL is: numbers that are lost",
    "select setval('public.invoice_numbers', 900000)",
  ),
  {
    kind: "rule-broken",
    simulates: "rows that contradict a business rule in the state that was asked for",
    expected: "invariants",
    inject: onCopy(
      "set session_replication_role = replica; delete from public.accounts where id = 1",
      "at-target",
    ),
  },
  {
    kind: "rule-broken-unseen",
    simulates:
      "rows that contradict a business rule, and row security that hides them from who may only read",
    expected: "invariants",
    inject: onCopy(
      `set session_replication_role = replica; delete from public.accounts where id = 1;
       alter table public.transfers enable row level security`,
      "at-target",
    ),
  },
  {
    kind: "collation-other",
    simulates:
      "a machine that sorts text otherwise than the source; stand-in: the version that the source had is another",
    expected: "collations",
    inject: async (bench) => ({ ...(await otherCollation(bench)), undecided: "collations" }),
  },
  {
    kind: "index-lacks-row",
    simulates: "an index that lost an entry; stand-in: a row written while the index was marked as not ready",
    expected: "amcheck",
    inject: onCopy(
      `update pg_index set indisready = false where indexrelid = 'public.transfers_by_time'::regclass;
       insert into public.transfers (account_id, amount) values (3, 3);
       update pg_index set indisready = true where indexrelid = 'public.transfers_by_time'::regclass`,
      "at-target",
    ),
  },
  {
    kind: "page-damaged",
    simulates: "a page of the copy that changed on its disk after everything was read",
    expected: "page-checksums",
    async inject({ cluster }) {
      const [row] = await cluster.source.query<{ file: string }>(
        cluster.database,
        "select pg_relation_filepath('public.certificates') as file",
      );
      return {
        async onStop(stage, copy) {
          if (stage === "stopped") await cluster.injector.flipByte(path.join(copy.dataDirectory, row!.file));
        },
      };
    },
  },
];
