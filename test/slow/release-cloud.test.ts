// A release outside the sandbox from end to end: the real `ops`, real git with a bare repository as remote, and strict stand-ins for
// GitHub, registry and cluster. Nothing of the cloud itself is proven by it.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../scripts/core/errors";
import { approvalText } from "../../scripts/release/override";
import { follow } from "../cluster/controller";
import { type ClusterStandIn, clusterStandIn } from "../cluster/stand-in";
import { type Checkout, makeCheckout, withoutFreezes } from "../e2e/checkout";
import { type StandIn, standIn } from "../github/stand-in";
import { mergePull } from "../github/stand-in-pulls";
import { type RegistryStandIn, registryStandIn } from "../registry/stand-in";

const place = mkdtempSync("/tmp/opsr-");
const remote = path.join(place, "remote.git");
const env: NodeJS.ProcessEnv = { DOCKER_CONFIG: place };
const clusters: Partial<Record<string, ClusterStandIn>> = {};
let checkout: Checkout;
let github: StandIn;
let registry: RegistryStandIn;
/** Others, who merge whatever waits. */
let others: NodeJS.Timeout;

const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=seed", "-c", "user.email=seed@example.org", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

const PLATFORM = (environment: string): string => `name: ${environment}
environment: ${environment}
summary: A platform that nobody asks anything in this test
database: { host: /nowhere }
backups: { stanza: x, config: /nowhere/pgbackrest.conf }
schedule: { from: "02:00", to: "02:01" }
restoreWindow: { days: 7 }
copies: ${place}/copies
`;

beforeAll(async () => {
  registry = await registryStandIn();
  registry.push("netedu/learning-web", "1.0.0");
  registry.push("netedu/learning-web", "1.1.0");
  registry.push("netedu/learning-web", "1.2.0");
  writeFileSync(
    `${place}/config.json`,
    JSON.stringify({ auths: { [registry.host]: { auth: registry.auth } } }),
  );
  git(place, "init", "--quiet", "--bare", "--initial-branch=main", remote);
  github = await standIn(remote);
  checkout = makeCheckout("", env);
  withoutFreezes(checkout);
  for (const environment of ["staging", "prod"]) {
    checkout.write(`policies/service/platforms/${environment}.yaml`, PLATFORM(environment));
    const file = `k8s/releases/${environment}.yaml`;
    const text = readFileSync(path.join(checkout.root, file), "utf8");
    checkout.write(file, text.replaceAll("registry.example/", `${registry.host}/`));
    const cluster = await clusterStandIn();
    follow(cluster, { remote, environment, wanting: (version) => version === "1.2.0" });
    clusters[environment] = cluster;
  }
  const roster = readFileSync(path.join(checkout.root, "policies/service/roster.yaml"), "utf8");
  const accounts = roster
    .replace("  - name: li-ming\n", "  - name: li-ming\n    github: li\n")
    .replace("  - name: wang-fang\n", "  - name: wang-fang\n    github: wang\n");
  checkout.write("policies/service/roster.yaml", accounts);
  mkdirSync(path.join(checkout.root, ".changeset"), { recursive: true });
  checkout.write(".changeset/quick-cats.md", '---\n"learning-web": minor\n---\n\nCourses load faster.\n');
  const rendered = await checkout.ops("render");
  expect(rendered.code, rendered.stderr).toBe(0);
  git(checkout.root, "init", "--quiet", "--initial-branch=main");
  git(checkout.root, "add", "-A");
  git(checkout.root, "commit", "--quiet", "-m", "The first");
  git(checkout.root, "remote", "add", "origin", remote);
  git(checkout.root, "push", "--quiet", "origin", "main");
  Object.assign(env, github.env, {
    GITHUB_ACTIONS: "true",
    GITHUB_RUN_ID: "7",
    GITHUB_ACTOR: "li",
    GITHUB_SERVER_URL: "https://github.example",
  });
  const workflow = ".github/workflows/release.yaml@refs/heads/main";
  github.runs.push({ id: 7, status: "in_progress", path: workflow, startedBy: "li", approvals: [] });
  others = setInterval(() => {
    for (const pull of github.pulls) if (pull.state === "open") mergePull(github, pull.number, "squash");
  }, 3000);
}, 120_000);

afterAll(async () => {
  clearInterval(others);
  await checkout.remove();
  await Promise.all([github, registry, ...Object.values(clusters)].map((one) => one?.close()));
  rmSync(place, { recursive: true, force: true });
});

type Result = Awaited<ReturnType<Checkout["json"]>>;

function run(environment: string, ...args: string[]): Promise<Result> {
  env.KUBECONFIG = clusters[environment]!.kubeconfig;
  return checkout.json("release", ...args, "--env", environment);
}

