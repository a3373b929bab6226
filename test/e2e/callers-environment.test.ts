// A session is the same wherever ops was started: nothing that the caller's environment says to PostgreSQL's clients is heard.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { type Cluster, OS_USER, startCluster } from "./cluster";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.psql("postgres", "create role locked login password 'secret'; create table t (v text)");
}, 60_000);
afterAll(() => cluster.stop());

const VARIABLES: Readonly<Record<string, string>> = {
  // First: the driver looks for it only when it is loaded.
  NODE_PG_FORCE_NATIVE: "1",
  PGSSLMODE: "require",
  PGSSLNEGOTIATION: "direct",
  PGREPLICATION: "database",
  PGCLIENT_ENCODING: "GBK",
  PGAPPNAME: "somebody else",
  PGBINARY: "true",
  PGPASSWORD: "secret",
  PGHOST: "/nonexistent",
  PGOPTIONS: "-c search_path=public",
};
afterEach(() => {
  for (const name of Object.keys(VARIABLES)) delete process.env[name];
});

it.each(Object.keys(VARIABLES))("%s of the caller changes nothing", async (name) => {
  process.env[name] = VARIABLES[name];
  const session = await cluster.database.session("postgres");
  const [row] = await session.query(
    `select current_setting('application_name') as app, current_setting('client_encoding') as encoding,
            current_setting('search_path') as path, $1::text as text, 7 as n`,
    ["学"],
  );
  await session.close();
  expect(row).toEqual({ app: "ops", encoding: "UTF8", path: "pg_catalog", text: "学", n: 7 });
});

it("a password of the caller's opens nothing that the platform does not name", async () => {
  const hba = `${cluster.dataDirectory}/pg_hba.conf`;
  const before = await cluster.host.readText(hba);
  const append = `local all locked scram-sha-256\n${before}`;
  await cluster.host.writeText(hba, append, { user: OS_USER, mode: 0o600 });
  await cluster.psql("postgres", "select pg_reload_conf()");
  process.env.PGPASSWORD = "secret";
  const address = { host: cluster.directory, port: 5432, user: "locked", maintenance: "postgres" };
  await expect(createDatabase(cluster.host, address).query("postgres", "select 1")).rejects.toMatchObject({
    exit: "unavailable",
  });
});
