import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseRelease, writeRelease } from "../../../../policies/service/releases";
import { createGitReleases } from "../../../../scripts/release/adapter/releases";
import { releasedChangesets, releaseMessage, restorable } from "../../../../scripts/release/history";
import { type Clone, makeRemote, RELEASE } from "./remote";

const quiet = { signal: new AbortController().signal, onNote: () => {} };

function message(subject: string, changesets: string[] = [], restores?: string): string {
  return releaseMessage({
    subject,
    notes: "## learning-web 1.1.0\n\n- Something",
    environment: "sandbox",
    digest: `sha256:${"d".repeat(64)}`,
    changesets,
    ...(restores ? { restores } : {}),
    overrides: [],
    signOff: "x <x@example.org>",
  });
}

function withVersion(text: string, version: string): string {
  const release = parseRelease("sandbox", text);
  const app = { ...release.apps["learning-web"]!, version };
  return writeRelease(text, { ...release, apps: { "learning-web": app } });
}

async function prepare(clone: Clone, version: string, changesets: string[] = []) {
  const releases = createGitReleases(clone);
  const { commit: base, text } = await releases.current("sandbox");
  const commit = await releases.commit({
    environment: "sandbox",
    base,
    text: withVersion(text, version),
    message: message(`Release ${version}`, changesets),
  });
  const propose = (branch: string) => releases.propose({ commit, environment: "sandbox", branch, ...quiet });
  return { releases, base, commit, propose };
}

describe("a release in git", () => {
  it("is one signed-off commit that changes one file, on a branch and on main, and touches no working tree", async () => {
    const clone = makeRemote().clone("li");
    writeFileSync(`${clone.directory}/k8s/releases/sandbox.yaml`, "being edited");
    const { propose, base, commit } = await prepare(clone, "1.1.0");
    expect(await propose("release/sandbox/1")).toEqual({
      branch: "release/sandbox/1",
      url: undefined,
      merged: commit,
    });
    expect(
      clone.run("ls-remote", "origin", "main", "release/sandbox/1").match(new RegExp(commit, "g")),
    ).toHaveLength(2);
    expect(clone.run("diff", "--name-only", base, commit)).toBe("k8s/releases/sandbox.yaml");
    expect(clone.run("diff", "--numstat", base, commit)).toMatch(/^1\t1\t/);
    expect(clone.run("show", "-s", "--format=%(trailers:key=Signed-off-by,valueonly)", commit)).toBe(
      "x <x@example.org>",
    );
    expect(clone.run("status", "--porcelain")).toBe("M k8s/releases/sandbox.yaml");
  });

  it("of two at once one wins and the other is told by whom it was overtaken", async () => {
    const remote = makeRemote();
    const [li, wang] = [remote.clone("li"), remote.clone("wang")];
    const [first, second] = [await prepare(li, "1.1.0"), await prepare(wang, "1.2.0")];
    const results = await Promise.allSettled([first.propose("release/a"), second.propose("release/b")]);
    const lost = results.filter((result) => result.status === "rejected");
    expect(lost).toHaveLength(1);
    const winner = results[0]!.status === "fulfilled" ? "li: Release 1.1.0" : "wang: Release 1.2.0";
    expect(lost[0]!.reason).toMatchObject({ exit: "conflict", message: expect.stringContaining(winner) });
    // Atomic: the loser leaves no branch behind.
    expect(li.run("ls-remote", "origin", "release/*").split("\n")).toHaveLength(1);
  });

  it("keeps its memory in the commits: what was released, what to go back to", async () => {
    const clone = makeRemote().clone("li");
    const one = await prepare(clone, "1.1.0", ["a", "b"]);
    await one.propose("release/1");
    const two = await prepare(clone, "1.2.0", ["c"]);
    await two.propose("release/2");
    const history = await two.releases.history("sandbox");
    expect(history.map(({ release }) => release.apps["learning-web"]?.version)).toEqual([
      "1.2.0",
      "1.1.0",
      "1.0.0",
    ]);
    expect(releasedChangesets(history)).toEqual(new Set(["a", "b", "c"]));
    const target = restorable(history, ["learning-web"])!;
    expect(target.commit).toBe(one.commit);

    const { commit: base, text } = await two.releases.current("sandbox");
    const back = message("Roll back", [], target.commit);
    const commit = await two.releases.commit({
      environment: "sandbox",
      base,
      text: withVersion(text, "1.1.0"),
      message: back,
    });
    await two.releases.propose({
      commit,
      environment: "sandbox",
      branch: "rollback/1",
      ...quiet,
    });
    const after = await two.releases.history("sandbox");
    expect(releasedChangesets(after)).toEqual(new Set(["a", "b"]));
    // A second rollback goes further back, not forth again.
    expect(restorable(after, ["learning-web"])?.release.apps["learning-web"]?.version).toBe("1.0.0");
  });

  it("reads changesets and leaves the README out", async () => {
    const clone = makeRemote().clone("li");
    expect(await createGitReleases(clone).changesets()).toEqual([]);
    mkdirSync(clone.changesets);
    writeFileSync(`${clone.changesets}/README.md`, "about");
    writeFileSync(`${clone.changesets}/warm-cats.md`, "text");
    expect(await createGitReleases(clone).changesets()).toEqual([{ id: "warm-cats", text: "text" }]);
  });

  it.each([
    [
      "an environment that the remote has not",
      "missing",
      (clone: Clone) => createGitReleases(clone).current("prod"),
    ],
    [
      "a remote that is gone",
      "unavailable",
      (clone: Clone) => createGitReleases({ ...clone, remote: "/nowhere.git" }).current("sandbox"),
    ],
    [
      "a shallow clone, which forgets what was released",
      "config",
      async (clone: Clone) => {
        writeFileSync(`${clone.directory}/.git/shallow`, `${clone.run("rev-parse", "HEAD")}\n`);
        return createGitReleases(clone).history("sandbox");
      },
    ],
    [
      "nobody to sign off",
      "config",
      async (clone: Clone) => {
        clone.run("config", "user.useConfigOnly", "true");
        clone.run("config", "--unset", "user.email");
        return createGitReleases(clone).author();
      },
    ],
  ])("refuses %s", async (_, exit, act) => {
    await expect(act(makeRemote().clone("li"))).rejects.toMatchObject({ exit });
  });

  it("a commit whose file no longer parses is passed over", async () => {
    const clone = makeRemote({ "k8s/releases/sandbox.yaml": "environment: sandbox\napps: {}\n" }).clone("li");
    const releases = createGitReleases(clone);
    const { commit: base } = await releases.current("sandbox");
    const commit = await releases.commit({
      environment: "sandbox",
      base,
      text: RELEASE,
      message: message("Repair"),
    });
    await releases.propose({
      commit,
      environment: "sandbox",
      branch: "release/1",
      ...quiet,
    });
    expect(await releases.history("sandbox")).toHaveLength(1);
  });
});
