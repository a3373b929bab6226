// The image of the operation's own jobs: linted, pinned, rootless, and complete. No container engine is at hand: it is not built.
import { existsSync } from "node:fs";
import path from "node:path";
import { validate } from "dockerfile-utils";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { POD_SECURITY } from "../../k8s/parts/pod";
import { ROOT, read } from "../policies/repository";

const FILE = read("k8s/ops-image/Dockerfile");
/** Logical lines: comments away, continuations joined. */
const LINES = FILE.replace(/^#.*\n/gm, "")
  .replace(/\\\n/g, " ")
  .split("\n")
  .map((line) => line.replace(/\s+/g, " ").trim())
  .filter(Boolean);
const instructions = (name: string): string[] =>
  LINES.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

/** What it copies from the repository. */
const COPIED = instructions("COPY")
  .filter((line) => !line.startsWith("--from="))
  .flatMap((line) => line.split(" ").slice(0, -1));

describe("the ops image", () => {
  it("has nothing that the linter objects to", () => {
    const messages = validate(FILE).map(({ message, range }) => `${range.start.line + 1}: ${message}`);
    expect(messages).toEqual([]);
    // The same linter does object.
    expect(validate(`${FILE}\nENTRYPOINT ["a"]\nEXPOSE nowhere\n`).length).toBeGreaterThan(0);
  });

  it("is made in stages from one base, pinned by version and digest", () => {
    const bases = instructions("FROM").map((line) => line.split(" ")[0]!);
    expect(bases).toHaveLength(2);
    for (const base of bases) expect(base).toMatch(/^node:\d+\.\d+\.\d+-[a-z-]+@sha256:[0-9a-f]{64}$/);
    expect(new Set(bases).size).toBe(1);
  });

  it("runs as the user that pods demand, which has a name", () => {
    const [user] = instructions("USER").slice(-1);
    expect(user).toBe(`${POD_SECURITY.runAsUser}:${POD_SECURITY.runAsGroup}`);
    expect(FILE).toContain(`useradd --uid ${POD_SECURITY.runAsUser}`);
    expect(LINES.findIndex((line) => line.startsWith("USER "))).toBeGreaterThan(
      LINES.findLastIndex((line) => line.startsWith("RUN ")),
    );
  });

  it("has the PostgreSQL that production runs", () => {
    const { config } = load(read("stacks/config/Pulumi.prod-data.yaml")) as {
      config: { "netedu:postgres": { version: string } };
    };
    const major = config["netedu:postgres"].version.split(".")[0];
    expect(FILE).toContain(` postgresql-${major} postgresql-client-${major} `);
    expect(FILE).toContain(" pgbackrest ");
  });

  it("copies what exists and what .dockerignore lets in, and nothing else", () => {
    expect(COPIED.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
    const ignore = read(".dockerignore").split("\n");
    expect(ignore.find((line) => line && !line.startsWith("#"))).toBe("*");
    const admitted = ignore.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    expect(admitted.sort()).toEqual([...new Set(COPIED)].sort());
  });

  it("starts what CronJobs give arguments to", () => {
    const [entry] = instructions("ENTRYPOINT");
    const [program, script] = JSON.parse(entry!) as string[];
    expect(program).toBe("node");
    expect(existsSync(path.join(ROOT, script!))).toBe(true);
  });
});
