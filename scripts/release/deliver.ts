// One release from plan to outcome: gates, commit, rollout, and back again when it is degraded. Ship, promote and
// rollback differ in their plan and in nothing here.
import { writeRelease } from "../../policies/service/releases";
import type { CheckTools } from "../check/port";
import type { ContractTools } from "../contract/port";
import type { Check } from "../core/evidence";
import { fail, pass } from "../core/finding";
import type { Outcome } from "../core/outcome";
import type { Core, Terminal } from "../core/tools";
import type { Provenance } from "../evidence/port";
import { record } from "../evidence/record";
import { migrateUp } from "../migrate/apply";
import type { MigrateTools } from "../migrate/port";
import { readiness } from "../migrate/readiness";
import { DEFAULT_ATTEMPTS, DEFAULT_LOCK_TIMEOUT_MS } from "../migrate/runner";
import type { PlanTools } from "../plan/port";
import type { RenderTools } from "../render/port";
import type { RestoreTools } from "../restore/tools";
import { type OverrideRequest, override } from "./ask-override";
import { renderNotes } from "./changesets";
import { checkGates, stopped } from "./check-gates";
import { refusal, report } from "./delivery-outcome";
import { releaseMessage } from "./history";
import type { ReleasePlan } from "./plan";
import type { ReleaseTools } from "./port";
import { makeQuickProofs } from "./quick-proofs";
import type { Proposal } from "./releases";
import { renderedWith } from "./rendered";
import { restore } from "./restore";
import type { RolloutResult } from "./rollouts";
import type { EnvironmentState } from "./state";

export interface DeliveryRequest {
  kind: "ship" | "promote" | "rollback";
  state: EnvironmentState;
  plan: ReleasePlan;
  /** Commit whose state a rollback restores. */
  restores?: string;
  overrideRequest: OverrideRequest;
}

const VERB = { ship: "Release", promote: "Promote", rollback: "Roll back to" } as const;

/** @throws OpsError conflict, unavailable, timeout, config; nothing is left half done by any of them */
export async function deliver(
  context: RestoreTools &
    ReleaseTools &
    Terminal &
    Pick<ContractTools, "contract"> &
    Provenance &
    MigrateTools &
    RenderTools &
    CheckTools &
    PlanTools,
  request: DeliveryRequest,
): Promise<Outcome> {
  const { kind, plan } = request;
  const notes = notesOf(request);
  // A rollback waits for nothing; see `ROLLBACK_GATES`.
  if (kind !== "rollback") await context.progress.phase("missing proofs", () => makeQuickProofs(context));
  const gates = await checkGates(context, plan, kind === "rollback" ? "back" : "forward");
  const commit = await committer(context, request, notes);
  const { checks, records, refused } = await override(context, gates, plan, request.overrideRequest, () =>
    commit([]),
  );
  const facts = { ...factsOf(request), overrides: records, overridesRefused: refused };
  if (stopped(checks).length > 0) return refusal(context, request, checks, facts);

  const migrated = kind === "rollback" ? [] : await bringSchema(context);
  const merged = await propose(context, request, () => commit(records));
  const { rollout, restored } = await rollOut(context, request, merged);
  const served = judgeRollout(rollout);
  for (const check of served) context.progress.check(check);
  const all = [...checks, ...migrated, ...served, ...restored];
  return report(context, request, { notes, facts, checks: all, merged, rollout });
}

/** The schema comes first: a new version never meets an old one. What it brings, the version that serves can run with (a gate). */
async function bringSchema(context: RestoreTools & Provenance & MigrateTools): Promise<Check[]> {
  if (!context.platform.migrations || (await readiness(context)).pending.length === 0) return [];
  const started = context.clock.now();
  const outcome = await context.progress.phase("migrate", () =>
    migrateUp(context, { lockTimeout: DEFAULT_LOCK_TIMEOUT_MS, attempts: DEFAULT_ATTEMPTS }),
  );
  await record(context, { job: "migrate", kind: "migration", clauses: ["DATA-CHANGE"], started }, outcome);
  for (const check of outcome.checks) context.progress.check(check);
  return outcome.checks;
}

