// Releases by pull request: the commit goes to a branch of its own, a pull request asks for it, others merge it. Nothing here can
// write to the main branch. Whatever happens, git and GitHub hold all there is to know, so the next run goes on where this one
// stopped.
import { releaseFile } from "../../../policies/service/releases";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import type { PullRequest, PullRequests } from "../../pipeline/github";
import type { Proposal, Releases } from "../releases";
import { conflict, createGitReleases, FETCHED, fetchMain, type GitRemote, push, readAt } from "./releases";

export interface PullRequestOptions {
  place: GitRemote;
  pulls: PullRequests;
  clock: Clock;
}

type Request = Parameters<Releases["propose"]>[0];

const POLL_SECONDS = 15;
/** How long others may take to review and merge. */
const PATIENCE_SECONDS = 2 * 3600;
/** Failures of GitHub in a row that are waited out. */
const BORNE_FAILURES = 8;
/** A branch of a release; the part behind the environment makes it unique. */
const BRANCH = /^(release|rollback)\/([a-z]+)-[\w-]+$/;

export function createPullRequestReleases(options: PullRequestOptions): Releases {
  return { ...createGitReleases(options.place), propose: (request) => propose(options, request) };
}

async function propose(options: PullRequestOptions, request: Request): Promise<Proposal> {
  const { pulls, place } = options;
  const { environment, branch, onNote } = request;
  if (pulls.repository === undefined)
    throw new OpsError("unavailable", `${environment} is released by pull request, and there is no token`, {
      expected: "GITHUB_TOKEN and GITHUB_REPOSITORY in the environment",
      todo: "run the workflow `release`, or hand over a token that may write contents and pull requests",
    });
  if (BRANCH.exec(branch)?.[2] !== environment)
    throw new OpsError("internal", `${branch} is no branch of a release of ${environment}`);
  const wanted = await contentOf(place, request.commit, environment);
  const earlier = await ownPull(options, request, wanted);
  if (earlier) onNote(`#${earlier.number} asks for it already: ${earlier.url}`);
  const pull = earlier ?? (await open(options, request));
  return waitForMerge(options, request, pull, wanted);
}

interface Content {
  text: string | undefined;
  message: string;
}

async function contentOf({ git }: GitRemote, commit: string, environment: string): Promise<Content> {
  const message = await git(["show", "-s", "--format=%B", commit]);
  return { text: await readAt(git, commit, environment), message: message.trim() };
}

/** Open pull requests of the same kind for the environment: a rollback does not wait for a release that nobody has merged yet. */
async function rivals({ pulls, place }: PullRequestOptions, { branch }: Request): Promise<PullRequest[]> {
  const [, kind, environment] = BRANCH.exec(branch)!;
  return (await pulls.openOf(place.branch)).filter((pull) => {
    const [, otherKind, otherEnvironment] = BRANCH.exec(pull.branch) ?? [];
    return otherKind === kind && otherEnvironment === environment;
  });
}

/**
 * The pull request of an earlier run that asks for the same in the same words.
 * @throws OpsError conflict when one asks for something else
 */
async function ownPull(
  options: PullRequestOptions,
  request: Request,
  wanted: Content,
): Promise<PullRequest | undefined> {
  const { place } = options;
  for (const pull of await rivals(options, request)) {
    const ref = `refs/ops/pulls/${pull.number}`;
    await place.git(["fetch", "--quiet", "--no-tags", place.remote, `+refs/heads/${pull.branch}:${ref}`]);
    const { text, message } = await contentOf(place, ref, request.environment);
    if (text !== wanted.text || message !== wanted.message) throw overtaken(request, pull);
    return pull;
  }
  return undefined;
}

function overtaken({ environment }: Request, { number, author, url }: PullRequest): OpsError {
  return new OpsError(
    "conflict",
    `another change of ${environment} was proposed first - #${number} by ${author}`,
    {
      expected: "no other open pull request for the same environment",
      todo: `merge or close ${url}, then release again`,
    },
  );
}

