// `ops check` of what lies outside the repository, by the real command: a preview, a state, somebody else's manifests.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../../scripts/check/report";

const ROOT = path.resolve(__dirname, "../../..");
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "ops-check-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function check(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(ROOT, "ops"), "check", "--date", "2026-11-25", ...args],
    {
      encoding: "utf8",
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", OPS_HOME: path.join(folder, "home"), GITHUB_STEP_SUMMARY: "" },
    },
  );
  return { code: status, out: stdout, err: stderr };
}

/** Writes a file; @returns its path and the number of the line that holds a text */
function given(name: string, text: string): { file: string; line: (part: string) => number } {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  const line = (part: string): number => text.split("\n").findIndex((each) => each.includes(part)) + 1;
  return { file, line };
}

/** `file:line rule [clauses]` of everything that fails. */
function failing(out: string): string[] {
  const report = JSON.parse(out) as Report;
  return report.results
    .filter(({ verdict }) => verdict === "fail")
    .flatMap(({ rule, findings }) => {
      const { id, clauses } = report.rules[rule]!;
      return findings.map(({ place }) => `${place?.file}:${place?.line} ${id} [${clauses.join(", ")}]`);
    });
}

const DATABASE = {
  urn: "urn:pulumi:prod-data::netedu::alicloud:rds/instance:Instance::main",
  custom: true,
  type: "alicloud:rds/instance:Instance",
  inputs: { engine: "PostgreSQL", deletionProtection: false },
};
const preview = (state: unknown): string =>
  JSON.stringify({ steps: [{ op: "create", urn: DATABASE.urn, newState: state }] }, null, 2);
const state = (resource: unknown): string =>
  JSON.stringify({ version: 3, deployment: { manifest: {}, resources: [resource] } }, null, 2);

describe("ops check of what is deployed", () => {
  it.each([
    ["--preview", preview(DATABASE)],
    ["--state", state(DATABASE)],
  ])("finds a violation at its line of the file behind %s, with the clause", (option, text) => {
    const { file, line } = given(`${option.slice(2)}.json`, text);
    const { code, out } = check(option, file, "--format", "json");
    expect(code).toBe(1);
    const place = `${file}:${line('"deletionProtection"')}`;
    expect(failing(out)).toContain(`${place} rds-deletion-protection [DR-RESTORE]`);
  });

  it("takes a protected database back out of the findings", () => {
    const { file } = given("good.json", state({ ...DATABASE, inputs: { deletionProtection: true } }));
    const { out } = check("--state", file, "--format", "json");
    expect(failing(out).filter((each) => each.includes("rds-deletion-protection"))).toEqual([]);
  });

  it.each([
    ["neither a preview nor a state", "{}", /other\.json:1:1: neither a preview nor a state/],
    ["no JSON", '{"steps": [', /other\.json:1:\d+/],
  ])("exits 3 for what is %s", (_, text, message) => {
    const { file } = given("other.json", text);
    const { code, out } = check("--preview", file);
    expect([code, out]).toEqual([3, expect.stringMatching(message)]);
  });
});

describe("ops check of manifests from elsewhere", () => {
  const pod = (privileged: boolean): string => `apiVersion: v1
kind: Pod
metadata:
  name: elsewhere
spec:
  containers:
    - name: main
      image: registry.example/main:1.0.0
      securityContext:
        privileged: ${privileged}
`;

  it("finds a violation at its line, and leaves no evidence: a part proves nothing", () => {
    const { file, line } = given("theirs/pod.yaml", pod(true));
    const { code, out, err } = check(path.dirname(file), "--format", "json");
    expect([code, err.includes("Evidence")]).toEqual([1, false]);
    expect(failing(out)).toContain(`${file}:${line("privileged")} pod-not-privileged [SEC-CONFIG]`);
    expect((JSON.parse(out) as Report).surfaces.map(({ surface }) => surface)).toEqual(["kubernetes"]);
  });

  it("exits 3 for a file that cannot be read, and still checks the others", () => {
    given("mixed/pod.yaml", pod(true));
    const { file } = given("mixed/torn.yaml", "kind: [\n");
    const { code, out } = check(path.dirname(file), "--format", "json");
    expect(code).toBe(3);
    expect((JSON.parse(out) as Report).problems).toContainEqual(expect.objectContaining({ file, line: 2 }));
    expect(failing(out).join()).toContain("pod-not-privileged");
  });

  it("refuses paths inside and outside the repository at once", () => {
    const { file } = given("theirs/pod.yaml", pod(false));
    const { code, err } = check(`${file},${path.join(ROOT, "k8s")}`);
    expect([code, err]).toEqual([2, expect.stringContaining("inside and outside the repository at once")]);
  });
});
