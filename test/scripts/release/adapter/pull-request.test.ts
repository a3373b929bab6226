// Releases by pull request: real git with a bare repository as remote, and a strict stand-in for GitHub that merges in it.
import { describe, expect, it, onTestFinished } from "vitest";
import { parseRelease, writeRelease } from "../../../../policies/service/releases";
import type { Clock } from "../../../../scripts/core/clock";
import { createGitHubClient } from "../../../../scripts/pipeline/adapter/github/client";
import { createPullRequests } from "../../../../scripts/pipeline/adapter/github/pulls";
import { createPullRequestReleases } from "../../../../scripts/release/adapter/pull-request";
import { createGitReleases } from "../../../../scripts/release/adapter/releases";
import { releasedChangesets, releaseMessage, trailers } from "../../../../scripts/release/history";
import { type StandIn, standIn } from "../../../github/stand-in";
import { mergePull } from "../../../github/stand-in-pulls";
import { type Clone, makeRemote, type Remote } from "./remote";
import { waiting } from "./waiting";

const FILE = "k8s/releases/prod.yaml";
const APPS = [
  "learning-web",
  "mobile-api",
  "wechat-gateway",
  "worker-sms",
  "worker-invoice",
  "worker-payment",
  "worker-transcode",
  "ops",
] as const;
const PROD = `environment: prod\napps:\n${APPS.map(
  (app) =>
    `  ${app}:\n    version: 1.0.0\n    image: registry.example/netedu/${app}\n    digest: sha256:${"a".repeat(64)}\n`,
).join("")}`;

interface Fixture {
  remote: Remote;
  github: StandIn;
  li: Clone;
  wang: Clone;
}

async function fixture(): Promise<Fixture> {
  const remote = makeRemote({ [FILE]: PROD });
  const github = await standIn(remote.url);
  onTestFinished(() => github.close());
  return { remote, github, li: remote.clone("li"), wang: remote.clone("wang") };
}

async function prepare({ github }: Fixture, place: Clone, version: string, clock: Clock) {
  const releases = createPullRequestReleases({
    place,
    pulls: createPullRequests(createGitHubClient(github.env)),
    clock,
  });
  const { commit: base, text } = await releases.current("prod");
  const release = parseRelease("prod", text);
  const changed = { ...release.apps["learning-web"]!, version };
  const commit = await releases.commit({
    environment: "prod",
    base,
    text: writeRelease(text, { ...release, apps: { ...release.apps, "learning-web": changed } }),
    rendered: [{ path: "k8s/rendered/prod/learning-web/rollout.yaml", text: `version: ${version}\n` }],
    message: releaseMessage({
      subject: `Release learning-web ${version} to prod`,
      notes: "- Something",
      environment: "prod",
      digest: `sha256:${version}`,
      changesets: [`change-${version}`],
      overrides: [],
      signOff: "li <li@example.org>",
    }),
  });
  const notes: string[] = [];
  const propose = (branch: string, more: { signal?: AbortSignal; withinSeconds?: number } = {}) =>
    releases.propose({
      commit,
      environment: "prod",
      branch,
      signal: new AbortController().signal,
      onNote: (text) => notes.push(text),
      ...more,
    });
  return { releases, base, commit, propose, notes };
}

const onMain = ({ li }: Fixture, file = FILE): string => {
  li.run("fetch", "--quiet", "origin");
  return li.run("show", `origin/main:${file}`);
};

