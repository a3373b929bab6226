// A user's path through the command line on a small real sandbox: the main job, what it refuses, and altered evidence.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../scripts/core/errors";
import { type Checkout, makeCheckout } from "./checkout";

let checkout: Checkout;
beforeAll(() => {
  checkout = makeCheckout();
});
afterAll(() => checkout.remove());

interface Checked {
  name: string;
  verdict: string;
  detail: string;
}

describe("on a fresh checkout", () => {
  it("`ops jobs` and `ops help` need nothing", async () => {
    expect((await checkout.ops("jobs")).stdout).toContain("drill");
    const { stdout, code } = await checkout.ops("help");
    expect(stdout).toContain("Exit codes");
    expect(stdout).toMatch(
      /Prove .*:\n {2}backup[\s\S]*Change .*:\n {2}check[\s\S]*Know .*:\n {2}completion/,
    );
    expect(code).toBe(0);
    expect((await checkout.ops("--version")).stdout).toBe("0.1.0\n");
    expect((await checkout.ops("help", "migrate")).stdout).toMatch(/rehearse[\s\S]*down \[options\]/);
    expect((await checkout.ops("migrate", "down", "--help")).stdout).toContain("--lock-timeout");
  });

  it("starts from any directory, and through a link", async () => {
    const link = path.join(checkout.root, "../linked-ops");
    symlinkSync(path.join(checkout.root, "ops"), link);
    expect(execFileSync(link, ["--version"], { cwd: "/", encoding: "utf8" })).toBe("0.1.0\n");
  });

  it("every clause is unproven: no breach, and nobody can say that it is honoured", async () => {
    const { code, result } = await checkout.json("status");
    const json = result.json as { totals: Record<string, number> };
    expect(json.totals["in force"]).toBe(0);
    expect({ code, verdict: result.verdict }).toEqual({
      code: EXIT.inconclusive.code,
      verdict: "inconclusive",
    });
  });

  it("a drill makes the sandbox, restores three losses and passes", async () => {
    const { code, result } = await checkout.json("drill", "--scale", "0.02");
    const checks = result.checks as Checked[];
    expect(checks.filter((check) => check.verdict === "fail" || check.verdict === "inconclusive")).toEqual(
      [],
    );
    for (const scenario of ["a", "b", "c"]) {
      for (const name of [
        "content",
        "schema",
        "roles",
        "target-reached",
        "isolation-no-way-out",
        "rto-target",
      ]) {
        expect(checks).toContainEqual(
          expect.objectContaining({ name: `${scenario}: ${name}`, verdict: "pass" }),
        );
      }
    }
    expect(checks).toContainEqual(expect.objectContaining({ name: "c: rpo-target", verdict: "pass" }));
    expect(code).toBe(0);
    const reports = readdirSync(path.join(checkout.home, "reports"));
    expect(reports.filter((file) => file.endsWith(".html"))).toHaveLength(2);
  }, 120_000);

  it("nothing of the copies is left", async () => {
    const copies = path.join(checkout.root, "../state/copies");
    expect(readdirSync(copies).filter((name) => !name.startsWith("."))).toEqual([]);
  });

  it("the drill puts its clause in force, in the sandbox only; its backup counts for nothing", async () => {
    const rows = async (...args: string[]): Promise<Record<string, string>> => {
      const { result } = await checkout.json("status", ...args);
      const { clauses } = result.json as { clauses: { clause: string; state: string }[] };
      return Object.fromEntries(clauses.map((row) => [row.clause, row.state]));
    };
    expect((await rows())["DR-DRILL"]).toBe("in force");
    // The drill's backup was taken on demand, at whatever hour this runs.
    expect((await rows())["DR-BACKUP"]).toBe("unproven");
    expect((await rows("--env", "prod"))["DR-DRILL"]).toBe("unproven");
  });

  it("`ops verify` verifies the last checkpoint, and whoever comes meanwhile is told who holds the lock", async () => {
    const first = checkout.json("verify");
    let second = { code: 0, stderr: "" };
    for (let i = 0; i < 20 && second.code !== EXIT.locked.code; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      second = await checkout.ops("drill", "--reap");
    }
    expect(second.code).toBe(EXIT.locked.code);
    expect(second.stderr).toMatch(/verify.*pid|pid.*verify/s);
    const { code, result } = await first;
    expect(result).toMatchObject({ verdict: "pass" });
    expect(code).toBe(0);
  }, 60_000);

  it("`--dry-run` prints a plan and leaves no evidence", async () => {
    const before = (await checkout.json("evidence", "list")).result;
    for (const command of [
      ["drill"],
      ["verify"],
      ["backup"],
      ["dump"],
      ["restore", "--to", "latest"],
      ["evidence", "verify"],
      ["sandbox", "down"],
      ["status"],
    ]) {
      const { stdout, code } = await checkout.ops(...command, "--dry-run");
      expect(code, stdout).toBe(0);
      expect(stdout).toMatch(/^1\. /);
    }
    expect((await checkout.json("evidence", "list")).result).toEqual(before);
  }, 60_000);
});

