// A repository on another machine: WAL comes to the copy, the copy has no way to the repository. A real pgBackRest server
// over TLS, the real command line. Backups are taken on the repository host, everything else is asked from elsewhere.
import { copyFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Checkout, makeCheckout } from "../e2e/checkout";
import { type Cluster, OS_USER, startCluster } from "../e2e/cluster";
import { PASSPHRASE, type RepositoryHost, startRepositoryHost } from "../e2e/repository-host";

const STANZA = "distant";
const PLAIN = "copies";
/** Needs quoting for PostgreSQL and for the shell. */
const ODD = `o'ne"two"副本100%f$HOME`;
let cluster: Cluster;
let checkout: Checkout;
let repositoryHost: RepositoryHost;

interface Check {
  name: string;
  verdict: string;
  detail: string;
}

/** The same platform, seen from the repository host or from another machine. */
function see(config: string, copies: string): void {
  checkout.write(
    `policies/service/platforms/${STANZA}.yaml`,
    `name: ${STANZA}
environment: sandbox
summary: A database whose repository is on another machine
database: { host: ${cluster.directory} }
backups: { stanza: ${STANZA}, config: ${config}, osUser: ${OS_USER} }
schedule: { from: "02:00", to: "05:00" }
restoreWindow: { days: 7 }
copies: ${JSON.stringify(path.join(cluster.directory, copies))}
`,
  );
}

/** Nobody has declared what is personal in this platform: two proofs that its rows are wanted as they are. */
const AS_IT_IS = [
  "--unmasked",
  `show personal data of ${STANZA} in sandbox`,
  "--reason",
  "a test that counts rows",
];

async function run(...args: string[]): Promise<{ code: number; checks: Map<string, Check>; text: string }> {
  const { code, result, events } = await checkout.json(...args, "--platform", STANZA);
  const checks = (result.checks ?? []) as Check[];
  const text = JSON.stringify(events);
  expect(text).not.toContain(PASSPHRASE);
  return { code, checks: new Map(checks.map((check) => [check.name, check])), text };
}

function doubtful(checks: ReadonlyMap<string, Check>): Check[] {
  return [...checks.values()].filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive");
}

/** Ends the current segment and waits until the repository has it. */
async function switchWal(): Promise<void> {
  await cluster.psql("postgres", "select pg_switch_wal()");
  await cluster.archived();
}

beforeAll(async () => {
  checkout = makeCheckout();
  cluster = await startCluster();
  repositoryHost = await startRepositoryHost(cluster, STANZA);
  const program = await cluster.host.program("pgbackrest");
  await cluster.restart({
    archive_mode: "on",
    archive_command: `${program} --config=${repositoryHost.elsewhere} --stanza=${STANZA} archive-push "%p"`,
    track_commit_timestamp: "on",
  });
  const created = await cluster.host.run(
    program,
    [`--config=${repositoryHost.elsewhere}`, `--stanza=${STANZA}`, "stanza-create"],
    { user: OS_USER },
  );
  expect(created).toMatchObject({ exitCode: 0 });
  await cluster.psql("postgres", "create table lessons (n int primary key, title text)");
  await cluster.psql(
    "postgres",
    "insert into lessons select n, repeat('课', n % 50) from generate_series(1, 5000) n",
  );
  see(repositoryHost.elsewhere, ODD);
}, 120_000);
afterAll(async () => {
  await repositoryHost?.stop();
  await cluster?.stop();
  await checkout?.remove();
});

