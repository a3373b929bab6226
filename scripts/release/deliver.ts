// One release from plan to outcome: gates, commit, rollout, and back again when it is found wanting. Ship, promote and
// rollback differ in their plan and in nothing here.
import path from "node:path";
import { writeRelease } from "../../policies/service/releases";
import type { ContractTools } from "../contract/port";
import type { Artifact, Check } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Core, Terminal } from "../core/tools";
import type { EvidenceTools, Provenance } from "../evidence/port";
import { record } from "../evidence/record";
import type { MachineTools, Workspace } from "../machine/port";
import { migrateUp } from "../migrate/apply";
import type { MigrateTools } from "../migrate/port";
import { readiness } from "../migrate/readiness";
import { DEFAULT_ATTEMPTS, DEFAULT_LOCK_TIMEOUT_MS } from "../migrate/runner";
import type { RenderTools } from "../render/port";
import type { RestoreTools } from "../restore/tools";
import { type OverrideRequest, override } from "./ask-override";
import { renderNotes } from "./changesets";
import { checkGates, stopped } from "./check-gates";
import { releaseMessage } from "./history";
import { approvalText } from "./override";
import { type ReleasePlan, showChange } from "./plan";
import type { ReleaseTools } from "./port";
import type { Proposal } from "./releases";
import { renderedWith } from "./rendered";
import { renderDelivery } from "./report";
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
    RenderTools,
  request: DeliveryRequest,
): Promise<Outcome> {
  const { delivery, progress, newId, signal } = context;
  const { kind, plan } = request;
  const direction = kind === "rollback" ? "back" : "forward";
  const notes = notesOf(request);
  const gates = await checkGates(context, plan, direction);
  const commit = await committer(context, request, notes);
  const { checks, records, refused } = await override(context, gates, plan, request.overrideRequest, () =>
    commit([]),
  );
  const facts = { ...factsOf(request), overrides: records, overridesRefused: refused };
  if (stopped(checks).length > 0) return refusal(context, request, checks, facts);

  const migrated = kind === "rollback" ? [] : await bringSchema(context);
  const merged = await progress.phase("commit", async (phase) => {
    const branch = `${kind === "rollback" ? "rollback" : "release"}/${plan.environment}-${newId()}`;
    const made = await commit(records);
    const onNote = phase.note;
    return delivery.releases.propose({
      commit: made,
      environment: plan.environment,
      branch,
      signal,
      onNote,
    });
  });
  const done = await rollOut(context, request, merged);
  const { rollout } = done;
  const check: Check =
    rollout.outcome === "healthy"
      ? { name: "rollout", verdict: "pass", detail: rollout.reason }
      : {
          name: rollout.metric ? `rollout-${rollout.metric}` : "rollout",
          verdict: "fail",
          detail: rollout.reason,
        };
  progress.check(check);
  const lost = rollout.measurements.find(({ name }) => name === "requests-lost");
  const served: Check[] =
    lost?.target === undefined
      ? []
      : [
          {
            name: "requests-lost",
            verdict: lost.value <= lost.target ? "pass" : "fail",
            detail: lostDetail(rollout),
          },
        ];
  for (const one of served) progress.check(one);
  const all = [...checks, ...migrated, check, ...served, ...done.restored];
  const file = await writeNotes(context, request, notes, all, rollout);
  return {
    checks: all,
    measurements: rollout.measurements,
    artifacts: [file.artifact],
    facts: {
      ...facts,
      ...rollout.facts,
      commit: merged.merged,
      branch: merged.branch,
      ...(merged.url === undefined ? {} : { pullRequest: merged.url }),
      rollout: delivery.rollouts.how,
    },
    markdown: file.text,
    summary: renderDelivery({
      ...request,
      checks: all,
      measurements: rollout.measurements,
      color: context.color,
      width: context.width,
      notes: file.path,
      how: delivery.rollouts.how,
      aborted: rollout.outcome === "aborted",
    }),
    json: {
      digest: plan.digest,
      commit: merged.merged,
      outcome: rollout.outcome,
      reason: rollout.reason,
      notes,
    },
    ...(rollout.outcome === "aborted" ? { exit: "aborted" as const } : {}),
  };
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

function refusal(
  { color, width, delivery }: Terminal & ReleaseTools,
  request: DeliveryRequest,
  checks: Check[],
  facts: Record<string, unknown>,
): Outcome {
  const names = stopped(checks).map(({ name }) => name);
  const { digest } = request.plan;
  const table = renderDelivery({
    ...request,
    checks,
    measurements: [],
    color,
    width,
    how: delivery.rollouts.how,
    aborted: false,
  });
  const hint = [
    `Refused   by ${names.join(", ")}; nothing was changed`,
    "Override  --override <gate> --reason <why> --approval <branch>; a second person pushes that branch with a signed commit:",
    ...approvalText(names[0]!, digest)
      .split("\n")
      .map((line) => `            ${line}`),
  ];
  return {
    checks,
    measurements: [],
    artifacts: [],
    facts,
    summary: `${table}\n${hint.join("\n")}`,
    json: { digest, refused: names },
    exit: "gate",
  };
}

async function writeNotes(
  {
    ledger,
    host,
    reports,
    delivery,
    newId,
  }: EvidenceTools & MachineTools & Pick<Workspace, "reports"> & ReleaseTools & Pick<Core, "newId">,
  { plan }: DeliveryRequest,
  notes: string,
  checks: readonly Check[],
  { outcome, reason }: RolloutResult,
): Promise<{ artifact: Artifact; path: string; text: string }> {
  const text = [
    `# ${plan.environment}: ${plan.changes.map(showChange).join(", ")}`,
    outcome === "healthy"
      ? `Released (${delivery.rollouts.how}).`
      : `**Aborted**: ${reason}. What ran before serves (${delivery.rollouts.how}).`,
    notes.trim(),
    "## Gates and checks",
    checks.map(({ name, verdict, detail }) => `- ${name}: ${verdict} - ${detail}`).join("\n"),
    `Release digest ${plan.digest}\n`,
  ].join("\n\n");
  const name = `release-${plan.environment}-${newId()}.md`;
  const file = path.join(reports, name);
  await host.makeDirectory(reports);
  await host.writeText(file, text);
  return { artifact: await ledger.store(name, "text/markdown", text), path: file, text };
}

function lostDetail({ measurements }: RolloutResult): string {
  const value = (name: string): number => measurements.find((one) => one.name === name)?.value ?? Number.NaN;
  return `${value("requests-lost")} of ${value("requests")} requests lost while versions changed`;
}
