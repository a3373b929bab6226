// Pull requests on GitHub: opened once for a branch, read until somebody merged them, closed with a reason.
import { OpsError } from "../../../core/errors";
import type { PullRequest, PullRequests } from "../../github";
import type { GitHubClient } from "./client";
import { addComment } from "./index";

interface Pull {
  number: number;
  html_url: string;
  state: "open" | "closed";
  merged_at: string | null;
  merge_commit_sha: string | null;
  mergeable_state?: string;
  body: string | null;
  user: { login: string } | null;
  /** `repo` is null once a fork is deleted. */
  head: { ref: string; sha: string; repo: { full_name: string } | null };
}

function read(pull: Pull): PullRequest {
  return {
    number: pull.number,
    url: pull.html_url,
    branch: pull.head.ref,
    commit: pull.head.sha,
    author: pull.user?.login ?? "somebody",
    body: pull.body ?? "",
    state: pull.merged_at === null ? pull.state : "merged",
    merged: pull.merged_at === null ? undefined : (pull.merge_commit_sha ?? undefined),
    mergeable: pull.mergeable_state,
  };
}

export function createPullRequests(client: GitHubClient): PullRequests {
  /** A fork may call its branches as it likes. */
  const own = ({ head }: Pull): boolean =>
    head.repo?.full_name.toLowerCase() === client.repository?.toLowerCase();

  const openOf = async (base: string): Promise<PullRequest[]> => {
    const found: PullRequest[] = [];
    const query = `/pulls?state=open&base=${encodeURIComponent(base)}&sort=created&direction=asc`;
    for await (const pull of client.list<Pull>(query)) if (own(pull)) found.push(read(pull));
    return found;
  };

  return {
    repository: client.repository,
    openOf,
    async open({ branch, base, title, body }) {
      const made = await client.attempt<Pull>(422, "POST", "/pulls", { head: branch, base, title, body });
      if (made) return read(made);
      // Refused as invalid: most likely ours is there already, and its answer was lost.
      const ours = (await openOf(base)).find((pull) => pull.branch === branch);
      if (ours) return ours;
      throw new OpsError("unavailable", `GitHub refuses a pull request of ${branch}`, {
        expected: `a branch with commits that ${base} does not have`,
      });
    },
    read: async (number) => read(await client.call<Pull>("GET", `/pulls/${number}`)),
    async close(number, why) {
      await addComment(client, number, why);
      await client.call<Pull>("PATCH", `/pulls/${number}`, { state: "closed" });
    },
  };
}