async function open(options: PullRequestOptions, request: Request): Promise<PullRequest> {
  const { pulls, place } = options;
  const { commit, environment, branch, onNote } = request;
  await push(place, environment, [`${commit}:refs/heads/${branch}`]);
  // A squash takes its message from here: the trailers must stay the last paragraph.
  const title = (await place.git(["show", "-s", "--format=%s", commit])).trim();
  const body = (await place.git(["show", "-s", "--format=%b", commit])).trim();
  const pull = await pulls.open({ branch, base: place.branch, title, body });
  const first = (await rivals(options, request)).find(({ number }) => number < pull.number);
  if (first) {
    await withdraw(options, pull, `#${first.number} was there first.`);
    throw overtaken(request, first);
  }
  onNote(`#${pull.number} waits to be reviewed and merged: ${pull.url}`);
  return pull;
}

async function withdraw({ pulls, place }: PullRequestOptions, pull: PullRequest, why: string): Promise<void> {
  await pulls.close(pull.number, why);
  await place.git.attempt(["push", "--quiet", place.remote, `:refs/heads/${pull.branch}`]);
}

async function waitForMerge(
  options: PullRequestOptions,
  request: Request,
  opened: PullRequest,
  wanted: Content,
): Promise<Proposal> {
  const { clock, place } = options;
  const { environment, signal, onNote, withinSeconds = PATIENCE_SECONDS } = request;
  const before = await readAt(place.git, `${request.commit}^`, environment);
  const deadline = clock.seconds() + withinSeconds;
  const read = patiently(() => options.pulls.read(opened.number), onNote);
  let said = "";
  for (;;) {
    const pull = await read();
    if (pull?.state === "merged") return settled(options, request, pull, wanted);
    if (pull?.state === "closed") throw refused(request, pull);
    await fetchMain(place);
    if ((await readAt(place.git, FETCHED, environment)) !== before) {
      // It may have been ours, merged since we looked.
      const again = await options.pulls.read(opened.number);
      if (again.state === "merged") return settled(options, request, again, wanted);
      await withdraw(options, opened, `${releaseFile(environment)} was changed by somebody else meanwhile.`);
      throw await conflict(place, environment);
    }
    const state = pull?.mergeable ?? "unknown";
    if (state !== said) onNote(`#${opened.number} is ${state}`);
    said = state;
    if (clock.seconds() >= deadline) throw late(opened, withinSeconds);
    await clock.sleep(POLL_SECONDS, signal).catch((cause: unknown) => {
      if (!signal.aborted) throw cause;
      throw new OpsError("interrupted", `interrupted; #${opened.number} stays open: ${opened.url}`, {
        todo: "run the same command again to go on waiting, or close the pull request",
      });
    });
  }
}

/** What cannot be read now may be readable in a moment. */
function patiently<T>(read: () => Promise<T>, onNote: (text: string) => void): () => Promise<T | undefined> {
  let failures = 0;
  return async () => {
    try {
      const found = await read();
      failures = 0;
      return found;
    } catch (error) {
      if (!(error instanceof OpsError) || error.exit !== "unavailable" || ++failures > BORNE_FAILURES)
        throw error;
      onNote(`${error.message}; asked again in ${POLL_SECONDS} s`);
      return undefined;
    }
  };
}

/** @throws OpsError conflict when what was merged is not what was asked for */
async function settled(
  { place }: PullRequestOptions,
  { environment }: Request,
  { number, url, branch, merged }: PullRequest,
  wanted: Content,
): Promise<Proposal> {
  await fetchMain(place);
  const { git } = place;
  const reached =
    merged !== undefined &&
    (await git.attempt(["merge-base", "--is-ancestor", merged, FETCHED])).exitCode === 0;
  if (reached && (await readAt(git, merged, environment)) === wanted.text) return { branch, url, merged };
  throw new OpsError(
    "conflict",
    `#${number} was merged, but ${place.branch} does not declare what it asked for`,
    {
      expected: `${releaseFile(environment)} as the release wrote it`,
      todo: `look at ${url} and at what was pushed to ${branch}, then release again`,
    },
  );
}

function refused({ environment }: Request, { number, url }: PullRequest): OpsError {
  return new OpsError("gate", `#${number} was closed without being merged: ${environment} stays as it is`, {
    expected: "an approving review",
    todo: `see why in ${url}, then release again`,
  });
}

function late({ number, url }: PullRequest, seconds: number): OpsError {
  return new OpsError("timeout", `#${number} was not merged within ${Math.round(seconds / 60)} minutes`, {
    expected: "the reviews and checks that the main branch requires",
    todo: `merge or close ${url}; run the same command again to go on waiting`,
  });
}
