// Scrubbing on a real repository: bytes flipped, files removed, the recorded state forged. Prints what was read again.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backUpAndRecord } from "../../scripts/backup/backup";
import type { Inventory } from "../../scripts/backup/inventory";
import { ENGINE_CHECK, type Inspection, inspectRepository } from "../../scripts/backup/repository-inspection";
import type { Context } from "../../scripts/context";
import { type RealContext, realContext } from "../e2e/context";

let real: RealContext;
beforeAll(async () => {
  real = await realContext();
  await real.context.sandbox!.up({ scale: 0.05 });
  await backUpAndRecord(real.context, "full");
  await backUpAndRecord(real.context, "incr");
  // WAL of the load: one file of it would be a fifth of so small a repository, and a file is read whole or not at all.
  await real.context.backupRepository.expire({});
});
afterAll(() => real.close());

/** As `ops verify` does it: what was found becomes evidence, which the next inspection goes on from. */
async function inspect(days?: number, context: Context = real.context): Promise<Inspection> {
  const inspection = await inspectRepository(context, days);
  await real.record(context, "verify", inspection);
  return inspection;
}

const verdict = (inspection: Inspection, name: string) =>
  inspection.checks.find((check) => check.name === name)!;
const inventory = (inspection: Inspection) => verdict(inspection, "repository-inventory");
const share = (inspection: Inspection): number =>
  inspection.measurements.find(({ name }) => name === "repository-reread-share")!.value;

/** A file of the repository whose name matches; of several the first. */
function find(pattern: RegExp): string {
  const names = readdirSync(real.repository, { recursive: true, encoding: "utf8" });
  const found = names
    .sort()
    .find((name) => pattern.test(name) && statSync(path.join(real.repository, name)).isFile());
  if (!found) throw new Error(`no file like ${pattern}`);
  return path.join(real.repository, found);
}

/** Changes one byte and lets the file look as it was. @returns how to undo it */
function flip(file: string): () => void {
  const { atime, mtime } = statSync(file);
  const bytes = readFileSync(file);
  const put = (content: Buffer): void => {
    writeFileSync(file, content);
    utimesSync(file, atime, mtime);
  };
  const changed = Buffer.from(bytes);
  changed[Math.floor(bytes.length / 2)]! ^= 0x55;
  put(changed);
  return () => put(bytes);
}

function remove(file: string): () => void {
  const { atime, mtime } = statSync(file);
  const bytes = readFileSync(file);
  rmSync(file);
  return () => {
    writeFileSync(file, bytes);
    utimesSync(file, atime, mtime);
  };
}

const OLD_FILE = /\d{8}-\d{6}F\/pg_data\/base\/\d+\/1\d+\.zst$/;

describe("a repository in which nothing changed", () => {
  it("is read whole once, then in small parts", async () => {
    const first = await inspect(30);
    expect(first.checks.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
    expect(inventory(first).detail).toMatch(/^1\d{3} new and 0 changed files read/);
    const again = await inspect(30);
    expect(inventory(again).verdict).toBe("pass");
    console.log(
      `read again with 1/30 when nothing changed: ${(100 * share(again)).toFixed(2)} % of the bytes`,
    );
    expect(share(again)).toBeGreaterThan(0);
    expect(share(again)).toBeLessThanOrEqual(0.1);
  });

  it("is whole again within the period on daily runs, each under a tenth", async () => {
    const shares: number[] = [];
    for (let day = 1; day <= 30; day++) shares.push(share(await inspect(30, real.inDays(day))));
    const total = shares.reduce((sum, one) => sum + one, 0);
    const text = `30 daily runs with 1/30: largest part ${(100 * Math.max(...shares)).toFixed(2)} %, together ${(100 * total).toFixed(0)} %`;
    console.log(text);
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.1);
    expect(total).toBeGreaterThanOrEqual(1);
  });
});

describe("a flipped byte in an old file that looks unchanged", () => {
  it("is found at once with 1/1, again and again until it is mended", async () => {
    const undo = flip(find(OLD_FILE));
    try {
      expect(inventory(await inspect(1, real.inDays(31)))).toMatchObject({ verdict: "fail" });
      const later = inventory(await inspect(30, real.inDays(32)));
      expect(later.verdict).toBe("fail");
      expect(later.detail).toMatch(/was altered/);
    } finally {
      undo();
    }
    expect(inventory(await inspect(30, real.inDays(33)))).toMatchObject({ verdict: "pass" });
  });

  it("is found within the period with 1/30, even in a file that was read only yesterday", async () => {
    const { facts } = await inspect(30, real.inDays(33));
    const text = gunzipSync(await real.context.ledger.load(facts.inventory!)).toString();
    const files = (JSON.parse(text) as Inventory).files.filter(({ name }) => /pg_data/.test(name));
    const newest = files.sort((a, b) => (a.verified < b.verified ? -1 : 1)).at(-1)!;
    const undo = flip(path.join(real.repository, newest.name));
    let found: number | undefined;
    try {
      for (let day = 1; day <= 30 && found === undefined; day++) {
        if (inventory(await inspect(30, real.inDays(33 + day))).verdict === "fail") found = day;
      }
    } finally {
      undo();
    }
    console.log(`flipped byte found by 1/30 on day ${found}`);
    expect(found).toBeLessThanOrEqual(30);
    expect(inventory(await inspect(1, real.inDays(64)))).toMatchObject({ verdict: "pass" });
  });

  it("is found by the engine alone where it checks everything, and by its time where that changed", async () => {
    const file = find(OLD_FILE);
    const undo = flip(file);
    try {
      expect(verdict(await inspect(undefined, real.inDays(65)), ENGINE_CHECK)).toMatchObject({
        verdict: "fail",
      });
      utimesSync(file, new Date(), new Date());
      expect(inventory(await inspect(30, real.inDays(65)))).toMatchObject({ verdict: "fail" });
    } finally {
      undo();
    }
    expect(inventory(await inspect(1, real.inDays(65)))).toMatchObject({ verdict: "pass" });
  });
});