describe("a repository on another machine", () => {
  it("says where a backup of it is taken", async () => {
    const { code, text } = await run("backup");
    expect(code).toBe(18);
    expect(text).toContain("pgBackRest runs backup on the repository host only");
  }, 60_000);

  it("is backed up and fully checked on its own host", async () => {
    see(repositoryHost.own, PLAIN);
    expect(doubtful((await run("backup")).checks)).toEqual([]);
    const { code, checks } = await run("verify");
    expect(doubtful(checks)).toEqual([]);
    expect(checks.get("repository-integrity")).toMatchObject({ verdict: "pass" });
    // A copy reads no repository, on this machine or another: its WAL is laid beside it.
    expect(checks.get("wal-fetched")).toMatchObject({ verdict: "pass" });
    expect(code).toBe(0);
    see(repositoryHost.elsewhere, ODD);
  }, 120_000);

  it("is verified from elsewhere, by a copy that cannot reach it", async () => {
    const { code, checks } = await run("verify");
    expect(doubtful(checks)).toEqual([]);
    expect(code).toBe(0);
    const repository = checks.get("isolation-repository")!;
    expect(repository.verdict).toBe("pass");
    expect(repository.detail).toContain(`127.0.0.1:${repositoryHost.port}`);
    expect(repository.detail).toMatch(/out of reach inside .*, reached outside/);
    expect(checks.get("wal-fetched")).toMatchObject({ verdict: "pass" });
    expect(checks.get("wal-fetched")!.detail).toContain("the restore point lies in");
    expect(checks.get("content")).toMatchObject({ verdict: "pass" });
    // Not passed in silence: only its own host can check a whole repository.
    expect(checks.get("repository-integrity")).toMatchObject({ verdict: "not-applicable" });
  }, 120_000);

  it("is restored to an instant, with no more WAL than that needs", async () => {
    await cluster.psql("postgres", "insert into lessons values (10001, 'before')");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const to = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    for (let n = 0; n < 12; n++) {
      await cluster.psql("postgres", `insert into lessons values (${20_000 + n}, 'after')`);
      await switchWal();
    }
    const into = `${cluster.directory}/in'to-副本-100%p`;
    const { code, checks } = await run("restore", "--to", to, "--into", into, ...AS_IT_IS);
    expect(doubtful(checks)).toEqual([]);
    expect(code).toBe(0);
    const { detail } = checks.get("wal-fetched")!;
    expect(detail).toContain("up to the first commit later than the target");
    const fetched = /to ([0-9A-F]{24}): .* at most to ([0-9A-F]{24})/.exec(detail)!;
    expect(fetched[1]! < fetched[2]!).toBe(true);
    // The WAL was a means, not part of what is handed over.
    expect(readdirSync(into)).not.toContain("wal");
    const copy = await cluster.beside(`${into}/data`);
    try {
      expect(await copy.count("postgres", "lessons where n > 10000")).toBe(1);
    } finally {
      await copy.stop();
    }
  }, 120_000);

  it("is followed onto another timeline", async () => {
    // Archive recovery of nothing: the source itself becomes timeline 2 and archives its history file.
    await cluster.host.writeText(path.join(cluster.dataDirectory, "recovery.signal"), "", { user: OS_USER });
    await cluster.restart({
      archive_mode: "on",
      archive_command: `${await cluster.host.program("pgbackrest")} --config=${repositoryHost.elsewhere} --stanza=${STANZA} archive-push "%p"`,
      restore_command: "false",
      track_commit_timestamp: "on",
    });
    await expect
      .poll(() => cluster.database.query("postgres", "select pg_is_in_recovery() as r"), { timeout: 20_000 })
      .toEqual([{ r: false }]);
    await cluster.psql("postgres", "insert into lessons values (30000, 'timeline 2')");
    await switchWal();
    const { code, checks } = await run("verify", "--to", "latest");
    expect(doubtful(checks)).toEqual([]);
    expect(checks.get("target-reached")!.detail).toContain("timeline 2");
    expect(checks.get("wal-fetched")!.detail).toContain("1 timeline history file");
    expect(code).toBe(0);
  }, 120_000);

  it("is drilled, its source untouched", async () => {
    const { code, checks } = await run("drill", "--scenario", "c");
    expect(doubtful(checks)).toEqual([]);
    expect(code).toBe(0);
  }, 120_000);

  it("is not believed when a segment holds another's content, although pgBackRest hands it over", async () => {
    const archive = `${repositoryHost.repository}/archive/${STANZA}/15-1/0000000200000000`;
    const [first, second] = readdirSync(archive)
      .filter((name) => /^[0-9A-F]{24}-/.test(name))
      .sort();
    const place = second ?? first!;
    const other = path.join(path.dirname(archive), "0000000100000000");
    const foreign = readdirSync(other).find((name) => /^[0-9A-F]{24}-/.test(name))!;
    copyFileSync(path.join(other, foreign), path.join(archive, place));
    const { code, checks } = await run("verify", "--to", "latest");
    expect(checks.get("wal-fetched")).toMatchObject({ verdict: "fail" });
    expect(checks.get("wal-fetched")!.detail).toContain(`${place.slice(0, 24)} came with SHA-1`);
    expect(code).toBe(1);
  }, 120_000);

  it("says so where pgBackRest cannot use a directory's name: a server that is given a space", async () => {
    see(repositoryHost.elsewhere, "a space");
    const { code, checks } = await run("verify");
    expect(checks.get("restore")).toMatchObject({ verdict: "fail" });
    expect(checks.get("restore")!.detail).toContain("a space, which a pgBackRest server refuses");
    expect(code).toBe(1);
  }, 120_000);

  it("on its own host needs no plain names: recovery is given a command of ours", async () => {
    see(repositoryHost.own, ODD);
    const { code, checks } = await run("verify");
    expect(doubtful(checks)).not.toContainEqual(expect.stringContaining("restore"));
    expect(checks.get("restore")).toMatchObject({ verdict: "pass" });
    expect(code).toBeTypeOf("number");
  }, 120_000);

  it("leaves nothing behind", async () => {
    for (const copies of [PLAIN, ODD, "a space"])
      expect(await cluster.host.list(path.join(cluster.directory, copies))).toEqual([]);
  });
});
