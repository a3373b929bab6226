// Nothing that a role of the database defines runs with our rights: not on the source, not on a copy, not in a dump.
// The slow suite does the same with hundreds of schemas.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIST_EXTENSION_MEMBERS } from "../../scripts/postgres/extension-members";
import { readHostile, startTenant, type Tenant } from "../hostile/canary";
import { hostileSchema, randomFrom } from "../hostile/schemas";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant();
}, 60_000);
afterAll(() => tenant.cluster.stop());

describe.sequential("hostile schemas", () => {
  it("are heard when a superuser queries their tables as anyone would", async () => {
    const { cluster, asTenant, heard } = tenant;
    const schema = hostileSchema("plain", randomFrom(1));
    await asTenant(`create schema plain;\n${schema.sql}; create index on plain.t0 ((plain.f(1) + id))`);
    await cluster.database.query("hostile", "select count(*) from plain.t0");
    expect(await heard()).not.toEqual([]);
  });

  it("call nothing of theirs while they are read, and hide no value", async () => {
    await readHostile(tenant, 7, 16);
  }, 60_000);

  it("call nothing of theirs as members of an extension, whose owner a role without rights may be", async () => {
    const { cluster, asTenant, heard } = tenant;
    const schema = hostileSchema("ext", randomFrom(2));
    await asTenant(
      `create schema ext; ${schema.sql}; create index on ext.t0 ((ext.f(1) + id));
       create view ext.v as select ext.f(id) as n from ext.t0 where ext.f(1) > 0;
       create function ext.g(i int default ext.f(1)) returns int language sql return ext.f(i);
       create domain ext.d as int default ext.f(1) check (ext.f(value) > 0);
       create table ext.p (n int, check (ext.f(1) > n)) partition by range ((ext.f(1) + n));
       alter table ext.t0 add column w int default ext.f(2); create policy p on ext.t0 using (ext.f(1) > 0);
       create rule r as on update to ext.t0 where ext.f(1) > 0 do also select ext.f(1);
       create statistics ext.s on (ext.f(id)), id from ext.t0;
       create extension pg_trgm;
       do $$ declare one record; begin
         for one in select oid::regclass as name, case relkind when 'v' then 'view' else 'table' end as kind
                      from pg_class where relnamespace = 'ext'::regnamespace and relkind in ('r', 'p', 'v') loop
           execute format('alter extension pg_trgm add %s %s', one.kind, one.name);
         end loop;
         alter extension pg_trgm add function ext.g(int); alter extension pg_trgm add domain ext.d;
       end $$`,
    );
    await heard();
    const members = await cluster.database.query<{ name: string }>("hostile", LIST_EXTENSION_MEMBERS);
    expect(await heard()).toEqual([]);
    const names = members.map(({ name }) => name.replace("EXTENSION MEMBER ", ""));
    expect(names).toEqual(
      expect.arrayContaining(["table ext.t0", "view ext.v", "function ext.g(integer)", "policy p of ext.t0"]),
    );
  });
});
