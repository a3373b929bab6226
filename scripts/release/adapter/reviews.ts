// Reviews of a deployment on GitHub as approvals, and the account that started the run as the releaser. Who an account belongs to
// stands in the roster; an account that stands there for nobody is nobody.

import type { WorkflowRun } from "../../pipeline/github";
import type { Approvals } from "../approvals";
import type { Approval } from "../override";

export interface AccountHolder {
  name: string;
  /** Account on GitHub. */
  github?: string;
}

/** Deployments to an environment are guarded by GitHub's environment of this name (.github/workflows/release.yaml). */
const GUARD = /^(.+)-release$/;

/**
 * @param approvals where signatures are read; a signature says more than an account and is asked first
 * @param run undefined outside a pipeline: there are no reviews then
 */
export function withReviews(
  approvals: Approvals,
  run: WorkflowRun | undefined,
  people: readonly AccountHolder[],
): Approvals {
  const personOf = (account: string | undefined): string | undefined =>
    account === undefined
      ? undefined
      : people.find(({ github }) => github?.toLowerCase() === account.toLowerCase())?.name;
  return {
    commits: (branches) => approvals.commits(branches),
    releaser: async (commit) => (await approvals.releaser(commit)) ?? personOf(await run?.startedBy()),
    async reviews() {
      const found = (await run?.approvals()) ?? [];
      return found.map(({ environment, comment, account, url }): Approval => {
        const [, guarded = environment] = GUARD.exec(environment) ?? [];
        return { kind: "review", url, environment: guarded, comment, signer: personOf(account) };
      });
    },
  };
}
