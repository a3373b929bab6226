// Git says again what serves, after a rollout that did not succeed: the same way as the release went, back.
import { writeRelease } from "../../policies/service/releases";
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import type { Core } from "../core/tools";
import type { RenderTools } from "../render/port";
import { releaseMessage } from "./history";
import { type ReleasePlan, releaseDigest, showChange } from "./plan";
import type { ReleaseTools } from "./port";
import type { Proposal } from "./releases";
import { renderedWith } from "./rendered";
import type { EnvironmentState } from "./state";

/** How long a rollback that others merge is waited for, before it is said that it waits. */
const RESTORE_SECONDS = 900;

/** The file as it was before, unless somebody has changed it since: then it is theirs. */
export async function restore(
  context: ReleaseTools & Pick<Core, "newId" | "progress"> & RenderTools,
  { plan, state }: { plan: ReleasePlan; state: EnvironmentState },
  { merged }: Proposal,
): Promise<Check> {
  const { delivery, newId, progress } = context;
  const name = "git-restored";
  return progress.phase("restore what git declares", async (phase) => {
    try {
      const { commit: base, text } = await delivery.releases.current(plan.environment);
      if (text !== writeRelease(state.text, plan.after))
        return { name, verdict: "inconclusive", detail: "somebody has changed the file since; look at it" };
      const message = releaseMessage({
        subject: `Take back ${plan.changes.map(showChange).join(", ")} in ${plan.environment}`,
        notes: `The rollout of ${merged} did not succeed; what serves is declared again.`,
        environment: plan.environment,
        digest: releaseDigest(plan.after, plan.before),
        changesets: [],
        restores: state.history[0]?.commit ?? state.base,
        overrides: [],
        signOff: await delivery.releases.author(),
      });
      const rendered = await renderedWith(context, base, plan.after, plan.before);
      const commit = await delivery.releases.commit({
        environment: plan.environment,
        base,
        text: state.text,
        rendered,
        message,
      });
      const done = await delivery.releases.propose({
        commit,
        environment: plan.environment,
        branch: `rollback/${plan.environment}-${newId()}`,
        withinSeconds: RESTORE_SECONDS,
        // It must be done although the run was interrupted.
        signal: new AbortController().signal,
        onNote: phase.note,
      });
      return { name, verdict: "pass", detail: `${done.merged.slice(0, 12)} declares again what serves` };
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      // What the rollout came to must be told all the same.
      return {
        name,
        verdict: "inconclusive",
        detail: `git still declares the new version: ${error.message}`,
      };
    }
  });
}
