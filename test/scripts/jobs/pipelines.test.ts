// The jobs that pipelines end in, by the real command: comment, issue and roster. GitHub is the stand-in under test/github.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadRoster } from "../../../policies/service/roster";
import { peopleAreReal } from "../../../scripts/jobs/roster";
import { sectionMark } from "../../../scripts/pipeline/comment";
import { ROOT } from "../../github/repository";
import { type StandIn, standIn } from "../../github/stand-in";

let github: StandIn;
let home: string;
let summary: string;
beforeAll(async () => {
  github = await standIn();
  home = mkdtempSync(path.join(tmpdir(), "ops-jobs-"));
  summary = path.join(home, "summary.md");
  writeFileSync(summary, `${sectionMark("plan")}\n## Plan\n\none change\n`);
});
afterAll(async () => {
  await github.close();
  rmSync(home, { recursive: true });
});

interface Result {
  code: number | null;
  output: string;
}

function ops(words: readonly string[], more: Record<string, string> = {}): Promise<Result> {
  const env = { ...process.env, NO_COLOR: "1", OPS_HOME: home, OPS_STATE: home, GITHUB_ACTIONS: "", ...more };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(ROOT, "ops"), ...words], {
      cwd: ROOT,
      env,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => (output += String(chunk)));
    child.on("close", (code) => resolve({ code, output }));
  });
}

describe("ops comment", () => {
  it("prints what it would post", async () => {
    const { code, output } = await ops(["comment", "--from", summary]);
    expect(code).toBe(0);
    expect(output).toContain("<b>Plan</b>");
    expect(github.requests).toEqual([]);
  });

  it("posts one comment and replaces it", async () => {
    for (const _ of [1, 2]) {
      const { code, output } = await ops(["comment", "--from", summary, "--post", "12"], github.env);
      expect(code, output).toBe(0);
    }
    expect(github.comments.map(({ issue }) => issue)).toEqual([12]);
  });

  it("fails when it may not, and shows no token", async () => {
    const { code, output } = await ops(["comment", "--from", summary, "--post", "12"], {
      ...github.env,
      GITHUB_TOKEN: "wrong-token",
    });
    expect(code).toBe(18);
    expect(output).not.toContain("wrong-token");
  });

  it("says what is missing", async () => {
    expect((await ops(["comment", "--from", path.join(home, "none.md")])).code).toBe(2);
  });
});

describe("ops issue", () => {
  it("opens one issue for many nights, with its level", async () => {
    for (const _ of [1, 2]) {
      const { code } = await ops(
        ["issue", "Nightly failed", "--level", "P2", "--from", summary, "--env", "prod"],
        github.env,
      );
      expect(code).toBe(0);
    }
    expect(github.issues.map(({ title, labels }) => ({ title, labels }))).toEqual([
      { title: "Nightly failed", labels: ["P2", "prod"] },
    ]);
    expect(github.issues[0]?.body).toContain("Nightly failed (prod)");
  });

  it("only prints on a laptop, and fails on GitHub without a token: nobody would hear of it", async () => {
    const words = ["issue", "Nightly failed", "--from", summary];
    const none = { GITHUB_TOKEN: "", GITHUB_REPOSITORY: "" };
    expect((await ops(words, none)).output).toContain("the issue is only printed");
    expect((await ops(words, { ...none, GITHUB_ACTIONS: "true" })).code).toBe(18);
  });
});

describe("ops roster", () => {
  it("shows who answers and proves the coming weeks", async () => {
    const gathered = path.join(home, "gathered.md");
    const { code, output } = await ops(["roster"], { OPS_SUMMARY: gathered });
    expect(code, output).toBe(0);
    expect(output).toMatch(/Now {6}[a-z]+-[a-z]+, then/);
    expect(output).toContain("Verdict   pass");
    expect(readFileSync(gathered, "utf8")).toContain("every-hour-covered");
  });

  it("leaves nothing in an environment that no platform is declared for", async () => {
    expect((await ops(["roster", "--env", "prod"])).code).toBe(12);
  });

  it.each([
    ["sandbox", "not-applicable"],
    ["prod", "inconclusive"],
  ])("its example people prove nothing outside the sandbox: in %s %s", (environment, verdict) => {
    expect(peopleAreReal({ roster: loadRoster(ROOT), environment })).toMatchObject({
      verdict,
      detail: expect.stringContaining("hold example data"),
    });
  });

  it.each([
    ["chen-jing", 0],
    ["he-xin", 1],
    ["nobody", 1],
  ])("says whether %s may approve", async (name, expected) => {
    expect((await ops(["roster", "--approver", name])).code).toBe(expected);
  });
});

it("a job that fails says at the end, too, what it acted on", async () => {
  const words = ["evidence", "show", "999", "--env", "prod"];
  expect((await ops(words)).output.trim().split("\n").at(-1)).toBe(
    "Failed on  environment prod, no platform of its own",
  );
  const { output } = await ops([...words, "--json"]);
  expect(output).toMatch(/"type":"error",.*"environment":"prod","platform":"-"/);
});

it("below `ops ci` no job reaches an environment that it was not confined to", async () => {
  const { code, output } = await ops(["verify", "--dry-run"], { OPS_CONFINED: "elsewhere" });
  expect(code).toBe(2);
  expect(output).toContain("sandbox is out of reach here");
});

it("`ops ci` alone says which workflows can run here, and what keeps the others from it", async () => {
  const { code, output } = await ops(["ci"]);
  expect(code, output).toBe(0);
  expect(output).toMatch(/dr-drill .*yes/);
  expect(output).toMatch(/deploy .*no: staging-network/);
});

it("what a pull request would be told of the manifests: what is committed is what the builders say", async () => {
  const { code, output } = await ops(["render", "--check"]);
  expect(code, output).toBe(0);
});
