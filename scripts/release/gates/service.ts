// Gates of the service: open incidents, and the yearly allowance of changes (UPG-BUDGET).
import type { Change } from "../../../policies/service/changes";
import type { Finding } from "../../core/evidence";
import { fail, inconclusive, pass } from "../../core/finding";
import { shanghaiDate } from "../../core/instant";
import type { Gate, GateFacts } from "./gate";

export const incidents: Gate = {
  name: "incidents",
  asks: "no P1 or P2 is open",
  decide: ({ incidents: all, plan: { environment } }) => {
    const open = all.filter(
      (one) => one.environment === environment && one.closed === "open" && ["P1", "P2"].includes(one.level),
    );
    if (open.length === 0) return pass(`no P1 or P2 is open in ${environment}`);
    return fail(open.map(({ id, level, summary }) => `${level} ${id} is open: ${summary}`).join("; "));
  },
};

/** Person-days that count in a year: accepted in it, or not accepted yet. */
export function effortOf(changes: readonly Change[], year: string): number {
  return changes
    .filter(({ acceptance }) => acceptance === "none" || acceptance.at.startsWith(year))
    .reduce((sum, { effort }) => sum + effort, 0);
}

function budget({ plan, changes, originalEffort, allowancePercent, now }: GateFacts): Finding {
  const unnamed = plan.changesets.filter(
    ({ bumps, changes: named }) =>
      named.length === 0 && Object.values(bumps).some((bump) => bump !== "patch"),
  );
  if (unnamed.length > 0) {
    const ids = unnamed.map(({ id }) => id).join(", ");
    return fail(`changeset ${ids} is more than a correction and names no change (a line \`Change: cr-…\`)`);
  }
  const named = new Set(plan.changesets.flatMap((changeset) => changeset.changes));
  const unknown = [...named].filter((id) => !changes.some((change) => change.id === id));
  if (unknown.length > 0) return fail(`${unknown.join(", ")} is not in policies/service/changes`);
  const year = shanghaiDate(now).slice(0, 4);
  const used = effortOf(changes, year);
  const allowance = (originalEffort.personDays * allowancePercent) / 100;
  const figures = `${year}: ${used} of ${allowance} person-days (${allowancePercent} % of ${originalEffort.personDays})`;
  if (used > allowance) return fail(`${figures}, ${used - allowance} past the allowance of UPG-BUDGET`);
  const left = `${figures}, ${allowance - used} left`;
  if (originalEffort.confirmed !== "no") return pass(left);
  const unsure = `${left}; the college has not confirmed the original effort`;
  return plan.environment === "prod" ? inconclusive(unsure) : pass(unsure);
}

export const changeBudget: Gate = {
  name: "change-budget",
  asks: "its changes are in the ledger and within the year's allowance",
  decide: budget,
};