/** Rolls out; whatever goes wrong, git says again what serves. */
async function rollOut(
  context: ReleaseTools & Pick<Core, "newId" | "progress" | "signal"> & RenderTools,
  request: DeliveryRequest,
  merged: Proposal,
): Promise<{ rollout: RolloutResult; restored: Check[] }> {
  const { delivery, progress, signal } = context;
  try {
    const rollout = await progress.phase("rollout", (phase) =>
      delivery.rollouts.roll({
        plan: request.plan,
        commit: merged.merged,
        direct: request.kind === "rollback",
        signal,
        onStep: phase.note,
      }),
    );
    return {
      rollout,
      restored: rollout.outcome === "aborted" ? [await restore(context, request, merged)] : [],
    };
  } catch (error) {
    progress.check(await restore(context, request, merged));
    throw error;
  }
}

/** The commit goes to the main branch, by whatever way leads there. @throws OpsError conflict, timeout */
async function propose(
  { delivery, progress, newId, signal }: ReleaseTools & Pick<Core, "newId" | "progress" | "signal">,
  { kind, plan: { environment } }: DeliveryRequest,
  made: () => Promise<string>,
): Promise<Proposal> {
  const branch = `${kind === "rollback" ? "rollback" : "release"}/${environment}-${newId()}`;
  return progress.phase("commit", async ({ note: onNote }) =>
    delivery.releases.propose({ commit: await made(), environment, branch, signal, onNote }),
  );
}

/** Did the new version come to serve, and was nobody turned away meanwhile? */
function judgeRollout(rollout: RolloutResult): Check[] {
  const { outcome, metric, reason, measurements } = rollout;
  const name = outcome === "aborted" && metric ? `rollout-${metric}` : "rollout";
  const decided: Check = { name, ...(outcome === "healthy" ? pass(reason) : fail(reason)) };
  const lost = measurements.find((one) => one.name === "requests-lost");
  if (lost?.target === undefined) return [decided];
  const detail = lostDetail(rollout);
  return [decided, { name: "requests-lost", ...(lost.value <= lost.target ? pass(detail) : fail(detail)) }];
}

function subjectOf({ kind, plan }: DeliveryRequest): string {
  const what = plan.changes.map(({ app, to }) => `${app} ${to.version}`).join(", ");
  return `${VERB[kind]} ${what} ${kind === "rollback" ? "in" : "to"} ${plan.environment}`;
}

export function notesOf({ plan }: Pick<DeliveryRequest, "plan">): string {
  return renderNotes(
    plan.changes.map(({ app, from, to }) => ({ app, from: from?.version, to: to.version })),
    plan.changesets,
  );
}

async function committer(
  context: ReleaseTools & RenderTools,
  { plan, state, restores, ...request }: DeliveryRequest,
  notes: string,
): Promise<(overrides: readonly string[]) => Promise<string>> {
  const { releases } = context.delivery;
  const signOff = await releases.author();
  const rendered = await renderedWith(context, plan.base, plan.before, plan.after);
  return (overrides) =>
    releases.commit({
      environment: plan.environment,
      base: plan.base,
      text: writeRelease(state.text, plan.after),
      rendered,
      message: releaseMessage({
        subject: subjectOf({ ...request, plan, state }),
        notes,
        environment: plan.environment,
        digest: plan.digest,
        changesets: plan.changesets.map(({ id }) => id),
        ...(restores === undefined ? {} : { restores }),
        overrides,
        signOff,
      }),
    });
}

function factsOf({ kind, plan }: DeliveryRequest): Record<string, unknown> {
  return {
    action: kind,
    release: plan.digest,
    base: plan.base,
    changes: plan.changes,
    changesets: plan.changesets.map(({ id }) => id),
    changeIds: [...new Set(plan.changesets.flatMap(({ changes }) => changes))],
  };
}

function lostDetail({ measurements }: RolloutResult): string {
  const value = (name: string): number => measurements.find((one) => one.name === name)?.value ?? Number.NaN;
  return `${value("requests-lost")} of ${value("requests")} requests lost while versions changed`;
}
