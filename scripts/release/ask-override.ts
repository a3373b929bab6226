// Takes a request to override gates to whoever can prove who approved it. Decides nothing: release/override.ts does.
import type { Check } from "../core/evidence";
import type { Core } from "../core/tools";
import { stopped } from "./check-gates";
import { applyOverrides, type Overridden } from "./override";
import type { ReleasePlan } from "./plan";
import type { ReleaseTools } from "./port";

export interface OverrideRequest {
  gates: readonly string[];
  reason: string;
  /** Branches at the remote that hold a second person's signed commit. */
  approvals: readonly string[];
}

/**
 * @param commit the release commit as made here: its signature says who releases
 * @returns the checks as they stand with the overrides that were granted
 */
export async function override(
  { delivery: { approvals }, progress }: ReleaseTools & Pick<Core, "progress">,
  checks: readonly Check[],
  plan: ReleasePlan,
  overrideRequest: OverrideRequest,
  commit: () => Promise<string>,
): Promise<Overridden> {
  if (overrideRequest.gates.length === 0 || stopped(checks).length === 0)
    return { checks: [...checks], records: [], refused: [] };
  return progress.phase("overrides", async () => {
    const found = [...(await approvals.commits(overrideRequest.approvals)), ...(await approvals.reviews())];
    const releaser = await approvals.releaser(await commit());
    const result = applyOverrides(checks, plan, { ...overrideRequest, releaser, approvals: found });
    for (const record of result.records) progress.say("warn", `overridden: ${record}`);
    for (const refusal of result.refused) progress.say("error", `override refused: ${refusal}`);
    return result;
  });
}
