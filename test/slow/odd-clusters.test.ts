// Sources on which a tool is unable or something is missing on this machine: overcome where that is safe, otherwise said and
// inconclusive; never a failure of the data, never a bug.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { connectBackups } from "../../scripts/backup/adapter";
import { backUpAndRecord } from "../../scripts/backup/backup";
import { findGoal } from "../../scripts/restore/lineage";
import { testRestore } from "../../scripts/restore/test-restore";
import { OS_USER } from "../e2e/cluster";
import { complaints, detailOf, openThrowaway, type Throwaway } from "../e2e/throwaway";

let source: Throwaway;
beforeAll(async () => {
  source = await openThrowaway();
});
afterAll(() => source.close());

it("amcheck gets its extension where DDL is forbidden, and leaves a copy that is handed over as it was", async () => {
  const { cluster } = source;
  await source.sql(
    "create database archive2019 template postgres",
    "create database guarded template postgres",
  );
  await source.sql("alter database archive2019 set default_transaction_read_only = on");
  for (const statement of [
    `create function no_ddl() returns event_trigger language plpgsql
       as $$ begin raise exception 'DDL only through the release train'; end $$`,
    "create event trigger guard on ddl_command_start execute function no_ddl()",
    "alter event trigger guard enable always",
  ])
    await cluster.source.query("guarded", statement);
  await source.backup();
  const left: unknown[] = [];
  const done = await source.restore(undefined, {
    async onStop(stage, _copy, server) {
      if (stage !== "stopped" && server) left.push(stage);
    },
    keep: true,
    into: `${source.context.copies}/kept`,
  });
  expect(complaints(done)).toEqual([]);
  expect(detailOf(done, "amcheck")).toBe("heaps and B-tree indexes of 3 database(s) are sound");
  const kept = mkdtempSync("/tmp/opsk-");
  const { host } = source.context;
  await host.handOver(kept, OS_USER);
  const data = `${source.context.copies}/kept/data`;
  const run = async (program: string, ...args: string[]): Promise<string> => {
    const result = await host.run(await host.program(program), args, { user: OS_USER });
    if (result.exitCode !== 0) throw new Error(`${program}: ${result.stdout}${result.stderr}`);
    return result.stdout.trim();
  };
  const options = `-c unix_socket_directories=${kept} -c listen_addresses=`;
  await run("pg_ctl", "-D", data, "-w", "-l", `${kept}/log`, "-o", options, "start");
  const sql = `select (select count(*) from pg_extension where extname = 'amcheck')
    || ' ' || (select string_agg(evtname::text || evtenabled::text, '') from pg_event_trigger) || ' ' || current_setting('archive_mode')`;
  expect(await run("psql", "-h", kept, "-U", "postgres", "-d", "guarded", "-qAtc", sql)).toBe("0 guardA off");
  await run("pg_ctl", "-D", data, "-m", "immediate", "stop");
  rmSync(kept, { recursive: true, force: true });
  await cluster.source.query("guarded", "alter event trigger guard disable");
  await source.sql("drop database guarded", "drop database archive2019");
}, 180_000);

