// Every input of the cases `hostile` and `restore`, as it is, on clusters that they share, through the real command line.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost } from "../../scripts/machine";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { casesAreHere, casesOf } from "../cases";
import { expectGivesUp, FEW } from "../e2e/patience";
import { isRoot } from "../scripts/machine/accounts";
import { type CaseGround, makeCaseGround } from "./cases";

/** Prose, without anything that could be run: who does what it says. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "restore/r7-rogue-timeline.sh": "test/slow/timelines.test.ts",
};

const own = readFileSync(__filename, "utf8");

it.runIf(casesAreHere).each([...casesOf("hostile"), ...casesOf("restore")])("%s is run by a test", (name) => {
  const there = ELSEWHERE[name];
  if (there === undefined)
    expect(own + readFileSync(path.join(__dirname, "cases.ts"), "utf8")).toContain(name);
  else expect(existsSync(path.resolve(__dirname, "../..", there))).toBe(true);
});

interface Judged {
  code: number;
  verdict: unknown;
  complaints: string[];
}

/** Inputs change accounts, and directories of other users. */
describe.runIf(casesAreHere && isRoot).sequential("cases of a source", () => {
  let ground: CaseGround;
  const host = createHost();

  beforeAll(async () => {
    ground = await makeCaseGround();
    await ground.makeCluster("c1", [], { EXTRA: "max_prepared_transactions=10\\n", BR: "repo1-bundle=y\n" });
    for (const name of ["learning", "shop"]) await ground.psql("c1", "postgres", `create database ${name}`);
    for (const name of ["learning", "shop"])
      await ground.psql(
        "c1",
        name,
        "create table t (id int primary key, v text); insert into t values (1, 'x')",
      );
  }, 120_000);
  afterAll(() => ground.remove(), 120_000);

  const run = (name: string, database = "learning", cluster = "c1"): Promise<string> =>
    ground.psql(cluster, database, ground.text(name));

  async function ops(command: string, cluster: string, ...more: string[]): Promise<Judged> {
    const { code, result } = await ground.checkout.json(command, "--platform", cluster, ...more);
    const checks = (result.checks ?? []) as { name: string; verdict: string; detail: string }[];
    const complaints = checks
      .filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive")
      .map(({ name, verdict, detail }) => `${name}: ${verdict}: ${detail}`);
    return { code, verdict: result.verdict ?? result.message ?? result.lines, complaints };
  }

  const PASS: Judged = { code: 0, verdict: "pass", complaints: [] };
  const left = (name: string): boolean => existsSync(path.join(ground.base, name));

  it("hostile/01-cast-on-source.sql: a cast does not run, on the source or on a copy", async () => {
    await run("hostile/01-cast-on-source.sql");
    expect(await ops("backup", "c1")).toEqual(PASS);
    expect(await ops("verify", "c1")).toEqual(PASS);
    expect(left("pwned-cast.txt")).toBe(false);
  }, 120_000);

  it("hostile/21-toctou-attacker.cjs: a table replaced by a view is not read", async () => {
    const attack = ground.node("hostile/21-toctou-attacker.cjs", ground.cluster("c1"));
    expect(await ops("backup", "c1")).toEqual(PASS);
    expect(await attack).toContain("swapped after");
    expect(left("pwned-toctou.txt")).toBe(false);
  }, 240_000);

  it("hostile/02-rowtype-cast-dump.sql, restore/d1-grant-on-database.sql: a dump runs no cast, and knows grants", async () => {
    await run("hostile/02-rowtype-cast-dump.sql");
    await run("restore/d1-grant-on-database.sql", "shop");
    expect(await ops("dump", "c1")).toEqual(PASS);
    expect(left("pwned-dump.txt")).toBe(false);
  }, 120_000);

  it("restore/r3-orphaned-prepared-transaction.sql: whose it is, is said", async () => {
    await run("restore/r3-orphaned-prepared-transaction.sql");
    const address = { host: ground.cluster("c1"), port: 5432, user: "postgres", maintenance: "postgres" };
    await expectGivesUp(createDatabase(host, address), /prepared transaction 'order-42'/, FEW);
    await ground.psql("c1", "learning", "rollback prepared 'order-42'");
  }, 120_000);

  it("hostile/44-heartbeat.cjs: a declared heartbeat is a name, not SQL", async () => {
    const said = await ground.node("hostile/44-heartbeat.cjs", ground.cluster("c1"));
    expect(said).toMatch(/^error .*made: null/s);
  }, 60_000);

  it("hostile/90-same-second.cjs: a backup of the run's own second is refused", async () => {
    const said = await ground.node("hostile/90-same-second.cjs");
    expect(said).toMatch(/^2026-11-30T00:56:38Z refused: fail .*\n2026-11-30T00:56:39Z accepted\n$/);
  }, 60_000);

  it("hostile/30-root.sql, hostile/cell-root.sh, restore/r4-auto-conf.sql, restore/r5-amcheck-cannot-install.sql: all at once", async () => {
    mkdirSync(`${ground.base}/srv`, { recursive: true });
    writeFileSync(`${ground.base}/srv/root-only`, "keep", { mode: 0o600 });
    writeFileSync(`${ground.base}/cell-root.sh`, ground.text("hostile/cell-root.sh"), { mode: 0o755 });
    await run("restore/r5-amcheck-cannot-install.sql");
    await run("restore/r4-auto-conf.sql");
    await run("hostile/30-root.sql");
    expect(await ops("backup", "c1")).toEqual(PASS);
    expect(await ops("verify", "c1")).toEqual(PASS);
    expect(readFileSync(`${ground.base}/srv/root-only`, "utf8")).toBe("keep");
    expect(left("hook.log")).toBe(false);
    await ground.psql(
      "c1",
      "postgres",
      "set default_transaction_read_only = off; alter role postgres reset all",
    );
    await ground.psql("c1", "postgres", "alter system reset all");
  }, 120_000);

  it("restore/r1-max-connections-raised.sh: what was raised is taken over", async () => {
    const pgCtl = await host.program("pg_ctl");
    const { base } = ground;
    const restart = `; runuser -u postgres -- ${pgCtl} -D ${base}/c1/data -l ${base}/c1/server.log -w -m fast restart >&2`;
    const said = await ground.bash(
      ground.text("restore/r1-max-connections-raised.sh").replace("# pg_ctl restart", restart),
    );
    expect(said).toMatch(/✓ target-reached .*max_connections = 150/);
    expect(said).toMatch(/^Verdict +pass$/m);
  }, 120_000);

  it("hostile/70-checkpoint-hang.sh: who alters a table while it is read does not wait, nor does who comes behind", async () => {
    await ground.psql(
      "c1",
      "learning",
      `create role learning_owner; create schema app; grant usage on schema app to learning_owner;
       create table app.big as select g as id, repeat('x', 350) as v from generate_series(1, 1000000) g;
       create table app.small (id int); insert into app.small values (1); alter table app.small owner to learning_owner`,
    );
    const script = ground
      .text("hostile/70-checkpoint-hang.sh")
      .replace("/tmp/ops-9f1714a1/source", ground.cluster("c1"))
      .replace("node ops backup", "node ops backup --platform c1");
    // Who hangs does so for minutes: eight seconds show it as well as a minute.
    const said = await ground.bash(
      `sleep() { if [ "$1" = 20 ]; then command sleep 2; else command sleep "$1"; fi; }\n${script}`,
    );
    expect(said).not.toMatch(/^ *\d+ \| (deploy|webshop) /m);
    expect(said).toContain("alter ALTER TABLE");
    expect(readFileSync(`${ground.base}/shop.txt`, "utf8")).toMatch(/^ +1$/m);
    expect(readFileSync(`${ground.base}/hang.txt`, "utf8")).not.toContain("a bug in ops");
  }, 180_000);

  it("hostile/80-5000-tables.sql, restore/r9-many-tables.sql: so many are read at one moment, and too many are refused by number", async () => {
    await run("hostile/80-5000-tables.sql");
    expect(await ops("backup", "c1")).toEqual(PASS);
    const thousands = ground.text("restore/r9-many-tables.sql");
    for (const n of [0, 1, 2, 3])
      await ground.psql("c1", "learning", thousands.replace(", 0, i)", `, ${n}, i)`));
    const refused = await ops("backup", "c1");
    expect(refused.code).toBe(18);
    expect(String(refused.verdict)).toMatch(
      /17\d{3} tables must be held at one moment, and the server has room for/,
    );
  }, 300_000);

  it("restore/r12-tablespaces-symlinked-wal.sh: WAL and tablespaces elsewhere", async () => {
    const [line, sql] = ground.text("restore/r12-tablespaces-symlinked-wal.sh").split("\n");
    const elsewhere = `${ground.base}/c11`;
    const options = line!
      .match(/--\S+/g)!
      .map((option) => option.replace("/elsewhere", `${elsewhere}/elsewhere`));
    // As r11 asks: without checksums.
    await ground.makeCluster("c11", options, { CK: "--no-sync" });
    for (const name of ["ts one", "ts2"])
      await host.makeDirectory(`${elsewhere}/${name}`, { user: "postgres", mode: 0o700 });
    await ground.psql("c11", "postgres", sql!.replaceAll("/…", elsewhere));
    for (const name of ["fast disk", "学院-ts"])
      await ground.psql(
        "c11",
        "postgres",
        `create table "in ${name}" tablespace "${name}" as select generate_series(1, 1000) as id`,
      );
    expect(await ops("backup", "c11")).toEqual(PASS);
    expect(await ops("verify", "c11")).toEqual(PASS);
  }, 120_000);

  it("restore/r11-library-missing-on-restore-host.sql: a library that is not here is named, and nothing is called a bug", async () => {
    const library = `${ground.base}/c11/vendor_seg.so`;
    const { stdout } = await host.run(await host.program("pg_config"), ["--pkglibdir"]);
    copyFileSync(`${stdout.trim()}/seg.so`, library);
    chmodSync(library, 0o755);
    await run("restore/r11-library-missing-on-restore-host.sql", "postgres", "c11");
    expect(await ops("backup", "c11")).toEqual(PASS);
    renameSync(library, `${ground.base}/away.so`);
    const { code, complaints } = await ops("verify", "c11");
    expect(code).toBe(3);
    expect(complaints).toContainEqual(
      expect.stringMatching(/^content: inconclusive: not read: .*"measure" \(.*vendor_seg/),
    );
    expect(complaints.filter((text) => text.includes(": fail: "))).toEqual([]);
  }, 120_000);
});

describe.runIf(casesAreHere && isRoot).sequential("cases of other accounts", () => {
  let ground: CaseGround;
  beforeAll(async () => {
    ground = await makeCaseGround();
  });
  afterAll(() => ground.remove(), 60_000);

  it("hostile/43-precreate.sh: what somebody else made first is refused, and left as it was", async () => {
    const said = await ground.bash(ground.text("hostile/43-precreate.sh"));
    const predicted = /predictable: (\S+)/.exec(said)![1]!;
    expect(said).toContain(`drwxr-xr-x nobody ${predicted}`);
    expect(said).toContain(`drwx------ root ${ground.base}/srv`);
    expect(said).not.toMatch(/internal error|a bug in ops/);
    expect(existsSync(predicted)).toBe(false);
  }, 60_000);

  it("hostile/04-reap-attacks.sh: nothing is removed or killed on a copy's word", async () => {
    const said = await ground.bash(ground.text("hostile/04-reap-attacks.sh"));
    expect(said).toMatch(/victim \d+ alive/);
    expect(said).not.toContain("WAS KILLED");
    expect(readFileSync(`${ground.base}/srv/precious/file`, "utf8")).toBe("keep\n");
    expect(readFileSync(`${ground.base}/srv/st/sandbox/pgbackrest/repository/backup`, "utf8")).toBe(
      "precious\n",
    );
  }, 120_000);
});
