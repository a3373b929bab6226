// The adapter on real files and a real git: writes, removes, reads another commit, refuses what is wrong with its place.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DeclarationError } from "../../../../policies/engine/declaration";
import { OpsError } from "../../../../scripts/core/errors";
import { createHost } from "../../../../scripts/machine";
import { createManifests } from "../../../../scripts/render/adapter";
import type { RenderedFile } from "../../../../scripts/render/model";
import type { Manifests } from "../../../../scripts/render/port";
import { ROOT } from "../../../policies/repository";

const host = createHost();

/** A checkout of its own: what rendering reads, nothing else. */
function checkout(): { root: string; manifests: Manifests } {
  const root = mkdtempSync(path.join(tmpdir(), "ops-render-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const name of ["k8s", "policies", "runbooks", "stacks"]) {
    cpSync(path.join(ROOT, name), path.join(root, name), {
      recursive: true,
      filter: (file) => !file.includes("k8s/rendered"),
    });
  }
  symlinkSync(path.join(ROOT, "node_modules"), path.join(root, "node_modules"));
  return { root, manifests: createManifests(host, root) };
}

let dr: RenderedFile[] = [];
beforeAll(async () => {
  dr = await createManifests(host, ROOT).render(["dr"]);
});

describe("rendered files", () => {
  it("are written, read back and removed; nothing else is touched", async () => {
    const { root, manifests } = checkout();
    const other = path.join(root, "k8s/rendered/prod/kept.yaml");
    mkdirSync(path.dirname(other), { recursive: true });
    writeFileSync(other, "kept\n");
    await manifests.write(dr, []);
    const committed = await manifests.committed(["dr"]);
    expect([...committed]).toEqual(dr.map(({ path: file, text }) => [file, text]));
    const [first, ...rest] = dr;
    await manifests.write([], [first!.path]);
    expect((await manifests.committed(["dr"])).size).toBe(rest.length);
    expect(existsSync(path.join(root, first!.path))).toBe(false);
    expect(readFileSync(other, "utf8")).toBe("kept\n");
    expect((await manifests.committed(["staging"])).size).toBe(0);
  });

  it("are read from another commit, whatever lies in the working tree", async () => {
    const { root, manifests } = checkout();
    const git = (...args: string[]): string =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
        cwd: root,
        encoding: "utf8",
      });
    git("init", "-q");
    await manifests.write(dr, []);
    const odd = "k8s/rendered/dr/web/configmap-课程.yaml"; // a name and a text that are no ASCII
    await manifests.write([{ environment: "dr", app: "web", path: odd, text: "名: 课程\n" }], []);
    git("add", "k8s/rendered");
    git("commit", "-qm", "one");
    await manifests.write([{ ...dr[0]!, text: "changed: true\n" }], [odd]);
    const { commit, files } = await manifests.committedAt("HEAD", ["dr", "staging"]);
    expect(commit).toBe(git("rev-parse", "HEAD").trim());
    expect(files.size).toBe(dr.length + 1);
    expect(files.get(odd)).toBe("名: 课程\n");
    for (const { path: file, text } of dr) expect(files.get(file)).toBe(text);
    expect((await manifests.committedAt("HEAD", ["staging"])).files.size).toBe(0);
    await expect(manifests.committedAt("--upload-pack=x", ["dr"])).rejects.toThrow(
      "does not know the commit",
    );
  });
});

describe("a release file that is wrong", () => {
  it.each<[string, (text: string) => string, string]>([
    [
      "a tag for a digest",
      (text) => text.replace(/digest: sha256:\w+/, "digest: v1.0.0"),
      ":8:13: digest: found",
    ],
    ["an image with a tag", (text) => text.replace(/(image: \S+)/, "$1:latest"), ":7:12: image: found"],
    [
      "a version that is none",
      (text) => text.replace("version: 1.0.0", "version: v1"),
      ":6:14: version: found",
    ],
    ["an app that nobody knows", (text) => text.replace("  ops:", "  opps:"), 'did you mean "ops"?'],
    ["a missing app", (text) => text.slice(0, text.indexOf("  ops:")), "no version of ops"],
    [
      "another environment",
      (text) => text.replace("environment: dr", "environment: prod"),
      'environment: found "prod"',
    ],
  ])("is refused with its place: %s", async (_, damage, message) => {
    const { root, manifests } = checkout();
    const file = path.join(root, "k8s/releases/dr.yaml");
    writeFileSync(file, damage(readFileSync(file, "utf8")));
    const error: unknown = await manifests.render(["dr"]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeclarationError);
    expect(String(error)).toContain("k8s/releases/dr.yaml:");
    expect(String(error)).toContain(message);
  });
});

describe("a builder that is wrong", () => {
  const app = (name: string, objects: string): string =>
    `export default { name: "${name}", project: "workloads", namespace: "learning", summary: "x", objects: () => ${objects} };\n`;
  const object = '{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "learning" } }';

  it.each<[string, string, string, string]>([
    [
      "two objects of one name",
      "twice",
      app("twice", `[${object}, ${object}]`),
      "two objects would be written to k8s/rendered/dr/twice/configmap-x.yaml",
    ],
    [
      "what is no data",
      "odd",
      app("odd", '[{ apiVersion: "v1", kind: "X", metadata: { name: "x" }, at: new Date(0) }]'),
      "odd cannot be rendered for dr: at is not plain data",
    ],
    [
      "what it throws",
      "broken",
      app("broken", '(() => { throw new Error("no such size"); })()'),
      "broken cannot be rendered for dr: no such size",
    ],
    ["another name than its file's", "named", app("other", "[]"), "declares other"],
  ])("is named: %s", async (_, name, source, message) => {
    const { root, manifests } = checkout();
    writeFileSync(path.join(root, `k8s/apps/${name}.ts`), source);
    const error: unknown = await manifests.render(["dr"]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpsError);
    expect(String(error)).toContain(message);
  });
});
