// The part of the stand-in for GitHub that knows pull requests and workflow runs. Not GitHub: it merges for real, in the bare
// repository it is given, and refuses what GitHub's description of the API refuses.
import { execFileSync } from "node:child_process";

export interface StandInPull {
  number: number;
  head: string;
  base: string;
  title: string;
  body: string;
  author: string;
  /** `owner/name` the branch is in. */
  from: string;
  state: "open" | "closed";
  /** Commit of the base that it became. */
  merged: string | null;
}

export interface StandInRun {
  id: number;
  status: string;
  path: string;
  startedBy: string;
  approvals: { state: string; comment: string; environments: string[]; account: string }[];
}

export interface PullState {
  pulls: StandInPull[];
  runs: StandInRun[];
  /** The bare repository whose branches it knows; pull requests are refused without one. */
  remote?: string;
}

interface Answer {
  status: number;
  body: unknown;
}

const refuse = (status: number, message: string): Answer => ({ status, body: { message } });
const WHO = ["-c", "user.name=GitHub stand-in", "-c", "user.email=stand-in@example.org"];

function git(remote: string, ...args: string[]): string {
  return execFileSync("git", [...WHO, "--git-dir", remote, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function tip(remote: string, branch: string): string | undefined {
  try {
    return git(remote, "rev-parse", "--verify", "--quiet", `refs/heads/${branch}`);
  } catch {
    return undefined;
  }
}

/** The tree that both together make; undefined when they contradict each other. */
function mergedTree(remote: string, base: string, head: string): string | undefined {
  try {
    return git(remote, "merge-tree", "--write-tree", `refs/heads/${base}`, `refs/heads/${head}`).split(
      "\n",
    )[0];
  } catch {
    return undefined;
  }
}

/** What a person does with the button: `merge` makes a merge commit, `squash` one commit of title and description. */
export function mergePull(state: PullState, number: number, how: "merge" | "squash" = "merge"): string {
  const pull = state.pulls.find((each) => each.number === number)!;
  const remote = state.remote!;
  const tree = mergedTree(remote, pull.base, pull.head);
  if (tree === undefined) throw new Error(`#${number} has conflicts`);
  const parents = [
    "-p",
    `refs/heads/${pull.base}`,
    ...(how === "merge" ? ["-p", `refs/heads/${pull.head}`] : []),
  ];
  const message =
    how === "merge"
      ? `Merge pull request #${number} from ${pull.head}\n\n${pull.title}`
      : `${pull.title} (#${number})\n\n${pull.body}`;
  const commit = git(remote, "commit-tree", tree, ...parents, "-m", message);
  git(remote, "update-ref", `refs/heads/${pull.base}`, commit);
  Object.assign(pull, { state: "closed", merged: commit });
  return commit;
}

function shown(state: PullState, pull: StandInPull, alone: boolean): unknown {
  const sha = tip(state.remote!, pull.head);
  return {
    number: pull.number,
    html_url: `https://example.com/pull/${pull.number}`,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    user: { login: pull.author },
    merged_at: pull.merged === null ? null : "2026-11-25T10:00:00Z",
    merge_commit_sha: pull.merged,
    head: { ref: pull.head, sha: sha ?? "0".repeat(40), repo: { full_name: pull.from } },
    base: { ref: pull.base },
    // The list does not tell.
    ...(alone && pull.state === "open"
      ? { mergeable_state: mergedTree(state.remote!, pull.base, pull.head) ? "blocked" : "dirty" }
      : {}),
  };
}

/** @param account that the token belongs to. @returns undefined when the path is not of this part */
export function answerPulls(
  state: PullState,
  next: () => number,
  { method, url, path, body }: { method: string; url: URL; path: string; body: Record<string, unknown> },
  { account, repository }: { account: string; repository: string },
): Answer | undefined {
  const run = /^\/actions\/runs\/(\d+)(\/approvals)?$/.exec(path);
  if (run) return answerRun(state, method, Number(run[1]), run[2] !== undefined);
  const one = /^\/pulls\/(\d+)$/.exec(path);
  if (path !== "/pulls" && !one) return undefined;
  if (state.remote === undefined) return refuse(404, "Not Found");
  if (one) {
    const pull = state.pulls.find(({ number }) => number === Number(one[1]));
    if (!pull) return refuse(404, "Not Found");
    if (method === "PATCH") {
      if (body.state !== "closed" && body.state !== "open") return refuse(422, "Validation Failed");
      if (pull.merged === null) pull.state = body.state;
    } else if (method !== "GET") return refuse(404, "Not Found");
    return { status: 200, body: shown(state, pull, true) };
  }
  if (method === "GET") {
    const base = url.searchParams.get("base");
    const wanted = url.searchParams.get("state") ?? "open";
    const found = state.pulls.filter(
      (pull) => (wanted === "all" || pull.state === wanted) && (base === null || pull.base === base),
    );
    return { status: 200, body: found.map((pull) => shown(state, pull, false)) };
  }
  if (method !== "POST") return refuse(404, "Not Found");
  const { head, base, title } = body;
  if (typeof head !== "string" || typeof base !== "string" || typeof title !== "string" || title === "")
    return refuse(422, "Validation Failed");
  const [ahead, from] = [tip(state.remote, head), tip(state.remote, base)];
  if (ahead === undefined || from === undefined)
    return refuse(422, "Validation Failed: head or base is no branch");
  if (ahead === from) return refuse(422, `No commits between ${base} and ${head}`);
  if (state.pulls.some((pull) => pull.state === "open" && pull.head === head && pull.base === base))
    return refuse(422, `A pull request already exists for ${head}.`);
  const made: StandInPull = {
    number: next(),
    head,
    base,
    title,
    body: typeof body.body === "string" ? body.body : "",
    author: account,
    from: repository,
    state: "open",
    merged: null,
  };
  state.pulls.push(made);
  return { status: 201, body: shown(state, made, true) };
}

function answerRun(state: PullState, method: string, id: number, approvals: boolean): Answer {
  const run = state.runs.find((each) => each.id === id);
  if (!run || method !== "GET") return refuse(404, "Not Found");
  const { status, path, startedBy } = run;
  if (!approvals) {
    const html_url = `https://example.com/runs/${id}`;
    return { status: 200, body: { id, html_url, status, path, triggering_actor: { login: startedBy } } };
  }
  return {
    status: 200,
    body: run.approvals.map(({ state: verdict, comment, environments, account }) => ({
      state: verdict,
      comment,
      environments: environments.map((name) => ({ name })),
      user: { login: account },
    })),
  };
}