/** The second person lets the run into the environment, with the text for every gate that is closed. */
async function approved(environment: string, ...plan: string[]): Promise<string[]> {
  const { result } = await run(environment, "plan", ...plan);
  const { digest, stopped } = result.json as { digest: string; stopped: string[] };
  expect(stopped).toContain("verified-backup");
  const gates = stopped.map((gate) => approvalText(gate, digest).split("\n")[0]).join("\n");
  const comment = `Looked at it.\n\n${gates}\nRelease-Digest: ${digest}`;
  const review = { state: "approved", comment, environments: [`${environment}-release`], account: "wang" };
  github.runs[0]!.approvals = [review];
  return ["--override", stopped.join(","), "--reason", "what a test cannot have"];
}

const declared = (environment: string): string | undefined =>
  /learning-web:\n {4}version: (.*)/.exec(git(remote, "show", `main:k8s/releases/${environment}.yaml`))?.[1];

const check = ({ result }: Result, name: string) =>
  (result.checks as { name: string; verdict: string; detail: string }[]).find((one) => one.name === name);

describe("ops release outside the sandbox", () => {
  it("refuses a version that the registry has not, and tells which it has", async () => {
    const { code, result } = await run("staging", "ship", "learning-web=9.9.9");
    expect(code).toBe(EXIT.unknownTarget.code);
    expect(JSON.stringify(result)).toContain("1.0.0, 1.1.0, 1.2.0");
  });

  it("has nothing to promote before staging runs something else", async () => {
    expect((await run("prod", "promote")).code).toBe(EXIT.usage.code);
    expect((await run("prod", "ship", "learning-web=1.1.0")).code).toBe(EXIT.usage.code);
  });

  it("refuses an override that nobody reviewed", async () => {
    const args = ["--override", "verified-backup", "--reason", "approved by wang-fang"];
    const { code } = await run("staging", "ship", "learning-web=1.1.0", ...args);
    expect(code).toBe(EXIT.gate.code);
    expect(github.pulls).toEqual([]);
  });

  it("ships to staging by a pull request that others merge, and sees it healthy", async () => {
    const override = await approved("staging", "learning-web=1.1.0");
    const found = await run("staging", "ship", "learning-web=1.1.0", ...override);
    expect(found.code, JSON.stringify(found.result)).toBe(0);
    expect(check(found, "rollout")).toMatchObject({ verdict: "pass" });
    expect(check(found, "verified-backup")?.detail).toMatch(/overridden.*approved by wang-fang/);
    expect(found.result.facts).toMatchObject({ pullRequest: expect.stringContaining("/pull/") });
    expect(declared("staging")).toBe("1.1.0");
    expect(git(remote, "show", "main:k8s/rendered/staging/learning-web/rollout-learning-web.yaml")).toContain(
      "1.1.0",
    );
    expect(github.pulls).toMatchObject([
      { head: expect.stringMatching(/^release\/staging-/), title: expect.any(String) },
    ]);
  }, 180_000);

  it("promotes what staging runs, and the gate staged-before says so", async () => {
    const found = await run("prod", "promote", ...(await approved("prod")));
    expect(found.code, JSON.stringify(found.result)).toBe(0);
    expect(check(found, "staged-before")).toMatchObject({
      verdict: "pass",
      detail: "staging runs the same digests",
    });
    expect(declared("prod")).toBe("1.1.0");
    const { result } = await run("prod", "status");
    const apps = (result.json as { apps: { app: string; health: string; serving?: string }[] }).apps;
    expect(apps.find(({ app }) => app === "learning-web")).toMatchObject({
      serving: "1.1.0",
      health: "healthy",
    });
  }, 180_000);

  it("reverts by a pull request what the analysis aborted", async () => {
    const override = await approved("staging", "learning-web=1.2.0");
    const found = await run("staging", "ship", "learning-web=1.2.0", ...override);
    expect(found.code, JSON.stringify(found.result)).toBe(EXIT.aborted.code);
    expect(check(found, "rollout-interactive-average")).toMatchObject({ verdict: "fail" });
    expect(check(found, "git-restored")).toMatchObject({ verdict: "pass" });
    expect(declared("staging")).toBe("1.1.0");
    expect(github.pulls.at(-1)!.head).toMatch(/^rollback\/staging-/);
    expect((await run("staging", "notes", "learning-web=1.2.0")).code).toBe(0);
  }, 240_000);

  it("rolls back in one command", async () => {
    const found = await run("prod", "rollback");
    expect(found.code, JSON.stringify(found.result)).toBe(0);
    expect(declared("prod")).toBe("1.0.0");
  }, 180_000);
});
