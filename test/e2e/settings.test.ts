// What a database's owner or an operator sets for sessions does not change ours: neither what they say, nor as whom, nor what they see.
import { afterAll, beforeAll, expect, it } from "vitest";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { createClock } from "../../scripts/machine/clock";
import { compareContent } from "../../scripts/postgres/fingerprint";
import { startTenant, type Tenant } from "../hostile/canary";

const context = {
  clock: createClock(),
  newId: () => `set-${Math.random()}`,
  random: Math.random,
  signal: new AbortController().signal,
};

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant();
  await tenant.asTenant(
    `create schema s; create table s.t (id int, v text, f float8, d date, i interval, x xml);
     insert into s.t select g, 'a\\b"''c', g / 3.0, '2026-11-30', '1 mon 2 days', '<a/>' from generate_series(1, 50) g;
     create table s."odd \\ ' name" ("col \\ ' umn" int check (id_ok("col \\ ' umn")))`.replace(
      ' check (id_ok("col \\ \' umn"))',
      "",
    ),
  );
}, 60_000);
afterAll(() => tenant.cluster.stop());

const SETTINGS: readonly string[] = [
  "role = 'tenant'",
  "search_path = 's'",
  "standard_conforming_strings = off",
  "transform_null_equals = on",
  "default_transaction_read_only = on",
  "default_transaction_deferrable = on",
  "default_transaction_isolation = 'serializable'",
  "quote_all_identifiers = on",
  "datestyle = 'SQL, DMY'",
  "timezone = 'Asia/Shanghai'",
  "intervalstyle = 'sql_standard'",
  "extra_float_digits = -15",
  "bytea_output = 'escape'",
  "constraint_exclusion = on",
  "row_security = on",
  "statement_timeout = '1ms'",
  "lock_timeout = '1ms'",
  "idle_in_transaction_session_timeout = '1ms'",
  "client_encoding = 'SQL_ASCII'",
  "enable_seqscan = off",
];

it.each(["database hostile", "role postgres", "role postgres in database hostile"])(
  "of %s",
  async (whose) => {
    const alter = (how: string): Promise<void> => tenant.cluster.psql("postgres", how);
    const before = await takeCheckpoint(context, tenant.cluster.database);
    // As a role it would lose the right to read; `role` cannot be set for a role that it names itself.
    const settings = SETTINGS.filter(
      (setting) => whose.startsWith("database") || !setting.startsWith("role ="),
    );
    await alter(settings.map((setting) => `alter ${whose} set ${setting}`).join(";\n"));
    try {
      const after = await takeCheckpoint(context, tenant.cluster.database);
      const [want, have] = [before.databases.hostile!, after.databases.hostile!];
      expect(compareContent(want.tables, have.tables)).toEqual([]);
      expect(have.tables.map(({ name }) => name)).toContain("odd \\ ' name");
      const [me] = await tenant.cluster.database.query<{ who: string }>(
        "hostile",
        "select current_user::text as who",
      );
      expect(me!.who).toBe("postgres");
    } finally {
      // In one session, whose own settings are those that were just made.
      const session = await tenant.cluster.database.session("postgres");
      await session.query(`alter ${whose} reset all`);
      await session.close();
    }
  },
  60_000,
);
