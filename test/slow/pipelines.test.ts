// The pipelines themselves, run by `ops ci` on a real sandbox: green as they are, red with their artifact and the right exit code when
// the backup is damaged, and never beyond this machine.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Checkout, makeCheckout, type Result } from "../e2e/checkout";

/** Of each step's log. */
const LINES = 40;

let checkout: Checkout;
beforeAll(async () => {
  // The pipelines run set-up too, in a checkout that shares these packages: nothing may be left for it to install.
  execFileSync(process.execPath, [path.resolve(__dirname, "../../scripts/setup.mjs")]);
  checkout = makeCheckout();
  expect((await checkout.ops("sandbox", "up", "--scale", "0.05")).code).toBe(0);
  expect((await checkout.ops("backup")).code).toBe(0);
});
afterAll(() => checkout.remove());

/** Directory of the run that a result tells of. */
function runOf({ stdout }: Result): string {
  const directory = /^Run {6}(.+)$/m.exec(stdout)?.[1];
  if (!directory) throw new Error(`no run in ${stdout}`);
  return directory;
}

/** What a run said and the end of each step's own log, for whoever finds the test red: the run itself is removed. */
function told(result: Result): string {
  const run = /^Run {6}(.+)$/m.exec(result.stdout)?.[1];
  const logs = run ? filesIn(run).filter((file) => file.endsWith(".log")) : [];
  const ends = logs.map((file) => {
    const lines = readFileSync(path.join(run ?? "", file), "utf8")
      .trimEnd()
      .split("\n");
    return [`== ${file}`, ...lines.slice(-LINES)].join("\n");
  });
  return [result.stderr, result.stdout, ...ends].join("\n");
}

const nightly = (...more: string[]): Promise<Result> =>
  checkout.ops("ci", "nightly-backup-verification", "--input", "environment=sandbox", ...more);

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" });

describe("the nightly verification", () => {
  it("is green, and leaves summary, comment, evidence and no key", async () => {
    const result = await nightly();
    expect(result.code, told(result)).toBe(0);
    const run = runOf(result);
    const comment = readFileSync(path.join(run, "comment.md"), "utf8");
    expect(comment).toContain("<details");
    expect(comment.length).toBeGreaterThan(1_000);
    expect(result.stdout).toMatch(/Restore and compare\s+│ pass/);
    expect(result.stdout).toMatch(/Open an issue, P2\s+│ skipped/);
    const kept = filesIn(path.join(run, "artifacts/verification"));
    expect(kept.some((file) => file.endsWith(".dsse.json"))).toBe(true);
    expect(kept.filter((file) => /key|\.pem$/.test(file))).toEqual([]);
  });

  it("refuses a repository that was not there before", async () => {
    const { code, stderr } = await checkout.ops("verify", "--existing", "2020-01-01T00:00:00Z");
    expect(code).toBe(1);
    expect(stderr).toContain("is younger than this run");
  });

  it.each(["verify", "coverage"])("fails loudly while production is not configured: %s", async (job) => {
    const { code, stderr } = await checkout.ops(job, "--env", "prod");
    expect(code).toBe(12);
    expect(stderr).toContain("not exactly one platform is declared for prod");
  });
});

describe("what reaches beyond this machine", () => {
  it.each([
    [["nightly-backup-verification"], "Become the verify role"],
    [["deploy"], "staging-network"],
    [["image"], "Push"],
    [["preview"], "Become the preview role"],
  ])("is refused by name before anything runs: %s", async (args, step) => {
    const { code, stderr } = await checkout.ops("ci", ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(step);
  });

  it.each([
    [["no-such-workflow"], "no workflow is called"],
    [["dr-drill"], "the input approver is missing"],
    [["dr-drill", "--input", "approver=x,scope=z"], "one of all, a, b, c"],
    [["dr-drill", "--input", "where=here"], "has no input where"],
    [["dr-drill", "--input", "approver"], "name=value"],
  ])("and a wrong wish is said so: %s", async (args, message) => {
    const { code, stderr } = await checkout.ops("ci", ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

it("a drill whose approver is nobody fails, runs no scenario and cleans up all the same", async () => {
  const other = makeCheckout();
  try {
    const result = await other.ops("ci", "dr-drill", "--input", "approver=nobody,scale=0.05,scope=a");
    expect(result.code, told(result)).toBe(1);
    expect(result.stdout).toMatch(/Drill, one scenario\s+│ skipped/);
    expect(result.stdout).toMatch(/Remove the environment\s+│ pass/);
  } finally {
    await other.remove();
  }
});

it("the drill is green, from making the environment to removing it", async () => {
  const other = makeCheckout();
  try {
    const result = await other.ops("ci", "dr-drill", "--input", "approver=chen-jing,scale=0.05");
    expect(result.code, told(result)).toBe(0);
    expect(filesIn(path.join(runOf(result), "artifacts/drill")).some((file) => file.endsWith(".html"))).toBe(
      true,
    );
    expect(existsSync(path.join(other.home, "../state/sandbox"))).toBe(false);
  } finally {
    await other.remove();
  }
});

/** Inverts every bit of the byte in the middle of the largest file of the newest full backup. */
function damageBackup(): void {
  const sandbox = path.join(checkout.home, "../state/sandbox");
  const files = filesIn(sandbox)
    .filter((file) => /\/backup\/[^/]+\/\d{8}-\d{6}F\/pg_data\//.test(`/${file}`))
    .map((file) => path.join(sandbox, file))
    .filter((file) => statSync(file).isFile());
  const [largest] = files.sort((a, b) => statSync(b).size - statSync(a).size);
  if (!largest) throw new Error(`no backup under ${sandbox}`);
  const bytes = readFileSync(largest);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
  writeFileSync(largest, bytes);
}

describe("with a byte of the backup flipped", () => {
  beforeAll(damageBackup);

  it("the night is red: exit 1, the report as artifact, the issue's text", async () => {
    const result = await nightly();
    expect(result.code, told(result)).toBe(1);
    expect(result.stdout).toMatch(/Restore and compare\s+│ fail/);
    expect(result.stdout).toMatch(/Open an issue, P2\s+│ pass/);
    expect(result.stderr).toMatch(/✗ Restore and compare: repository-inventory +backup\/.* was altered/);
    const run = runOf(result);
    expect(
      filesIn(path.join(run, "artifacts/verification")).some((file) => file.endsWith(".dsse.json")),
    ).toBe(true);
    const log = filesIn(run).find((file) => file.endsWith("open-an-issue-p2.log"))!;
    expect(readFileSync(path.join(run, log), "utf8")).toContain(
      "Nightly backup verification failed (sandbox)",
    );
  });

  it("the drill is red, and still removes what it made", async () => {
    const result = await checkout.ops("ci", "dr-drill", "--input", "approver=chen-jing,scope=a,scale=0.05");
    expect(result.code, told(result)).toBe(1);
    expect(result.stdout).toMatch(/Drill, one scenario\s+│ fail/);
    expect(result.stdout).toMatch(/Remove the environment\s+│ pass/);
    expect(existsSync(path.join(runOf(result), "artifacts/drill"))).toBe(true);
    expect(existsSync(path.join(checkout.home, "../state/sandbox"))).toBe(false);
  });
});
