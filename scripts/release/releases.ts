// Where releases are written down (git), and which versions exist (a registry).
import type { App, AppRelease } from "../../policies/service/releases";
import type { ChangesetFile } from "./changesets";
import type { ReleaseCommit } from "./history";

export interface Commission {
  environment: string;
  /** Commit of the main branch that it is made on. */
  base: string;
  /** The whole new text of the environment's releases file. */
  text: string;
  /** What is rendered from it, by path: derived files that go with it. */
  rendered?: readonly { path: string; text: string }[];
  message: string;
}

export interface Proposal {
  /** Branch that carries the commit. */
  branch: string;
  /** Pull request, where there is one. */
  url: string | undefined;
  /** The main branch once it holds the commit. */
  merged: string;
}

export interface Releases {
  /** Shown to people: where releases go. */
  readonly remote: string;
  /** Fetches. @throws OpsError unavailable, missing when the environment has no file there */
  current(environment: string): Promise<{ commit: string; text: string }>;
  /** Commits that changed the environment's file, newest first, of what was fetched last; those that cannot be read are left out. */
  history(environment: string): Promise<ReleaseCommit[]>;
  /** What people wrote down about their changes. */
  changesets(): Promise<ChangesetFile[]>;
  /** `Name <mail>` of whoever releases. @throws OpsError config */
  author(): Promise<string>;
  /** Makes the commit here, signed when the releaser has a signing key; nothing leaves this machine. @returns its id */
  commit(commission: Commission): Promise<string>;
  /**
   * Takes the commit to the main branch: on a branch and, where there is such a thing, through a pull request that others merge.
   * Its message is what people are asked about. Run again for the same, it finds what an earlier run had begun.
   * @throws OpsError conflict when another release was committed first, gate when it was turned down, timeout when nobody merged it,
   *   unavailable
   */
  propose(request: {
    commit: string;
    environment: string;
    /** `release/<environment>-<id>` or `rollback/<environment>-<id>` */
    branch: string;
    /** How long others may take to merge it; default is the adapter's. */
    withinSeconds?: number;
    signal: AbortSignal;
    onNote: (text: string) => void;
  }): Promise<Proposal>;
}

export interface Versions {
  /** What the version's image is, by digest; undefined when there is no such version. @throws OpsError unavailable */
  resolve(app: App, version: string): Promise<AppRelease | undefined>;
  /** Versions that exist, oldest first; empty where the registry does not tell. */
  known(app: App): Promise<string[]>;
}
