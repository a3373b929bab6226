// Sessions of ours that read a source: its event triggers do not fire for them, those on login among them, and no statement is
// endless. PostgreSQL 17 has triggers on login; test/slow/newer-postgres.test.ts runs this file there.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHost } from "../../scripts/machine";
import { createServers } from "../../scripts/postgres/adapter/servers";
import type { Database, Servers } from "../../scripts/postgres/port";
import { given } from "../given";
import { startTenant, TENANT, type Tenant } from "../hostile/canary";
import { CANARY } from "../hostile/schemas";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant();
}, 60_000);
afterAll(() => tenant.cluster.stop());

function sourceAs(user: string, use?: "read" | "change"): Database {
  const { address } = tenant.cluster.database;
  const database = { ...address, adapter: "postgres" as const, user, maintenance: "postgres" };
  return createServers(createHost()).source(given<Parameters<Servers["source"]>[0]>({ database }), use);
}

it("a trigger on login and one on DDL are silent for who reads, and fire for who changes", async ({
  skip,
}) => {
  skip((await tenant.cluster.database.major()) < 17, "PostgreSQL has them since 17");
  const { cluster, heard } = tenant;
  // A superuser made the triggers; the function belongs to the tenant, who may put into it what he likes.
  await cluster.psql(
    "hostile",
    `create schema theirs authorization ${TENANT};
     create function theirs.heard() returns event_trigger language plpgsql
       as $$ begin raise log '${CANARY} as %', current_user; end $$;
     alter function theirs.heard() owner to ${TENANT};
     create event trigger on_login on login execute function theirs.heard();
     create event trigger on_ddl on ddl_command_end execute function theirs.heard();`,
  );
  await heard();
  const [reads, changes] = [sourceAs("postgres"), sourceAs("postgres", "change")];
  await reads.query("hostile", "create table public.made_in_silence ()");
  await reads.dumpSchema("hostile");
  expect(await heard()).toEqual([]);
  await changes.query("hostile", "create table public.made_aloud ()");
  expect(await heard()).toHaveLength(2);
});

it("a statement that reads has a limit, one that changes something has none", async () => {
  const limit = (use: "read" | "change") =>
    sourceAs("postgres", use).query("hostile", "show statement_timeout");
  expect(await limit("read")).toEqual([{ statement_timeout: "4h" }]);
  expect(await limit("change")).toEqual([{ statement_timeout: "0" }]);
});

it("what had a limit leaves no clock behind: the process ends when its work has", async () => {
  const script = path.join(__dirname, "../faults/limited.ts");
  const args = ["--import", "tsx", script, tenant.cluster.directory];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  expect(stdout).toBe("21\n");
}, 60_000);

it("a role that may not switch them off reads all the same", async () => {
  await tenant.cluster.psql(
    "postgres",
    "create role plain login; grant connect on database hostile to plain",
  );
  expect(await sourceAs("plain").query("hostile", "select 1 as one")).toEqual([{ one: 1 }]);
});
