// The whole repository held against the rules inside another job, with evidence of its own as `ops check` leaves it.
import { shanghaiDate } from "../core/instant";
import type { Core, Terminal } from "../core/tools";
import type { EvidenceWriter, LedgerEntry } from "../evidence/port";
import { record } from "../evidence/record";
import type { MachineTools } from "../machine/port";
import type { PlanTools } from "../plan/port";
import { outcomeOf } from "./outcome";
import type { CheckTools } from "./port";
import { checkScope } from "./scope";

/** What evidence of `ops check` is. */
export const POLICY_CHECK = { kind: "policy-check", clauses: ["SEC-CONFIG", "SEC-RELEASE"] } as const;

export type ProveTools = CheckTools &
  PlanTools &
  MachineTools &
  EvidenceWriter &
  Pick<Core, "clock" | "progress"> &
  Pick<Terminal, "color">;

/** @returns its entry; undefined when a file could not be read, which proves nothing. @throws OpsError, DeclarationError */
export async function checkAndRecord(context: ProveTools): Promise<LedgerEntry | undefined> {
  const started = context.clock.now();
  const [report] = await context.progress.phase("check every rule", () =>
    checkScope(context, { paths: [] }, shanghaiDate(started)),
  );
  if (report.problems.length > 0) return undefined;
  const outcome = await outcomeOf(
    context,
    { format: "pretty", output: undefined, failOn: "low" },
    report,
    undefined,
  );
  const inputs = { git: await context.subjects.commit() };
  return await record(context, { job: "check", ...POLICY_CHECK, started }, { ...outcome, inputs });
}
