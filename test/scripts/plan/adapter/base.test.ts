// `--base` on a real repository: a copy of ours with two commits, the second of which changes three things.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost } from "../../../../scripts/machine";
import { createInfrastructure } from "../../../../scripts/plan/adapter";
import { difference } from "../../../../scripts/plan/difference";
import { markdownChanges, showChanges } from "../../../../scripts/plan/show";
import { ROOT } from "../../../policies/repository";

const PARTS = ["stacks", "policies", "runbooks", ".gitignore"];
const STACKS = ["staging-data", "staging-watch"];

describe("ops plan --base", () => {
  let root: string;
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", ...args], {
      cwd: root,
      encoding: "utf8",
    });
  const edit = (file: string, find: string, replace: string): void => {
    const text = readFileSync(path.join(root, file), "utf8");
    expect(text).toContain(find);
    writeFileSync(path.join(root, file), text.replace(find, replace));
  };

  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), "ops-base-"));
    for (const part of PARTS) cpSync(path.join(ROOT, part), path.join(root, part), { recursive: true });
    symlinkSync(path.join(ROOT, "node_modules"), path.join(root, "node_modules"));
    git("init", "-q");
    git("add", ...PARTS);
    git("commit", "-qm", "before");
    edit("stacks/config/Pulumi.staging-data.yaml", "storage: 100", "storage: 200");
    edit("stacks/plan/buckets.ts", 'name: "uploads",', 'name: "uploads", physical: "homework",');
    edit(
      "stacks/plan/alarms.ts",
      '  metric("RedisMemoryHigh", "P3", ["SEC-CONFIG"], above("redis", "StandardMemoryUsage", 85, "%")),\n',
      "",
    );
    git("add", "stacks");
    git("commit", "-qm", "after");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("shows exactly the three changes, each with its verdict", { timeout: 120_000 }, async () => {
    const infrastructure = createInfrastructure(createHost(), root);
    const plans = await infrastructure.evaluate(STACKS);
    const { commit, plans: earlier } = await infrastructure.evaluateAt("HEAD~1", STACKS);
    expect(commit).toBe(git("rev-parse", "HEAD~1").trim());
    const changes = difference(earlier, plans, infrastructure.replacements());
    const own = changes.filter(({ follows }) => follows === undefined);
    expect(
      own.map(({ stack, verdict, resource }) => `${stack} ${verdict} ${resource.type} ${resource.name}`),
    ).toEqual([
      "staging-data replace alicloud:oss/bucket:Bucket uploads",
      "staging-data update alicloud:rds/instance:Instance postgres",
      "staging-watch delete alicloud:cms/alarm:Alarm RedisMemoryHigh",
    ]);
    const [bucket, database] = own;
    expect(
      bucket!.properties.map(({ path: at, before, after, replaces }) => [at, before, after, replaces]),
    ).toEqual([["bucket", "netedu-staging-uploads", "netedu-staging-homework", true]]);
    expect(bucket!.dangers).toEqual([
      "replace loses its content",
      "it is protected: Pulumi refuses to replace it",
    ]);
    expect(database!.properties.map(({ path: at, before, after }) => [at, before, after])).toEqual([
      ["instanceStorage", 100, 200],
      ["storageUpperBound", 200, 400],
    ]);
    expect(changes.filter(({ follows }) => follows === "staging-data uploads").length).toBeGreaterThan(4);
    const text = showChanges(changes, false);
    expect(text).toContain("± replace  staging-data  oss.Bucket uploads  stacks/components/bucket.ts:");
    expect(text).toContain("bucket: netedu-staging-uploads → netedu-staging-homework  (replaces)");
    expect(markdownChanges("Plan", changes, [])).toContain(
      "> - **replace staging-data uploads**: replace loses its content",
    );
  });

  it("finds nothing to change against itself", { timeout: 120_000 }, async () => {
    const infrastructure = createInfrastructure(createHost(), root);
    const { plans } = await infrastructure.evaluateAt("HEAD", STACKS);
    expect(difference(plans, await infrastructure.evaluate(STACKS), infrastructure.replacements())).toEqual(
      [],
    );
  });

  it("refuses a commit that is none", async () => {
    const infrastructure = createInfrastructure(createHost(), root);
    await expect(infrastructure.evaluateAt("--upload-pack=x", STACKS)).rejects.toThrow(
      "git does not know the commit",
    );
  });
});