describe("refusals", () => {
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

  it.each<[string, keyof typeof EXIT, string[], RegExp]>([
    [
      "an unknown checkpoint",
      "unknownTarget",
      ["restore", "--to", "ops-nothing"],
      /no checkpoint is called ops-nothing/,
    ],
    [
      "an unknown platform",
      "unknownTarget",
      ["verify", "--platform", "nowhere"],
      /no platform is called nowhere.*sandbox/s,
    ],
    ["an empty platform", "usage", ["verify", "--platform", ""], /--platform is empty/],
    ["an unknown environment", "unknownTarget", ["status", "--env", "prdo"], /did you mean "prod"/],
    [
      "a platform of another environment",
      "unknownTarget",
      ["drills", "--platform", "sandbox", "--env", "prod"],
      /platform sandbox is not of environment prod/,
    ],
    ["a negative size", "usage", ["sandbox", "up", "--scale", "-1"], /a number above 0/],
    ["an option of another subcommand", "usage", ["migrate", "up", "--offline"], /--offline/],
    ["a future instant", "instant", ["restore", "--to", inDays(2)], /future/],
    [
      "an instant before the first backup",
      "instant",
      ["restore", "--to", inDays(-30)],
      /before the end of the first backup.*expected: an instant at or after/s,
    ],
    ["a day without a time", "instant", ["restore", "--to", "2026-11-01"], /time|moment/],
    ["a day that does not exist", "instant", ["verify", "--to", "2026-02-30 04:00:00"], /2026-02-30/],
    ["nonsense", "unknownTarget", ["verify", "--to", "yesterday"], /no checkpoint is called yesterday/],
    ["an unknown command", "usage", ["restroe"], /did you mean "restore"/],
    ["an unknown option", "usage", ["drill", "--sclae", "1"], /--scale/],
    ["a missing option", "usage", ["restore"], /--to/],
    ["a wrong choice", "usage", ["backup", "--type", "half"], /full/],
    ["a wrong number", "usage", ["drill", "--scale", "big"], /a number/],
    [
      "replacing the source without proofs",
      "proofs",
      ["restore", "--to", "latest", "--over-source", "1"],
      /--phrase is not "replace sandbox in sandbox"/,
    ],
    [
      "one proof of two",
      "proofs",
      ["restore", "--to", "latest", "--over-source", "1", "--phrase", "replace sandbox in sandbox"],
      /system identifier/,
    ],
  ])("%s", async (_, exit, args, message) => {
    const { code, stderr } = await checkout.ops(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(EXIT[exit].code);
  });

  it("a directory that is not empty", async () => {
    const into = path.join(checkout.root, "../taken");
    mkdirSync(into);
    writeFileSync(path.join(into, "precious"), "");
    const { code, stderr } = await checkout.ops("restore", "--to", "latest", "--into", into);
    expect(stderr).toMatch(/not empty/);
    expect(code).toBe(EXIT.directory.code);
    expect(existsSync(path.join(into, "precious"))).toBe(true);
  }, 30_000);

  it("a broken declaration, with file, line and column", async () => {
    checkout.write("policies/service/platforms/broken.yaml", "name: broken\nenvironment: sandbx\n");
    const { code, stderr } = await checkout.ops("verify", "--platform", "broken");
    expect(stderr).toMatch(/broken\.yaml:2:14: /);
    expect(code).toBe(EXIT.config.code);
  });
});

describe("evidence", () => {
  it("is green as it was written", async () => {
    expect((await checkout.ops("evidence", "verify")).code).toBe(0);
  });

  it("is red after a one-byte edit, with the place", async () => {
    const ledger = path.join(checkout.home, "evidence/sandbox");
    const day = readdirSync(ledger).find((name) => /^\d{4}-/.test(name))!;
    const file = path.join(ledger, day, "000001.dsse.json");
    const bytes = readFileSync(file);
    const edited = Buffer.from(bytes);
    edited[200] = edited[200]! ^ 1;
    writeFileSync(file, edited);
    const red = await checkout.ops("evidence", "verify");
    writeFileSync(file, bytes);
    expect(red.code).not.toBe(0);
    expect(red.stdout + red.stderr).toContain("000001");
    expect((await checkout.ops("evidence", "verify")).code).toBe(0);
  });
});
