// A repository that is in use is looked at while it changes: only a complaint that stays is a finding.
import type { Finding } from "../core/evidence";
import type { Core } from "../core/tools";

/** Parallel archiving delivers out of order, and a backup replaces two files one after the other. Seconds. */
const SETTLE_SECONDS = 3;

/** @param look told whether it is asked again, after the first answer was a failure; its last answer counts */
export async function lasting(
  { clock, signal }: Pick<Core, "clock" | "signal">,
  look: (again: boolean) => Promise<Finding>,
): Promise<Finding> {
  const first = await look(false);
  if (first.verdict !== "fail") return first;
  await clock.sleep(SETTLE_SECONDS, signal);
  return look(true);
}
