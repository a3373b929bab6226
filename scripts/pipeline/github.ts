// What is written to GitHub.

export interface GitHub {
  /** True when GitHub runs this: what cannot be written there is then an error, and not only on a laptop. */
  readonly runsUs: boolean;
  /** `owner/name`, or undefined when this run has no token: nothing can be written then. */
  readonly repository: string | undefined;
  /**
   * Writes one comment on a pull request: the one that begins with the marker is replaced, or a new one is made.
   * @returns its address. @throws OpsError unavailable
   */
  comment(pullRequest: number, marker: string, body: string): Promise<string>;
  /** Opens an issue, or adds to the open one of the same title. @returns its address. @throws OpsError unavailable */
  issue(title: string, body: string, labels: readonly string[]): Promise<string>;
}

export interface PullRequest {
  number: number;
  url: string;
  branch: string;
  /** Newest commit of the branch. */
  commit: string;
  /** Account that opened it. */
  author: string;
  body: string;
  state: "open" | "closed" | "merged";
  /** The commit of the main branch that it became. */
  merged: string | undefined;
  /** In GitHub's words (`mergeable_state`): clean, blocked, behind, dirty, unstable, unknown. */
  mergeable: string | undefined;
}

export interface PullRequests {
  /** `owner/name`, or undefined when this run has no token. */
  readonly repository: string | undefined;
  /** Those of the repository's own branches, oldest first; never a fork's. @throws OpsError unavailable */
  openOf(base: string): Promise<PullRequest[]>;
  /** Opens one for a branch that was pushed, or finds the open one of this branch. @throws OpsError unavailable */
  open(request: { branch: string; base: string; title: string; body: string }): Promise<PullRequest>;
  /** @throws OpsError unavailable */
  read(number: number): Promise<PullRequest>;
  /** Closes it without merging and says why in a comment. @throws OpsError unavailable */
  close(number: number, why: string): Promise<void>;
}

/** The run of a pipeline that this process is part of. */
export interface WorkflowRun {
  /** Account that started it; undefined when GitHub does not know it as a release that runs. @throws OpsError unavailable */
  startedBy(): Promise<string | undefined>;
  /** Reviews by which somebody let it into an environment. @throws OpsError unavailable */
  approvals(): Promise<{ environment: string; comment: string; account: string | undefined; url: string }[]>;
}

export interface GitHubTools {
  github: GitHub;
}
