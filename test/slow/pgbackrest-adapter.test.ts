// The adapter on a real cluster with two repositories: one is used, and WAL fetched from it is believed only when proven.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Platform } from "../../policies/service/service";
import { createPgBackRest } from "../../scripts/backup/adapter/pgbackrest";
import type { WalRequest } from "../../scripts/backup/port";
import type { WalSegment } from "../../scripts/backup/wal";
import type { WalPlan } from "../../scripts/backup/wal-plan";
import type { Host } from "../../scripts/machine/port";
import { type Cluster, OS_USER, startCluster } from "../e2e/cluster";

const STANZA = "two";
let cluster: Cluster;
let platform: Platform;
let segments: WalSegment[];
let work = 0;

beforeAll(async () => {
  cluster = await startCluster();
  const { host, directory, dataDirectory } = cluster;
  const paths = ["first", "second", "spool", "lock", "log"];
  for (const name of paths) await host.makeDirectory(`${directory}/${name}`, { user: OS_USER, mode: 0o700 });
  const config = `${directory}/pgbackrest.conf`;
  await host.writeText(
    config,
    `[global]\nrepo1-path=${directory}/first\nrepo2-path=${directory}/second\nrepo2-cipher-type=aes-256-cbc\n` +
      `repo2-cipher-pass=only-for-this-test\nspool-path=${directory}/spool\nlock-path=${directory}/lock\n` +
      `log-path=${directory}/log\n[${STANZA}]\npg1-path=${dataDirectory}\npg1-socket-path=${directory}\n`,
    { user: OS_USER, mode: 0o600 },
  );
  platform = { backups: { adapter: "pgbackrest", stanza: STANZA, config, osUser: OS_USER } } as Platform;
  const program = await host.program("pgbackrest");
  const common = [`--config=${config}`, `--stanza=${STANZA}`];
  await cluster.restart({
    archive_mode: "on",
    archive_command: `${program} ${common.join(" ")} archive-push "%p"`,
  });
  for (const command of [["stanza-create"], ["backup", "--repo=2"], ["backup", "--repo=1"]]) {
    expect(await host.run(program, [...common, ...command], { user: OS_USER })).toMatchObject({
      exitCode: 0,
    });
  }
  for (let n = 0; n < 6; n++) await cluster.psql("postgres", `create table t${n} (); select pg_switch_wal()`);
  await cluster.archived();
  segments = await createPgBackRest(host, platform).walArchive.segments("15-1");
}, 120_000);
afterAll(() => cluster.stop());

function request(plan: Partial<WalPlan>, more: Partial<WalRequest> = {}): WalRequest & { into: string } {
  const directory = `${cluster.directory}/work${work++}`;
  const whole: WalPlan = {
    segments,
    certain: segments.length,
    until: undefined,
    histories: [],
    bound: "",
    ...plan,
  };
  return {
    plan: whole,
    into: `${directory}/wal`,
    work: directory,
    dataDirectory: cluster.dataDirectory,
    ...more,
  };
}

describe("a stanza with two repositories", () => {
  it("uses the first only, and names both", async () => {
    const { backupEngine, backupRepository } = createPgBackRest(cluster.host, platform);
    expect(await backupRepository.list()).toHaveLength(1);
    expect(await backupRepository.verify()).toMatchObject({ ok: true });
    expect(await backupRepository.directories()).toEqual([
      `${cluster.directory}/first`,
      `${cluster.directory}/second`,
    ]);
    expect(await backupRepository.endpoints()).toEqual([]);
    expect(await backupRepository.isRemote()).toBe(false);
    expect(await backupEngine.lacks("repository-verify")).toBeUndefined();
  });
});

describe("fetching WAL", () => {
  it("brings every segment as the archive recorded it, a few at a time", async () => {
    let [now, most] = [0, 0];
    const counted: Host = {
      ...cluster.host,
      async run(...args) {
        most = Math.max(most, ++now);
        return cluster.host.run(...args).finally(() => now--);
      },
    };
    const seen: (number | undefined)[] = [];
    const wanted = request({}, { onSegments: (done, total) => seen.push(done, total) });
    const fetched = await createPgBackRest(counted, platform).walArchive.fetch(wanted);
    expect(fetched).toEqual({
      segments: segments.length,
      bytes: segments.length * 16 * 1024 * 1024,
      last: segments.at(-1)!.name,
    });
    expect(readdirSync(wanted.into).sort()).toEqual(segments.map(({ name }) => name));
    for (const { name, sha1 } of segments) {
      const bytes = readFileSync(`${wanted.into}/${name}`);
      expect(createHash("sha1").update(bytes).digest("hex")).toBe(sha1);
    }
    expect(seen.at(-2)).toBe(segments.length);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
  });

  it("ends with the first step that holds a later commit", async () => {
    const { walArchive } = createPgBackRest(cluster.host, platform);
    const fetched = await walArchive.fetch(request({ certain: 1, until: new Date(0) }));
    expect(fetched.segments).toBeLessThanOrEqual(1 + 8);
    const all = await walArchive.fetch(request({ certain: 1, until: new Date("2999-01-01T00:00:00Z") }));
    expect(all.segments).toBe(segments.length);
  });

  it("refuses content that is not what the archive recorded", async () => {
    const wrong = segments.map((segment, i) =>
      i === 1 ? { ...segment, sha1: segments[0]!.sha1! } : segment,
    );
    await expect(
      createPgBackRest(cluster.host, platform).walArchive.fetch(request({ segments: wrong })),
    ).rejects.toMatchObject({
      exit: "fail",
      message: expect.stringContaining(`${segments[1]!.name} came with SHA-1 ${segments[1]!.sha1}`),
    });
  });

  it.each([
    ["a segment", { segments: [{ name: "0000000100000000000000FF", bytes: 1, sha1: "0" }] }],
    ["a history", { histories: [7] }],
  ])("says so when %s is gone since it was listed", async (_name, plan) => {
    await expect(
      createPgBackRest(cluster.host, platform).walArchive.fetch(request(plan)),
    ).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringMatching(/(0000000100000000000000FF|00000007.history) was listed, but/),
    });
  });

  it("keeps to its time limit, and stops when it is interrupted", async () => {
    const { walArchive } = createPgBackRest(cluster.host, platform);
    await expect(walArchive.fetch(request({}, { timeoutSeconds: 0.001 }))).rejects.toMatchObject({
      exit: "timeout",
    });
    const interrupted = request({}, { signal: AbortSignal.abort(new Error("interrupted")) });
    await expect(walArchive.fetch(interrupted)).rejects.toThrow("interrupted");
    expect(readdirSync(interrupted.into)).toEqual([]);
  });
});

it("a backup is neither cut short nor refused by what an operator allows applications", async () => {
  const { database, host } = cluster;
  const limits = {
    statement_timeout: "1ms",
    lock_timeout: "1ms",
    idle_in_transaction_session_timeout: "1ms",
    default_transaction_read_only: "on",
    default_transaction_isolation: "serializable",
    role: "pg_monitor",
  };
  // Through sessions of ours, which they do not govern either.
  for (const [name, value] of Object.entries(limits))
    await database.query("postgres", `alter role postgres set ${name} = '${value}'`);
  const { warnings } = await createPgBackRest(host, platform).backupEngine.backup("full");
  await database.query("postgres", "alter role postgres reset all");
  expect(warnings).toEqual([]);
}, 120_000);
