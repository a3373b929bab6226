// Definitions in encodings other than UTF-8, or that their owner has clients read in another: compared byte by byte.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareState } from "../../scripts/backup/checkpoint";
import { readState } from "../../scripts/postgres/read-state";
import { type Cluster, OS_USER, startCluster } from "./cluster";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.psql(
    "postgres",
    `create database said_gbk template template0; alter database said_gbk set client_encoding = 'GBK';
     create database chinese template template0 encoding 'EUC_CN' locale 'C';
     create database bytes template template0 encoding 'SQL_ASCII' locale 'C'`,
  );
}, 60_000);
afterAll(() => cluster.stop());

/** Two texts of one character, which as UTF-8 are equally unreadable. */
const CASES = [
  { database: "said_gbk", client: "UTF8", texts: ["成", "功"], schemaBy: "object-2" },
  { database: "chinese", client: "UTF8", texts: ["成", "功"], schemaBy: "bytes-2" },
  { database: "bytes", client: "SQL_ASCII", texts: ["\\xb3\\xc9", "\\xb9\\xa6"], schemaBy: "bytes-2" },
] as const;
const SOURCE =
  "select prosrc::bytea::text as text, getdatabaseencoding() as encoding from pg_proc where proname = 'said'";

describe.each(CASES)("a database $database", ({ database, client, texts, schemaBy }) => {
  const say = (text: string): Promise<void> =>
    cluster.psql(
      database,
      `set client_encoding = '${client}';
       do $do$ begin execute E'create or replace function public.said() returns text language sql as $$ select ''${text}'' $$'; end $do$`,
    );
  const state = async () => ({ roles: {}, databases: await readState(cluster.database, [database]) });

  it("is unchanged where nothing changed, and changed where one character did", async () => {
    await say(texts[0]);
    const before = await state();
    expect(before.databases[database]!.schemaBy).toBe(schemaBy);
    expect(compareState(before, await state()).schema).toEqual([]);
    await say(texts[1]);
    const { schema } = compareState(before, await state());
    expect(schema).toEqual([`${database}: FUNCTION public.said(): changed`]);
  });

  it("has archives in its own encoding, which load into one like it", async () => {
    const file = `${cluster.directory}/${database}.archive`;
    await cluster.host.writeText(file, "", { user: OS_USER, mode: 0o600 });
    await cluster.database.dumpArchive(database, file);
    const [row] = await cluster.database.query<{ encoding: string; text: string }>(database, SOURCE);
    const like = `create database again template template0 encoding '${row!.encoding}' locale 'C'`;
    await cluster.psql("postgres", like);
    await cluster.database.loadArchive("again", file, { part: "definitions and data" });
    expect(await cluster.database.query("again", SOURCE)).toEqual([row]);
    await cluster.psql("postgres", "drop database again");
  });
});
