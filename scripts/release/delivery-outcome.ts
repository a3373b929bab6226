// What a delivery leaves behind: its outcome for evidence and people, and the notes of the release as a file.
import path from "node:path";
import * as v from "valibot";
import type { Artifact, Check } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Core, Terminal } from "../core/tools";
import type { EvidenceTools } from "../evidence/port";
import type { MachineTools, Workspace } from "../machine/port";
import { stopped } from "./check-gates";
import { approvalText } from "./override";
import { showChange } from "./plan";
import type { ReleaseTools } from "./port";
import type { Proposal } from "./releases";
import { todoBlock, todoOf } from "./remedies";
import { type DeliveryReport, renderDelivery } from "./report";
import type { RolloutResult } from "./rollouts";

/** What only a release that came to its commit leaves in its facts. */
export const COMMITTED_FACTS = v.object({ commit: v.string() });

type Requested = Pick<DeliveryReport, "kind" | "plan">;

export interface Delivered {
  notes: string;
  facts: Record<string, unknown>;
  checks: Check[];
  merged: Proposal;
  rollout: RolloutResult;
}

/** What became of a rollout. */
export async function report(
  context: EvidenceTools &
    MachineTools &
    Pick<Workspace, "reports"> &
    ReleaseTools &
    Terminal &
    Pick<Core, "newId">,
  request: Requested,
  { notes, facts, checks, merged, rollout }: Delivered,
): Promise<Outcome> {
  const { how } = context.delivery.rollouts;
  const { outcome, reason, measurements } = rollout;
  const file = await writeNotes(context, request, notes, checks, rollout);
  return {
    checks,
    measurements,
    artifacts: [file.artifact],
    facts: {
      ...facts,
      ...rollout.facts,
      commit: merged.merged,
      branch: merged.branch,
      ...(merged.url === undefined ? {} : { pullRequest: merged.url }),
      rollout: how,
    },
    markdown: file.text,
    summary: renderDelivery({
      ...request,
      checks,
      measurements,
      color: context.color,
      width: context.width,
      notes: file.path,
      how,
      aborted: outcome === "aborted",
    }),
    json: { digest: request.plan.digest, commit: merged.merged, outcome, reason, notes },
    ...(outcome === "aborted" ? { exit: "aborted" as const } : {}),
  };
}

/** Gates stood in the way: what each says, and how two people may open it. */
export function refusal(
  { color, width, delivery }: Terminal & ReleaseTools,
  request: Requested,
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
  const todo = todoOf(stopped(checks), request.plan, request.kind);
  const hint = [
    `Refused   by ${names.join(", ")}; nothing was changed`,
    ...todoBlock(todo),
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
    json: { digest, refused: names, todo },
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
  { plan }: Requested,
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
