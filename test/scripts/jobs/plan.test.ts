// `ops plan` as a user runs it: the real command, the real stacks.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { touchedStacks } from "../../../scripts/plan/difference";
import { ROOT, temporary } from "../../policies/repository";

function ops(...args: string[]): { code: number | null; out: string; err: string } {
  const env = {
    ...process.env,
    OPS_HOME: temporary(),
    NO_COLOR: "1",
    CI: "1",
  };
  const done = spawnSync(process.execPath, [path.join(ROOT, "ops"), "plan", ...args], {
    encoding: "utf8",
    env,
    cwd: ROOT,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe("ops plan", { timeout: 120_000 }, () => {
  it("shows a stack as a tree, with the settings that matter and no secret", () => {
    const { code, out } = ops("prod-data");
    expect(code).toBe(0);
    expect(out).toMatch(/^prod-data {2}\d+ resources, reads dr-data, prod-network$/m);
    expect(out).toMatch(/rds\.Instance postgres {2}.*instanceStorage=500.*protected$/m);
    expect(out).toMatch(
      /rds\.BackupPolicy postgres {2}preferredBackupTime=18:00Z-19:00Z {2}backupRetentionPeriod=35/,
    );
    expect(out).toMatch(/price unknown: .*rds\.Instance/);
    expect(out).not.toContain("netedu:appPassword");
  });

  it("plans a drill that has no file from the template", () => {
    const { code, out } = ops("drill-x1");
    expect([code, out]).toEqual([0, expect.stringContaining("vpc.Network cell  cidrBlock=10.250.0.0/20")]);
  });

  it("names the stacks that a change touches in the form of a step's output, and needs something to compare with", () => {
    const { code, out } = ops("staging-watch", "--base", "HEAD", "--touched");
    expect(code).toBe(0);
    expect(JSON.parse(/^stacks=(\[.*\])\n$/.exec(out)?.[1] ?? "none")).toBeInstanceOf(Array);
    expect(ops("--touched").code).toBe(2);
    const changes = ["prod-data", "drill-sample", "dr-data", "prod-data"].map((stack) => ({ stack }));
    expect(touchedStacks(changes)).toEqual(["prod-data", "dr-data"]);
  });

  it("compares with a deployed state", () => {
    const file = path.join(temporary(), "export.json");
    const urn = "urn:pulumi:drill-x1::netedu::netedu:components:DrillCell$alicloud:vpc/network:Network::cell";
    const inputs = { cidrBlock: "10.9.0.0/20", vpcName: "netedu-drill-x1-vpc" };
    const resources = [{ urn, type: "alicloud:vpc/network:Network", custom: true, inputs }];
    writeFileSync(file, JSON.stringify({ version: 3, deployment: { resources } }));
    const { code, out } = ops("--state", file);
    expect(code).toBe(0);
    expect(out).toContain("± replace  drill-x1  vpc.Network cell");
    expect(out).toContain("cidrBlock: 10.9.0.0/20 → 10.250.0.0/20  (replaces)");
    expect(out).toContain("are not compared");
  });

  it("draws stacks as one page", () => {
    const file = path.join(temporary(), "plan.html");
    const { code, out } = ops("prod-data,drill-x1", "--graph", file);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^\d+ resources in 2 stacks drawn: open .*plan\.html/m),
    ]);
    const page = readFileSync(file, "utf8");
    expect(page).toContain("<svg");
    expect(page).toContain("redis");
    expect(page).not.toContain("netedu:appPassword");
  });

  it.each<[string, string[], number, string]>([
    [
      "a page that is named like a stack",
      ["--graph", "prod-data"],
      2,
      "--graph: prod-data\nexpected: a file that ends in .html",
    ],
    ["a page of a comparison", ["--base", "HEAD", "--graph"], 2, "--graph and --base exclude each other"],
    ["an unknown stack", ["prod-dta"], 2, "no stack is called prod-dta"],
    [
      "two comparisons at once",
      ["--base", "HEAD", "--state", "x"],
      2,
      "--base and --state exclude each other",
    ],
    ["a commit that is none", ["staging-watch", "--base", "nowhere"], 2, "no commit is called nowhere"],
  ])("refuses %s", (_, args, expected, message) => {
    const { code, err } = ops(...args);
    expect([code, err]).toEqual([expected, expect.stringContaining(message)]);
  });
});
