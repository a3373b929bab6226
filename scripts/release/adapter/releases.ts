// Releases in git. A release is one commit on the main branch of a remote that changes one file; it is made with git's
// plumbing, so that no working tree is touched, and taken there by a push that git refuses when somebody was faster.
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { DeclarationError } from "../../../policies/engine/declaration";
import { parseRelease, releaseFile } from "../../../policies/service/releases";
import { OpsError } from "../../core/errors";
import type { ChangesetFile } from "../changesets";
import type { ReleaseCommit } from "../history";
import type { Commission, Releases } from "../releases";
import type { Git } from "./git";

export interface GitRemote {
  git: Git;
  /** Name or URL of the remote. */
  remote: string;
  /** The branch that environments follow, e.g. `main`. */
  branch: string;
  /** Directory of changesets; need not exist. */
  changesets: string;
}

/** Where what was fetched is kept: no branch of the user's is touched. */
export const FETCHED = "refs/ops/main";

/** Commits of one file that are read: years of releases. */
const HISTORY = 200;

export async function fetchMain({ git, remote, branch }: GitRemote): Promise<string> {
  await git(["fetch", "--quiet", "--no-tags", remote, `+refs/heads/${branch}:${FETCHED}`]);
  return (await git(["rev-parse", FETCHED])).trim();
}

export async function readAt(git: Git, commit: string, environment: string): Promise<string | undefined> {
  const { exitCode, stdout } = await git.attempt(["show", `${commit}:${releaseFile(environment)}`]);
  return exitCode === 0 ? stdout : undefined;
}

/** @throws OpsError config for a shallow clone: the commits that are missing are our memory */
async function history({ git }: GitRemote, environment: string): Promise<ReleaseCommit[]> {
  if ((await git(["rev-parse", "--is-shallow-repository"])).trim() === "true")
    throw new OpsError("config", "this clone is shallow: earlier releases cannot be read", {
      expected: "the whole history",
      todo: "git fetch --unshallow; in a workflow, fetch-depth: 0",
    });
  const format = "%H%x01%an%x01%aI%x01%B%x02";
  const log = await git([
    "log",
    `-${HISTORY}`,
    `--format=${format}`,
    FETCHED,
    "--",
    releaseFile(environment),
  ]);
  const commits: ReleaseCommit[] = [];
  for (const entry of log.split("\x02").filter((text) => text.trim() !== "")) {
    const [commit = "", author = "", at = "", message = ""] = entry.trimStart().split("\x01");
    const text = await readAt(git, commit, environment);
    if (text === undefined) continue;
    try {
      commits.push({ commit, author, at: new Date(at), message, release: parseRelease(environment, text) });
    } catch (error) {
      // What was committed before the schema was as it is cannot be gone back to.
      if (!(error instanceof DeclarationError)) throw error;
    }
  }
  return commits;
}

async function author(git: Git): Promise<string> {
  const { exitCode, stdout } = await git.attempt(["var", "GIT_AUTHOR_IDENT"]);
  const ident = /^(.+ <.+>) \d+ [+-]\d{4}$/.exec(stdout.trim())?.[1];
  if (exitCode === 0 && ident) return ident;
  throw new OpsError("config", "git does not know who you are", {
    expected: "user.name and user.email: a release is signed off",
    todo: "git config --global user.name … && git config --global user.email …",
  });
}

async function makeCommit(
  git: Git,
  { environment, base, text, rendered = [], message }: Commission,
): Promise<string> {
  const directory = (await git(["rev-parse", "--absolute-git-dir"])).trim();
  const index = path.join(directory, `ops-index-${process.pid}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    await git(["read-tree", base], { env });
    for (const file of [{ path: releaseFile(environment), text }, ...rendered]) {
      const blob = (await git(["hash-object", "-w", "--stdin"], { input: file.text })).trim();
      await git(["update-index", "--add", "--cacheinfo", `100644,${blob},${file.path}`], { env });
    }
    const tree = (await git(["write-tree"], { env })).trim();
    const signed = (await git.attempt(["config", "user.signingKey"])).exitCode === 0 ? ["-S"] : [];
    return (await git(["commit-tree", tree, "-p", base, ...signed, "-F", "-"], { input: message })).trim();
  } finally {
    await rm(index, { force: true });
  }
}

/** Every `*.md` but the README, sorted. */
export async function changesetsIn(directory: string): Promise<ChangesetFile[]> {
  const names = await readdir(directory).catch(() => [] as string[]);
  const files = names.filter((name) => name.endsWith(".md") && name !== "README.md").sort();
  return Promise.all(
    files.map(async (name) => ({
      id: name.slice(0, -".md".length),
      text: await readFile(path.join(directory, name), "utf8"),
    })),
  );
}

/** Words in which git refuses a push because the branch has moved. */
const MOVED =
  /non-fast-forward|fetch first|cannot lock ref|stale info|failed to update ref|incorrect old value|reference already exists/;

/** Takes a commit to refs of the remote, all or none. @throws OpsError conflict, unavailable */
export async function push(
  place: GitRemote,
  environment: string,
  refspecs: readonly string[],
): Promise<void> {
  const { exitCode, stderr } = await place.git.attempt([
    "push",
    "--atomic",
    "--quiet",
    place.remote,
    ...refspecs,
  ]);
  if (exitCode === 0) return;
  if (!MOVED.test(stderr)) throw new OpsError("unavailable", `git push failed: ${stderr.trim()}`);
  throw await conflict(place, environment);
}

export async function conflict(place: GitRemote, environment: string): Promise<OpsError> {
  await fetchMain(place);
  const [winner] = await history(place, environment);
  const who = winner
    ? `${winner.author}: ${winner.message.split("\n")[0]} (${winner.commit.slice(0, 12)})`
    : "another commit";
  return new OpsError("conflict", `another change of ${environment} was committed first - ${who}`, {
    expected: "the branch as it was when the release was planned",
    todo: "see `ops release status`, then release again",
  });
}

/**
 * A plain remote: the commit becomes the main branch, if that has not moved. The sandbox's only: elsewhere `propose` refuses, because
 * others have to merge (pull-request.ts).
 */
export function createGitReleases(place: GitRemote): Releases {
  const { git, remote, branch: main } = place;
  return {
    remote,
    async current(environment) {
      const commit = await fetchMain(place);
      const text = await readAt(git, commit, environment);
      if (text !== undefined) return { commit, text };
      throw new OpsError("missing", `${remote} has no ${releaseFile(environment)}`, {
        expected: "an environment with a releases file",
      });
    },
    history: (environment) => history(place, environment),
    changesets: () => changesetsIn(place.changesets),
    author: () => author(git),
    commit: (commission) => makeCommit(git, commission),
    async propose({ commit, environment, branch }) {
      if (environment !== "sandbox")
        throw new OpsError("gate", `nothing is pushed to ${main} for ${environment}`, {
          expected: "a pull request that somebody else merges",
        });
      await push(place, environment, [`${commit}:refs/heads/${branch}`, `${commit}:refs/heads/${main}`]);
      await git(["update-ref", FETCHED, commit]);
      return { branch, url: undefined, merged: commit };
    },
  };
}