it("a shared library that is not on this machine is named, and what needs it is inconclusive", async () => {
  const { host } = source.context;
  const postgres = await host.program("pg_config");
  const { stdout } = await host.run(postgres, ["--pkglibdir"]);
  // A copy sees libraries in PostgreSQL's own tree, as it sees nothing else of the machine.
  const library = `${stdout.trim()}/ops_vendor_seg_${process.pid}.so`;
  copyFileSync(`${stdout.trim()}/seg.so`, library);
  onTestFinished(() => rmSync(library, { force: true }));
  await source.sql(
    "create type public.vseg",
    `create function public.vseg_in(cstring) returns public.vseg as '${library}', 'seg_in' language c strict immutable`,
    `create function public.vseg_out(public.vseg) returns cstring as '${library}', 'seg_out' language c strict immutable`,
    "create type public.vseg (internallength = 12, input = public.vseg_in, output = public.vseg_out)",
    "create table public.measure (id int primary key, s public.vseg)",
    "insert into public.measure select g, (g || '..' || (g + 1))::public.vseg from generate_series(1, 500) g",
  );
  await source.backup();
  expect(complaints(await source.restore())).toEqual([]);
  rmSync(library);
  const done = await source.restore();
  const said = complaints(done);
  expect(said).toContainEqual(
    expect.stringMatching(/^content: inconclusive: not read: postgres: "public"."measure" \(.*vendor_seg/),
  );
  expect(said.filter((text) => text.includes(": fail: "))).toEqual([]);
  await source.sql("drop table public.measure");
}, 180_000);

it("WAL segments of 1 MiB, WAL elsewhere, tablespaces with spaces and Chinese names", async () => {
  const place = mkdtempSync("/tmp/opst-");
  const { host } = source.context;
  const run = async (program: string, ...args: string[]): Promise<void> => {
    const result = await host.run(await host.program(program), args, { user: OS_USER });
    if (result.exitCode !== 0) throw new Error(`${program}: ${result.stdout}${result.stderr}`);
  };
  await host.handOver(place, OS_USER);
  for (const name of ["repo", "lock", "log", "spool", "ts one", "学院 ts"])
    await host.makeDirectory(`${place}/${name}`, { user: OS_USER, mode: 0o700 });
  const data = `${place}/data`;
  const wal = ["--wal-segsize=1", `--waldir=${place}/elsewhere`];
  await run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--data-checksums", "-N", ...wal);
  const config = `${place}/pgbackrest.conf`;
  const paths = ["lock", "log", "spool"].map((name) => `${name}-path=${place}/${name}\n`).join("");
  const stanza = `[s]\npg1-path=${data}\npg1-socket-path=${place}\npg1-user=postgres\n`;
  await host.writeText(config, `[global]\nrepo1-path=${place}/repo\n${paths}${stanza}`, { user: OS_USER });
  const archive = `${await host.program("pgbackrest")} --config=${config} --stanza=s archive-push "%p"`;
  const settings = `listen_addresses=''\nunix_socket_directories='${place}'\nfsync=off\narchive_mode=on\narchive_command='${archive}'\n`;
  await host.writeText(`${data}/postgresql.auto.conf`, settings, { user: OS_USER, mode: 0o600 });
  await run("pg_ctl", "-D", data, "-w", "-l", `${place}/log/server`, "start");
  try {
    await run("pgbackrest", `--config=${config}`, "--stanza=s", "stanza-create");
    const { heartbeat: _, ...own } = source.context.platform;
    const platform = {
      ...own,
      name: "odd-cluster",
      database: { ...own.database, host: place },
      backups: { ...own.backups, stanza: "s", config },
      invariants: [],
    };
    const context = {
      ...source.context,
      platform,
      platformName: platform.name,
      ...connectBackups(host, platform),
    };
    const database = context.servers.source(platform);
    for (const [name, directory] of [
      ["fast disk", "ts one"],
      ["学院-ts", "学院 ts"],
    ] as const) {
      await database.query("postgres", `create tablespace "${name}" location '${place}/${directory}'`);
      const rows = "as select g as id from generate_series(1, 1000) g";
      await database.query("postgres", `create table public."in ${name}" tablespace "${name}" ${rows}`);
    }
    await backUpAndRecord(context, "full");
    const done = await testRestore(context, await findGoal(context, undefined), {
      purpose: "test",
      timeoutSeconds: 60,
    });
    expect(complaints(done)).toEqual([]);
    expect(detailOf(done, "content")).toContain("2000 rows");
  } finally {
    await run("pg_ctl", "-D", data, "-m", "immediate", "stop");
    rmSync(place, { recursive: true, force: true });
  }
}, 180_000);
