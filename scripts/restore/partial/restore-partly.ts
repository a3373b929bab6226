// A restore of one database or one table: an isolated copy, out of which only that object is taken.
import type { Outcome } from "../../core/outcome";
import { showObject, showTarget } from "../../postgres/object-name";
import { outcomeOf, samples } from "../outcome";
import type { Goal } from "../target";
import { testRestore } from "../test-restore";
import type { RestoreTools } from "../tools";
import type { Decision } from "../unmasked";
import { type PartialRequest, preparePartial } from "./partial-restore";

export function planPartial({ object, loadInto, into }: PartialRequest, label: string): string[] {
  return [
    `restore ${label} into an isolated copy, recover, compare it with the checkpoint`,
    ...(loadInto ? [] : ["mask the copy as policies/data/masking.yaml declares, unless --unmasked is given"]),
    `dump ${showObject(object)} from the copy`,
    loadInto
      ? `load it into ${showTarget(loadInto)} on the source, which must not exist; compare rows and definitions`
      : `leave the dump in ${into}, mode 0600`,
    "remove the copy",
  ];
}

export async function restorePartly(
  context: RestoreTools,
  goal: Goal,
  timeoutSeconds: number,
  only: PartialRequest,
  decision: Decision,
): Promise<Outcome> {
  const partial = await preparePartial(context, only, decision);
  if (goal.assumedZone) context.progress.say("info", `no zone given: read as Asia/Shanghai, ${goal.text}`);
  const done = await testRestore(context, goal, {
    purpose: "restore --only",
    restoreChecks: partial.restoreChecks,
    rewrites: decision.masked,
    timeoutSeconds,
    samples: await samples(context),
  });
  const outcome = outcomeOf(context, done);
  return {
    ...outcome,
    checks: [...outcome.checks, ...partial.checks],
    summary: [`Target      ${goal.text}`, ...partial.lines].join("\n"),
    facts: { ...outcome.facts, ...decision.facts(), only: showObject(only.object) },
  };
}
