// A release as a user does it, on a real sandbox: migration, gates, a second person's signed approval, canary, done; and one that
// is too slow, taken back by the performance gate.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../scripts/core/errors";
import { type Checkout, makeCheckout, withoutFreezes } from "../e2e/checkout";

/**
 * Gates that the hour of the test may close, whose approval is part of the test, and those whose proof nobody has made when the
 * plan is looked at: `ship` makes it.
 */
const MAY_BE_CLOSED = ["policy-clean", "migrations-linted", "backup-window"];

let checkout: Checkout;
const keys = mkdtempSync("/tmp/opsk-");
const config = path.join(keys, "gitconfig");
const before = process.env.GIT_CONFIG_GLOBAL;

beforeAll(async () => {
  for (const name of ["li-ming", "wang-fang"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path.join(keys, name)]);
  writeFileSync(
    config,
    `[user]\n name = li-ming\n email = li@example.org\n signingKey = ${keys}/li-ming\n[gpg]\n format = ssh\n[safe]\n directory = *\n`,
  );
  process.env.GIT_CONFIG_GLOBAL = config;
  checkout = makeCheckout();
  withoutFreezes(checkout);
  const file = "policies/service/roster.yaml";
  const roster = ["li-ming", "wang-fang"].reduce(
    (text, name) =>
      text.replace(
        new RegExp(`ssh-ed25519 \\S+ ${name}@example\\.com`),
        readFileSync(path.join(keys, `${name}.pub`), "utf8")
          .split(" ")
          .slice(0, 2)
          .join(" "),
      ),
    readFileSync(path.join(checkout.root, file), "utf8"),
  );
  checkout.write(file, roster);
  for (const command of ["sandbox up --scale 0.05", "backup", "verify", "migrate rehearse"]) {
    const { code, stderr } = await checkout.ops(...command.split(" "));
    expect(code, `${command}: ${stderr}`).toBe(0);
  }
}, 600_000);

afterAll(async () => {
  await checkout.remove();
  rmSync(keys, { recursive: true, force: true });
  if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
  else process.env.GIT_CONFIG_GLOBAL = before;
});

/** The second person looks at the plan and pushes a commit that they signed. */
async function approve(version: string): Promise<string[]> {
  const { result } = await checkout.json("release", "plan", version);
  const { digest, stopped } = result.json as { digest: string; stopped: string[] };
  expect(MAY_BE_CLOSED).toEqual(expect.arrayContaining(stopped));
  if (stopped.length === 0) return [];
  const remote = path.join(path.dirname(checkout.home), "state/sandbox/releases/remote.git");
  const clone = path.join(keys, version);
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=x", "-c", `user.signingKey=${keys}/wang-fang`, ...args], {
      cwd: keys,
    });
  };
  git("clone", "-q", remote, clone);
  const lines = [...stopped.map((gate) => `Approve-Override: ${gate}`), `Release-Digest: ${digest}`];
  git("-C", clone, "commit", "-q", "--allow-empty", "-S", "-m", `Approve\n\n${lines.join("\n")}`);
  git("-C", clone, "push", "-q", "origin", `HEAD:refs/heads/approve/${digest.slice(7, 19)}`);
  return [
    "--override",
    stopped.join(","),
    "--reason",
    "the hour of a test",
    "--approval",
    `approve/${digest.slice(7, 19)}`,
  ];
}

const measured = (result: Record<string, unknown>, name: string): number | undefined =>
  (result.measurements as { name: string; value: number }[]).find((one) => one.name === name)?.value;

async function serving(): Promise<string | undefined> {
  const { result } = await checkout.json("release", "status");
  return (result.json as { apps: { serving?: string }[] }).apps[0]?.serving;
}

describe("ops release", () => {
  it("prints the notes of what a release would bring", async () => {
    const { code, result } = await checkout.json("release", "notes", "learning-web=1.1.0");
    expect([code, (result.json as { notes: string }).notes]).toEqual([0, expect.stringContaining("1.1.0")]);
  });

  it("ships 1.1.0 with its migration; nobody is turned away", async () => {
    const { code, result } = await checkout.json(
      "release",
      "ship",
      "learning-web=1.1.0",
      ...(await approve("learning-web=1.1.0")),
    );
    expect(result.checks).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: "requests-lost", verdict: "pass" })]),
    );
    // Neither `ops check` nor `ops migrate lint` was run: the release made both proofs itself.
    for (const name of ["policy-clean", "migrations-linted"])
      expect(result.checks).toContainEqual({
        name,
        verdict: "pass",
        detail: expect.stringContaining("(entry "),
      });
    expect(code).toBe(0);
    expect(measured(result, "requests")).toBeGreaterThanOrEqual(10_000);
    expect(measured(result, "requests-lost")).toBe(0);
    expect(await serving()).toBe("1.1.0");
  }, 300_000);

  it("refuses an override that only a name vouches for", async () => {
    const args = ["--override", MAY_BE_CLOSED.join(","), "--reason", "approved by wang-fang"];
    const { code } = await checkout.ops("release", "ship", "learning-web=1.2.0", ...args);
    // With every gate open there is nothing to override; then the analysis aborts the version itself.
    expect([EXIT.gate.code, EXIT.aborted.code]).toContain(code);
    expect(await serving()).toBe("1.1.0");
  }, 300_000);

  it("takes a version back that is too slow; evidence and notes say why", async () => {
    const { code, result } = await checkout.json(
      "release",
      "ship",
      "learning-web=1.2.0",
      ...(await approve("learning-web=1.2.0")),
    );
    expect(code).toBe(EXIT.aborted.code);
    expect(result.checks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: "rollout-average",
          verdict: "fail",
          detail: expect.stringMatching(/PERF-INTERACT/),
        }),
        expect.objectContaining({ name: "git-restored", verdict: "pass" }),
      ]),
    );
    expect(result.evidence).toMatchObject({ file: expect.any(String) });
    expect((result.artifacts as { name: string }[])[0]?.name).toMatch(/^release-sandbox-.*\.md$/);
    expect(measured(result, "requests-lost")).toBe(0);
    expect(await serving()).toBe("1.1.0");
  }, 300_000);

  it("refuses what does not exist or is no version", async () => {
    expect((await checkout.ops("release", "ship", "learning-web=9.9.9")).code).toBe(EXIT.unknownTarget.code);
    expect((await checkout.ops("release", "ship", "learning-web=latest")).code).toBe(EXIT.usage.code);
    expect((await checkout.ops("release", "promote")).code).toBe(EXIT.usage.code);
  }, 60_000);
});