describe("a file that is gone", () => {
  it.each([
    ["the WAL segment of a backup", "start"],
    ["a manifest's copy", /F\/backup\.manifest\.copy$/],
    ["a file of the full backup", OLD_FILE],
    ["archive.info", /archive\.info$/],
  ])("is missed at once: %s", async (_name, pattern) => {
    const [{ startSegment } = { startSegment: "" }] = await real.context.backupRepository.list();
    const file = find(pattern === "start" ? new RegExp(`${startSegment}-`) : (pattern as RegExp));
    const undo = remove(file);
    const looked = await inspect(30);
    undo();

    expect(inventory(looked)).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining(path.basename(file)),
    });
    expect(inventory(await inspect(30)).verdict).toBe("pass");
  });
});

describe("an info file", () => {
  it("may not be rewritten with something else while no backup came", async () => {
    const file = find(/backup\.info\.copy$/);
    const { atime, mtime } = statSync(file);
    const bytes = readFileSync(file);
    appendFileSync(file, "x");
    const looked = inventory(await inspect(30));
    writeFileSync(file, bytes);
    utimesSync(file, atime, mtime);
    expect(looked).toMatchObject({
      verdict: "fail",
      detail: expect.stringMatching(/backup\.info\.copy cannot be read/),
    });
    expect(inventory(await inspect(30)).verdict).toBe("pass");
  });

  it("is rewritten by a later backup, which is checked by the engine before it is believed", async () => {
    await backUpAndRecord(real.context, "incr");
    const inspection = await inspect(30);
    expect(inspection.checks.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
    expect(verdict(inspection, ENGINE_CHECK).detail).toMatch(/^only what is new: 3 backups/);
    expect(inventory(inspection).detail).toMatch(/[1-9]\d* changed files read/);
  });
});

describe("new files", () => {
  it("that are damaged are found by the engine and never taken for good", async () => {
    const source = real.context.servers.source(real.context.platform);
    const before = new Set(readdirSync(real.repository, { recursive: true, encoding: "utf8" }));
    await source.query("postgres", "select pg_create_restore_point('something to archive'), pg_switch_wal()");
    const fresh = async (): Promise<string | undefined> =>
      readdirSync(real.repository, { recursive: true, encoding: "utf8" }).find(
        (name) => !before.has(name) && /-[0-9a-f]{40}\.zst$/.test(name),
      );
    await expect.poll(fresh, { timeout: 30_000 }).toBeDefined();
    const undo = flip(path.join(real.repository, (await fresh())!));
    for (let i = 0; i < 2; i++) {
      const inspection = await inspect(30);
      expect(verdict(inspection, ENGINE_CHECK)).toMatchObject({ verdict: "fail" });
    }
    undo();
    expect((await inspect(30)).checks.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  });

  it("of a backup that was given up are not counted", async () => {
    const stray = path.join(real.repository, "backup/learning/20260101-000000F");
    mkdirSync(stray);
    writeFileSync(path.join(stray, "backup.manifest.copy"), "unfinished");
    const { detail } = inventory(await inspect(30));
    rmSync(stray, { recursive: true });
    expect(detail).not.toContain("20260101");
    expect(inventory(await inspect(30)).verdict).toBe("pass");
  });
});

describe("the recorded state", () => {
  const artifact = (digest: string): string => path.join(real.home, "evidence/sandbox/artifacts", digest);

  it("hides no file when it is forged: the forgery is a finding, and what was recorded before still counts", async () => {
    await inspect(30);
    const last = await inspect(30);
    const digest = last.facts.inventory!;
    expect(existsSync(artifact(digest))).toBe(true);
    const genuine = readFileSync(artifact(digest));
    const file = find(OLD_FILE);
    const undo = remove(file);
    writeFileSync(artifact(digest), Buffer.concat([genuine, Buffer.from("forged")]));
    const found = inventory(await inspectRepository(real.context, 30));
    undo();
    writeFileSync(artifact(digest), genuine);
    expect(found.verdict).toBe("fail");
    expect(found.detail).toMatch(/is not what was recorded/);
    expect(found.detail).toContain(path.basename(file));
    expect(inventory(await inspect(30)).verdict).toBe("pass");
  });

  it("is missed when it is removed", async () => {
    const { facts } = await inspect(30);
    const genuine = readFileSync(artifact(facts.inventory!));
    rmSync(artifact(facts.inventory!));
    const found = inventory(await inspectRepository(real.context, 30));
    writeFileSync(artifact(facts.inventory!), genuine);
    expect(found).toMatchObject({ verdict: "fail", detail: expect.stringContaining("is missing") });
  });
});

describe("a repository elsewhere", () => {
  it("has no inventory, and says so", async () => {
    const remote = { ...real.context.backupRepository, isRemote: async () => true };
    const inspection = await inspectRepository({ ...real.context, backupRepository: remote }, 30);
    expect(verdict(inspection, ENGINE_CHECK)).toMatchObject({ verdict: "pass" });
    expect(inventory(inspection)).toMatchObject({ verdict: "not-applicable" });
    expect(inspection.facts).toEqual({});
  });
});
