// What others say of a release: the rules by the evidence of `ops check`, the schema by its migrations. Reads; decides little.

import type { Finding } from "../core/evidence";
import { fail, notApplicable, pass } from "../core/finding";
import type { Core } from "../core/tools";
import type { EvidenceReader, Provenance } from "../evidence/port";
import { type Compatibility, releaseCompatibility, rollbackCompatibility } from "../migrate/compatibility";
import type { MigrateTools } from "../migrate/port";
import { type Readiness, readiness } from "../migrate/readiness";
import type { PostgresTools } from "../postgres/port";
import type { ReleasePlan } from "./plan";

/** The newest `ops check` of the whole repository, if it was of the commit that runs now. */
export async function policyFinding(context: EvidenceReader & Pick<Provenance, "inputs">): Promise<Finding> {
  const todo = `run \`ops check --env ${context.environment}\``;
  // It is of a commit and an environment, whatever its platform is called. One that broke off names no commit: it says nothing of any.
  const entry = (await context.ledger.entries()).findLast(
    ({ predicate: { job, environment, inputs } }) =>
      job === "check" && environment === context.environment && inputs.git !== undefined,
  );
  if (!entry) return fail(`this repository was never checked against the rules; ${todo}`);
  const { inputs, verdict } = entry.predicate;
  if (inputs.git !== context.inputs.git)
    return fail(`entry ${entry.index} checked ${inputs.git}, not ${context.inputs.git}; ${todo}`);
  return verdict === "pass"
    ? { verdict, detail: `every rule holds (entry ${entry.index})` }
    : fail(`rules are broken (entry ${entry.index}); ${todo}`);
}

export interface SchemaFindings {
  linted: Finding;
  rehearsed: Finding;
  compatible: Finding;
  /** Names of migrations that the release waits for, in order. */
  pending: readonly string[];
}

/** Which app's versions the migrations' `requires-release` speaks of. */
const SCHEMA_APP = "learning-web";

function answerOf(found: Compatibility): Finding {
  return found.allowed ? pass(found.detail) : fail(found.reasons.join("; "));
}

function compatible(
  { pending, applied }: Readiness,
  plan: ReleasePlan,
  direction: "forward" | "back",
): Finding {
  const change = plan.changes.find(({ app }) => app === SCHEMA_APP);
  const running = plan.before.apps[SCHEMA_APP]?.version;
  const version = change?.to.version ?? running;
  if (version === undefined) return notApplicable(`${SCHEMA_APP} is not released here`);
  return answerOf(
    direction === "back"
      ? rollbackCompatibility(applied, version)
      : releaseCompatibility({ pending, shipping: version, running }),
  );
}

export async function schemaFindings(
  context: EvidenceReader & PostgresTools & Pick<Core, "clock"> & MigrateTools,
  plan: ReleasePlan,
  direction: "forward" | "back",
): Promise<SchemaFindings> {
  if (!context.platform.migrations) {
    const none: Finding = notApplicable(`platform ${context.platform.name} declares no migrations`);
    return { linted: none, rehearsed: none, compatible: none, pending: [] };
  }
  const ready = await readiness(context);
  return {
    linted: ready.linted,
    rehearsed: ready.rehearsed,
    compatible: compatible(ready, plan, direction),
    pending: ready.pending.map(({ name }) => name),
  };
}