describe("a release by pull request", () => {
  it.each(["merge", "squash"] as const)("waits until others %s it; its memory goes along", async (how) => {
    const all = await fixture();
    const { github } = all;
    const clock = waiting(
      () => {},
      () => void mergePull(github, github.pulls[0]!.number, how),
    );
    const { propose, releases, notes } = await prepare(all, all.li, "1.1.0", clock);
    const { branch, url, merged } = await propose("release/prod-1");
    const [pull] = github.pulls;
    expect(pull).toMatchObject({ title: "Release learning-web 1.1.0 to prod", base: "main" });
    expect(trailers(pull!.body, "Release-Digest")).toEqual(["sha256:1.1.0"]);
    expect({ branch, url }).toEqual({
      branch: "release/prod-1",
      url: expect.stringContaining(String(github.pulls[0]!.number)),
    });
    expect(clock.waited()).toBe(30);
    expect(notes).toEqual([
      expect.stringMatching(/waits to be reviewed/),
      expect.stringMatching(/is blocked/),
    ]);
    expect(onMain(all)).toContain("version: 1.1.0");
    expect(onMain(all, "k8s/rendered/prod/learning-web/rollout.yaml")).toBe("version: 1.1.0");
    expect((await releases.current("prod")).commit).toBe(merged);
    expect(releasedChangesets(await releases.history("prod"))).toEqual(new Set(["change-1.1.0"]));
  });

  it("pushes nothing to the main branch itself, and refuses when it is asked to", async () => {
    const all = await fixture();
    const { propose, commit, base } = await prepare(all, all.li, "1.1.0", waiting());
    await expect(propose("release/prod-1", { withinSeconds: 60 })).rejects.toMatchObject({ exit: "timeout" });
    expect(all.li.run("ls-remote", "origin", "main")).toContain(base);
    const direct = createGitReleases(all.li).propose({
      commit,
      environment: "prod",
      branch: "release/prod-2",
      signal: new AbortController().signal,
      onNote: () => {},
    });
    await expect(direct).rejects.toMatchObject({
      exit: "gate",
      message: expect.stringMatching(/nothing is pushed to main for prod/),
    });
    await expect(propose("main")).rejects.toMatchObject({ exit: "internal" });
    await expect(propose("release/staging-1")).rejects.toMatchObject({ exit: "internal" });
  });

  it("finds the pull request of an earlier run that was killed, and goes on waiting", async () => {
    const all = await fixture();
    const first = await prepare(all, all.li, "1.1.0", waiting());
    await expect(first.propose("release/prod-1", { withinSeconds: 0 })).rejects.toMatchObject({
      exit: "timeout",
    });
    const merge = () => void mergePull(all.github, all.github.pulls[0]!.number);
    const again = await prepare(all, all.wang, "1.1.0", waiting(merge));
    const { branch } = await again.propose("release/prod-2");
    expect(branch).toBe("release/prod-1");
    expect(all.github.pulls).toHaveLength(1);
    expect(again.notes[0]).toMatch(/asks for it already/);
  });

  it("opens one when the answer to opening was lost", async () => {
    const all = await fixture();
    const { propose, commit } = await prepare(all, all.li, "1.1.0", waiting());
    all.li.run("push", "--quiet", "origin", `${commit}:refs/heads/release/prod-1`);
    const pulls = createPullRequests(createGitHubClient(all.github.env));
    const request = { branch: "release/prod-1", base: "main", title: "t", body: "b" };
    expect((await pulls.open(request)).number).toBe((await pulls.open(request)).number);
    await expect(pulls.open({ ...request, branch: "nowhere" })).rejects.toMatchObject({
      exit: "unavailable",
    });
    await expect(propose("release/prod-1", { withinSeconds: 0 })).rejects.toMatchObject({ exit: "timeout" });
    expect(all.github.pulls).toHaveLength(1);
  });

  it("of two at once one wins and the other is told by whom it was overtaken", async () => {
    const all = await fixture();
    const merge = () =>
      void mergePull(all.github, all.github.pulls.find(({ state }) => state === "open")!.number);
    const [first, second] = [
      await prepare(
        all,
        all.li,
        "1.1.0",
        waiting(() => {}, merge),
      ),
      await prepare(
        all,
        all.wang,
        "1.2.0",
        waiting(() => {}, merge),
      ),
    ];
    const results = await Promise.allSettled([
      first.propose("release/prod-a"),
      second.propose("release/prod-b"),
    ]);
    const lost = results.filter((result) => result.status === "rejected");
    expect(lost).toHaveLength(1);
    expect(lost[0]!.reason).toMatchObject({
      exit: "conflict",
      message: expect.stringMatching(/#\d+ by pipeline/),
    });
    const winner = results[0]!.status === "fulfilled" ? "1.1.0" : "1.2.0";
    expect(onMain(all)).toContain(`version: ${winner}`);
    // The loser leaves neither a branch nor an open pull request behind.
    expect(all.github.pulls.filter(({ state }) => state === "open")).toEqual([]);
    expect(all.li.run("ls-remote", "origin", "release/*").split("\n")).toHaveLength(1);
  });

  it("withdraws when somebody changes the environment meanwhile, and says who", async () => {
    const all = await fixture();
    const change = () => {
      all.wang.run("pull", "--quiet", "origin", "main");
      all.wang.run("rm", "--quiet", FILE);
      all.wang.run("commit", "--quiet", "-m", "By hand");
      all.wang.run("push", "--quiet", "origin", "HEAD:main");
    };
    const { propose } = await prepare(all, all.li, "1.1.0", waiting(change));
    await expect(propose("release/prod-1")).rejects.toMatchObject({ exit: "conflict" });
    expect(all.github.pulls[0]!.state).toBe("closed");
    expect(all.github.comments[0]!.body).toMatch(/changed by somebody else meanwhile/);
  });

  it("is refused when somebody closes it, and when what is merged is something else", async () => {
    const all = await fixture();
    const close = () => void Object.assign(all.github.pulls[0]!, { state: "closed" });
    const closed = await prepare(all, all.li, "1.1.0", waiting(close));
    await expect(closed.propose("release/prod-1")).rejects.toMatchObject({ exit: "gate" });

    const tamper = () => {
      all.wang.run("fetch", "--quiet", "origin", "release/prod-2");
      all.wang.run("checkout", "--quiet", "--detach", "FETCH_HEAD");
      all.wang.run("rm", "--quiet", FILE);
      all.wang.run("commit", "--quiet", "-m", "One thing more");
      all.wang.run("push", "--quiet", "origin", "HEAD:release/prod-2");
      mergePull(all.github, all.github.pulls[1]!.number);
    };
    const other = await prepare(all, all.li, "1.2.0", waiting(tamper));
    await expect(other.propose("release/prod-2")).rejects.toMatchObject({
      exit: "conflict",
      message: expect.stringContaining("does not declare what it asked for"),
    });
  });

  it("a rollback does not wait for a release that nobody has merged", async () => {
    const all = await fixture();
    const release = await prepare(all, all.li, "1.1.0", waiting());
    await expect(release.propose("release/prod-1", { withinSeconds: 0 })).rejects.toMatchObject({
      exit: "timeout",
    });
    const merge = () => void mergePull(all.github, all.github.pulls[1]!.number);
    const back = await prepare(all, all.wang, "0.9.0", waiting(merge));
    await back.propose("rollback/prod-1");
    expect(onMain(all)).toContain("version: 0.9.0");
  });

  it("ignores what a fork calls its branches", async () => {
    const all = await fixture();
    const strange = {
      head: "release/prod-9",
      base: "main",
      title: "t",
      body: "",
      author: "eve",
      from: "eve/fork",
    };
    all.github.pulls.push({ ...strange, number: 1, state: "open", merged: null });
    const merge = () => void mergePull(all.github, all.github.pulls[1]!.number);
    const { propose } = await prepare(all, all.li, "1.1.0", waiting(merge));
    expect((await propose("release/prod-1")).branch).toBe("release/prod-1");
  });

  it("interrupted, it says that the pull request stays", async () => {
    const all = await fixture();
    const controller = new AbortController();
    const { propose } = await prepare(
      all,
      all.li,
      "1.1.0",
      waiting(() => controller.abort(new Error("Ctrl-C"))),
    );
    await expect(propose("release/prod-1", { signal: controller.signal })).rejects.toMatchObject({
      exit: "interrupted",
      message: expect.stringMatching(/#\d+ stays open/),
      todo: expect.any(String),
    });
    expect(all.github.pulls[0]!.state).toBe("open");
  });

  it("bears a GitHub that is away for a while, not one that stays away; and needs a token", async () => {
    const all = await fixture();
    const { commit } = await prepare(all, all.li, "1.1.0", waiting());
    const pulls = createPullRequests(createGitHubClient(all.github.env));
    const nowhere = createPullRequests(
      createGitHubClient({ ...all.github.env, GITHUB_API_URL: "http://127.0.0.1:9" }, 1),
    );
    const propose = (given: typeof pulls, ...meanwhile: (() => void)[]) =>
      createPullRequestReleases({ place: all.li, pulls: given, clock: waiting(...meanwhile) }).propose({
        commit,
        environment: "prod",
        branch: "release/prod-1",
        signal: new AbortController().signal,
        onNote: () => {},
      });
    const away = (times: number): typeof pulls => {
      let left = times;
      return { ...pulls, read: (number) => (left-- > 0 ? nowhere : pulls).read(number) };
    };
    await expect(propose(createPullRequests(createGitHubClient({})))).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringContaining("there is no token"),
    });
    await expect(propose(away(100))).rejects.toMatchObject({ exit: "unavailable" });
    const merge = () => void mergePull(all.github, all.github.pulls[0]!.number);
    expect((await propose(away(2), () => {}, merge)).branch).toBe("release/prod-1");
  });
});
