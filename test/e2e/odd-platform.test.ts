// A database that the repository has never seen is operated by adding one file: backed up, checkpointed, restored to
// three kinds of target, verified and drilled, through the real command line.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Checkout, makeCheckout } from "./checkout";
import { type Cluster, OS_USER, startCluster } from "./cluster";

const PLATFORM = "policies/service/platforms/odd.yaml";

let cluster: Cluster;
let checkout: Checkout;
let platform: string;

beforeAll(async () => {
  checkout = makeCheckout();
  cluster = await startCluster();
  const { host, directory, dataDirectory } = cluster;
  const conf = `${directory}/pgbackrest.conf`;
  for (const name of ["repo", "spool", "lock", "log"])
    await host.makeDirectory(`${directory}/${name}`, { user: OS_USER, mode: 0o700 });
  await host.writeText(
    conf,
    `[global]\nrepo1-path=${directory}/repo\nspool-path=${directory}/spool\nlock-path=${directory}/lock\nlog-path=${directory}/log\n` +
      `repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=only-for-this-test\ncompress-type=zst\narchive-async=y\n` +
      `[odd]\npg1-path=${dataDirectory}\npg1-socket-path=${directory}\npg1-user=postgres\n`,
    { user: OS_USER, mode: 0o600 },
  );
  await cluster.restart({
    archive_mode: "on",
    archive_command: `${await host.program("pgbackrest")} --config=${conf} --stanza=odd archive-push "%p"`,
    track_commit_timestamp: "on",
    timezone: "America/New_York",
  });
  const created = await host.run(
    await host.program("pgbackrest"),
    [`--config=${conf}`, "--stanza=odd", "stanza-create"],
    { user: OS_USER },
  );
  expect(created.stderr + created.stdout).not.toContain("ERROR");
  await cluster.psql("postgres", 'create database odd; create database "Second ""db"" 学";');
  await cluster.psql("odd", readFileSync(path.join(__dirname, "odd.sql"), "utf8"));
  platform = `name: odd
environment: sandbox
summary: A database nobody has seen
database: { host: ${directory} }
backups: { stanza: odd, config: ${conf}, osUser: ${OS_USER} }
schedule: { from: "02:00", to: "05:00" }
restoreWindow: { days: 7 }
copies: ${directory}/copies
`;
  checkout.write(PLATFORM, platform);
}, 120_000);
afterAll(async () => {
  await cluster.stop();
  await checkout.remove();
});

const complaints = (result: Record<string, unknown>): string[] =>
  (result.checks as { name: string; verdict: string; detail: string }[])
    .filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive")
    .map(({ name, detail }) => `${name}: ${detail}`);

describe("an odd database, by one platform file", () => {
  it("is backed up and checkpointed", async () => {
    const { code, result } = await checkout.json("backup", "--platform", "odd");
    expect(result).toMatchObject({ verdict: "pass" });
    expect(code).toBe(0);
  }, 60_000);

  it("is restored to the checkpoint and equal in every row", async () => {
    const { code, result } = await checkout.json("verify", "--platform", "odd");
    const checks = result.checks as { name: string; verdict: string; detail: string }[];
    expect(complaints(result)).toEqual([]);
    expect(checks.find((check) => check.name === "content")).toMatchObject({ verdict: "pass" });
    expect(checks.find((check) => check.name === "content")!.detail).toContain("no_data");
    // It has no heartbeat table and no invariants: said, never passed in silence.
    expect(checks.find((check) => check.name === "heartbeat")).toMatchObject({ verdict: "not-applicable" });
    // Every declared integration was tried from inside.
    expect(checks.filter((check) => check.name.startsWith("isolation-")).length).toBeGreaterThan(3);
    expect(code).toBe(0);
  }, 60_000);

  it("is told whose fault a broken business fact is", async () => {
    const facts = [
      "invariants:",
      "  - { name: nothing-is-wrong, database: odd, sql: select 1 where false }",
      "  - { name: two-are-wrong, database: odd, sql: 'select generate_series(1, 2)' }",
      "  - { name: cannot-be-asked, database: odd, sql: select 1 from nowhere }",
    ];
    checkout.write(PLATFORM, `${platform}${facts.join("\n")}\n`);
    const { code, result } = await checkout.json("verify", "--platform", "odd");
    checkout.write(PLATFORM, platform);
    expect(complaints(result)).toEqual([
      'invariants: two-are-wrong: 2 violations, the source has them too; cannot-be-asked: relation "nowhere" does not exist',
    ]);
    expect(code).toBe(1);
  }, 60_000);

  it("is drilled while nobody commits, and says why an instant of that time cannot be reached", async () => {
    for (const scenario of ["b", "c"]) {
      const drill = await checkout.json("drill", "--platform", "odd", "--scenario", scenario);
      expect(complaints(drill.result)).toEqual([]);
      expect(drill.code).toBe(0);
    }
    await new Promise((resolve) => setTimeout(resolve, 1100)); // out of the second in which the backup ended
    const to = new Date().toISOString();
    const verified = await checkout.json("verify", "--platform", "odd", "--to", to);
    expect(verified.code).toBe(1);
    expect(complaints(verified.result)).toContainEqual(
      expect.stringContaining("nobody committed; a heartbeat table would tell"),
    );
  }, 60_000);

  it("is restored to an instant between checkpoints, equal on the way", async () => {
    await cluster.psql(
      "odd",
      "insert into duplicates select 1, 'after the checkpoint' from generate_series(1, 10)",
    );
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const to = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await cluster.psql("odd", "drop table duplicates; select pg_switch_wal()");
    await cluster.archived();
    const { code, result } = await checkout.json(
      "restore",
      "--platform",
      "odd",
      "--to",
      to,
      "--into",
      `${cluster.directory}/out`,
    );
    const checks = result.checks as { name: string; verdict: string; detail: string }[];
    expect(complaints(result)).toEqual([]);
    expect(checks.find((check) => check.name === "content")!.detail).toContain("replayed to");
    expect(code).toBe(0);
    // The directory that was handed over starts, and holds what was there at that instant.
    const copy = await cluster.beside(`${cluster.directory}/out/data`);
    try {
      expect(await copy.count("odd", "duplicates where b = 'after the checkpoint'")).toBe(10);
    } finally {
      await copy.stop();
    }
  }, 60_000);

  it("is drilled at an instant that was drawn", async () => {
    const { code, result } = await checkout.json("drill", "--platform", "odd", "--scenario", "b");
    expect(complaints(result)).toEqual([]);
    expect(code).toBe(0);
  }, 60_000);

  it("is drilled without its source being touched", async () => {
    const before = await cluster.database.query("postgres", "select pg_postmaster_start_time()::text as t");
    const { code, result } = await checkout.json("drill", "--platform", "odd", "--scenario", "c");
    expect(complaints(result)).toEqual([]);
    expect(code).toBe(0);
    expect(await cluster.database.query("postgres", "select pg_postmaster_start_time()::text as t")).toEqual(
      before,
    );
  }, 60_000);
});
