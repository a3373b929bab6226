// `ops render` as a user runs it, and the job on a stand-in for the files (never for what is rendered).
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Context } from "../../../scripts/context";
import type { Progress } from "../../../scripts/core/progress";
import render from "../../../scripts/jobs/render";
import { createHost } from "../../../scripts/machine";
import { createManifests } from "../../../scripts/render/adapter";
import type { Manifests } from "../../../scripts/render/port";
import { given } from "../../given";
import { ROOT, temporary } from "../../policies/repository";
import { planLine, runLine } from "../cli/line";

function ops(...args: string[]): { code: number | null; out: string; err: string; summary: string } {
  const home = temporary();
  const env = {
    ...process.env,
    OPS_HOME: home,
    GITHUB_STEP_SUMMARY: path.join(home, "summary.md"),
    NO_COLOR: "1",
    CI: "1",
  };
  const command = [path.join(ROOT, "ops"), "render", ...args];
  const done = spawnSync(process.execPath, command, { encoding: "utf8", env, cwd: ROOT });
  const summary = done.status === 0 ? readFileSync(path.join(home, "summary.md"), "utf8") : "";
  return { code: done.status, out: done.stdout, err: done.stderr, summary };
}

describe("ops render", { timeout: 120_000 }, () => {
  it("finds the committed rendering current, and says so in the summary instead of a verdict", () => {
    const { code, out, summary } = ops("--check");
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d+ objects, all current$/m)]);
    expect(summary).toMatch(/### The rendering is current: \d+ objects/);
    expect(ops().summary).toMatch(/### Rendered: \d+ objects, 0 new, 0 changed, 0 removed/);
    expect(summary).not.toContain("inconclusive");
  });

  it.each<[string, string[], number, string]>([
    ["an unknown environment", ["production"], 2, "no environment with a cluster is called production"],
    ["the sandbox, which has no cluster", ["sandbox"], 2, "expected: one of prod, staging, dr"],
    ["two comparisons at once", ["--check", "--base", "HEAD"], 2, "--base and --check exclude each other"],
    ["a commit that is none", ["dr", "--base", "nowhere"], 2, "no commit is called nowhere"],
  ])("refuses %s", (_, args, expected, message) => {
    const { code, err } = ops(...args);
    expect([code, err]).toEqual([expected, expect.stringContaining(message)]);
  });
});

/** What lies in the working tree and at `base`, in memory; what is rendered is real. */
function context(committed: (files: Map<string, string>) => void): {
  context: Partial<Context>;
  written: { files: string[]; stale: string[] }[];
} {
  const real = createManifests(createHost(), ROOT);
  const written: { files: string[]; stale: string[] }[] = [];
  const altered = async (environments: readonly string[]): Promise<Map<string, string>> => {
    const files = new Map((await real.render(environments)).map(({ path: file, text }) => [file, text]));
    committed(files);
    return files;
  };
  const manifests: Manifests = {
    ...real,
    committed: altered,
    committedAt: async (_, environments) => ({
      commit: "0123456789abcdef",
      files: await altered(environments),
    }),
    write: async (files, stale) => {
      written.push({ files: files.map(({ path: file }) => file), stale: [...stale] });
    },
  };
  const progress = given<Progress>({ phase: (_, work) => work({ update: () => {}, note: () => {} }) });
  return { context: { manifests, progress, color: false }, written };
}

const DEPLOYMENT = "k8s/rendered/dr/worker-sms/deployment-worker-sms.yaml";
const SERVICE = "k8s/rendered/dr/learning-web/service-learning-web.yaml";
const LEFT = "k8s/rendered/dr/gone/persistentvolumeclaim-gone.yaml";

function alter(files: Map<string, string>): void {
  files.set(DEPLOYMENT, files.get(DEPLOYMENT)!.replace("replicas: 0", "replicas: 3"));
  files.delete(SERVICE);
  const left =
    "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: gone\n  namespace: learning\n";
  files.set(LEFT, left);
}

const run = (subject: Partial<Context>, ...words: string[]) => runLine(subject, render, "dr", ...words);

describe("the job render", () => {
  it("writes what differs, removes what nothing renders, leaves the rest", async () => {
    const { context: subject, written } = context(alter);
    const outcome = await run(subject);
    expect(written).toEqual([{ files: expect.arrayContaining([DEPLOYMENT, SERVICE]), stale: [LEFT] }]);
    expect(written[0]!.files).toHaveLength(2);
    expect(outcome.summary).toMatch(/1 new, 1 changed, 1 removed/);
  });

  it("--check fails and names every file, and writes nothing", async () => {
    const { context: subject, written } = context(alter);
    const outcome = await run(subject, "--check");
    expect(outcome.exit).toBe("fail");
    for (const line of [`not current  ${DEPLOYMENT}`, `missing      ${SERVICE}`, `left over    ${LEFT}`]) {
      expect(outcome.summary).toContain(line);
      expect(outcome.markdown).toContain(line);
    }
    expect(outcome.json).toEqual({
      current: false,
      changed: [DEPLOYMENT],
      missing: [SERVICE],
      stale: [LEFT],
    });
    expect(written).toEqual([]);
  });

  it("--base shows the objects, from and to, for people, machines and a pull request", async () => {
    const { context: subject, written } = context(alter);
    const outcome = await run(subject, "--base", "main");
    expect(outcome.exit).toBe("ok");
    expect(outcome.summary).toContain("~ update  dr  worker-sms  Deployment learning/worker-sms");
    expect(outcome.summary).toContain("spec.replicas: 3 → 0");
    expect(outcome.summary).toContain("+ create  dr  learning-web  Service learning/learning-web");
    expect(outcome.summary).toContain("! its data may go too");
    expect(outcome.markdown).toContain("### Manifests against 0123456789: 1 created, 1 changed, 1 deleted");
    expect(outcome.json).toMatchObject({
      summary: "1 created, 1 changed, 1 deleted",
      changes: expect.arrayContaining([
        expect.objectContaining({
          verdict: "update",
          file: DEPLOYMENT,
          properties: [{ path: "spec.replicas", before: 3, after: 0 }],
        }),
      ]),
    });
    expect(written).toEqual([]);
  });

  it.each<[string[], string]>([
    [[], "write the files that differ"],
    [["--check"], "write nothing"],
    [["--base", "main"], "compare object by object with k8s/rendered of main"],
  ])("says beforehand what %j does", async (words, sentence) => {
    const steps = await planLine(context(() => {}).context, render, ...words);
    expect(steps.join("\n")).toContain(sentence);
  });
});
