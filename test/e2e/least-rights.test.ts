// Declared SQL on a copy: what it calls runs as a role that only reads, which is gone afterwards whatever happens.
import { afterAll, beforeAll, expect, it } from "vitest";
import { withReaderOnCopy } from "../../scripts/postgres/least-rights";
import type { Database } from "../../scripts/postgres/port";
import { startTenant, type Tenant } from "../hostile/canary";

let tenant: Tenant;
const as = (user: string): Database => tenant.as(user);
const server = (): { database: Database; as: (user: string) => Database } => ({
  database: as("postgres"),
  as,
});
const read = <T>(work: (copy: Database) => Promise<T>): Promise<T> =>
  withReaderOnCopy(server(), ["hostile", "hostile"], "ops_invariants_1", work);
const roles = (): Promise<unknown[]> =>
  as("postgres").query("postgres", "select 1 from pg_roles where rolname like 'ops_invariants%'");

beforeAll(async () => {
  tenant = await startTenant();
  await tenant.asTenant(
    `create schema s; revoke all on schema s from public; create table s.t (id int); insert into s.t values (1);
     create function s.told() returns int language plpgsql as $$ begin
       if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then raise log 'CANARY invariant'; end if;
       perform set_config('role', 'postgres', false); return 1; exception when others then return 2; end $$;
     grant execute on function s.told() to public; create view s.v as select s.told() as n from s.t;
     alter table s.t enable row level security; create policy p on s.t using (false)`,
  );
  await tenant.cluster.psql("postgres", "revoke connect on database hostile from public");
}, 60_000);
afterAll(() => tenant.cluster.stop());

it("reads what is hidden from others, and runs their code without rights", async () => {
  expect(await read((copy) => copy.query("hostile", "select count(*)::int as n from s.t"))).toEqual([
    { n: 1 },
  ]);
  expect(await read((copy) => copy.query("hostile", "select n from s.v"))).toEqual([{ n: 2 }]);
  expect(await tenant.heard()).toEqual([]);
  // The control: with a superuser's rights the same query is heard.
  await as("postgres").query("hostile", "select n from s.v");
  expect(await tenant.heard()).toHaveLength(1);
});

it("can change nothing, and is one statement", async () => {
  const refused = { exit: "unavailable" };
  await expect(read((copy) => copy.query("hostile", "delete from s.t"))).rejects.toMatchObject(refused);
  await expect(read((copy) => copy.query("hostile", "select 1 where $1; select 2", [true]))).rejects.toThrow(
    /multiple commands/,
  );
});

it("leaves no role behind, not even when it fails", async () => {
  expect(await roles()).toEqual([]);
  await expect(read(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await roles()).toEqual([]);
});
