// Gathers what the gates of a release ask for, and lets them decide. Decides nothing itself.

import { figure } from "../../policies/contract/contract";
import { parseRelease } from "../../policies/service/releases";
import { type MemoryReader, memoryOf } from "../backup/memory";
import type { ContractTools } from "../contract/port";
import type { Check, Finding } from "../core/evidence";
import { notApplicable, pass } from "../core/finding";
import type { Core } from "../core/tools";
import { factsIn } from "../evidence/facts";
import type { EvidenceReader, Provenance } from "../evidence/port";
import type { MigrateTools } from "../migrate/port";
import type { PostgresTools } from "../postgres/port";
import { RESTORE_FACTS } from "../restore/facts";
import { policyFinding, schemaFindings } from "./gate-facts";
import { checkOf, GATES, type VerifiedBackup } from "./gates";
import { sameApp } from "./history";
import type { ReleasePlan } from "./plan";
import { STAGED } from "./plans";
import type { ReleaseTools } from "./port";

/** Jobs that restore a backup and compare its content. */
const VERIFYING = ["verify", "drill"] as const;

/** The youngest state that evidence shows restored and equal. Self-tests restore nothing of the source and name no instant. */
export async function verifiedBackup(context: MemoryReader): Promise<VerifiedBackup | undefined> {
  const entries = (await Promise.all(VERIFYING.map((job) => memoryOf(context, job)))).flat();
  const passed = entries.filter(({ predicate }) => predicate.verdict === "pass");
  const found = passed.flatMap((entry) =>
    (factsIn(entry, RESTORE_FACTS)?.exercised ?? [])
      .filter(({ verdict }) => verdict === "pass")
      .map(({ at }) => ({ job: entry.predicate.job, entry: entry.index, at: new Date(at) })),
  );
  return found.sort((a, b) => a.at.getTime() - b.at.getTime()).at(-1);
}

/** Whether staging declares, at this moment, the digests that are to be released. */
export async function stagedBefore({ delivery }: ReleaseTools, plan: ReleasePlan): Promise<Finding> {
  if (!STAGED.includes(plan.environment))
    return notApplicable(`${plan.environment} has no environment before it`);
  const staging = parseRelease("staging", (await delivery.releases.current("staging")).text);
  const missing = plan.changes.filter(({ app, to }) => !sameApp(staging.apps[app], to));
  return missing.length === 0
    ? pass("staging runs the same digests")
    : {
        verdict: "fail",
        detail: `staging does not run ${missing.map(({ app, to }) => `${app} ${to.version}`).join(", ")}`,
      };
}

/** Names of the gates that a rollback passes: to go back must not wait for a backup or for office hours. */
const ROLLBACK_GATES: readonly string[] = ["schema-compatible"];

/** One check a gate, each shown as it is decided. */
export async function checkGates(
  context: EvidenceReader &
    ReleaseTools &
    Pick<Core, "clock" | "progress"> &
    Pick<ContractTools, "contract"> &
    PostgresTools &
    Pick<Provenance, "inputs"> &
    MigrateTools,
  plan: ReleasePlan,
  direction: "forward" | "back",
): Promise<Check[]> {
  const { delivery, clock, contract, platform, progress } = context;
  return progress.phase("gates", async () => {
    const migrations = await schemaFindings(context, plan, direction);
    const skipped: Finding = notApplicable("not asked of a rollback");
    const forward = direction === "forward";
    const facts = {
      ...delivery.declared(),
      plan,
      now: clock.now(),
      allowancePercent: figure(contract, "UPG-BUDGET", "effort-per-year")?.value ?? 0,
      schedule: platform.schedule,
      incidents: await delivery.incidents.list(),
      verified: await verifiedBackup(context),
      policy: forward ? await policyFinding(context) : skipped,
      migrationsLinted: migrations.linted,
      migrationsRehearsed: migrations.rehearsed,
      schemaCompatible: migrations.compatible,
      stagedBefore: forward ? await stagedBefore(context, plan) : skipped,
    };
    const gates = GATES.filter(({ name }) => forward || ROLLBACK_GATES.includes(name));
    return gates.map((gate) => {
      const check = checkOf(gate, facts);
      progress.check(check);
      return check;
    });
  });
}

export function stopped(checks: readonly Check[]): Check[] {
  return checks.filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive");
}
