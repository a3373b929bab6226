// Turns one exercised restore into what evidence says of it: checks, measurements against targets, facts to learn from.
import { type MemoryReader, memoryOf } from "../backup/memory";
import type { Check, Measurement } from "../core/evidence";
import { missesTarget } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Operated } from "../core/tools";
import { factsIn } from "../evidence/facts";
import { RESTORE_FACTS, restoreFacts } from "./facts";
import { predictionError, type Sample } from "./prediction";
import type { RestoreTest } from "./test-restore";

/** Jobs whose restores are measured alike and may teach a prediction. */
const TEACHERS = ["verify", "drill", "restore"] as const;

/** Measured restores of this cluster, oldest first. */
export async function samples(context: MemoryReader): Promise<Sample[]> {
  const entries = await memoryOf(context, ...TEACHERS);
  return entries.flatMap((entry) => factsIn(entry, RESTORE_FACTS)?.samples ?? []);
}

/** Seconds promised: the platform file speaks of minutes. */
export function targetsOf(context: Pick<Operated, "platform">): { rto: number; rpo: number } {
  const { rto, rpo } = context.platform.targets;
  return { rto: rto * 60, rpo: rpo * 60 };
}

export function outcomeOf(context: Pick<Operated, "platform">, done: RestoreTest): Outcome {
  const measurements: Measurement[] = [
    ...(done.rtoSeconds === undefined
      ? []
      : [{ name: "rto", value: done.rtoSeconds, unit: "s", target: targetsOf(context).rto }]),
    ...predictionMeasurements(done),
    ...done.phases.map((phase) => ({ name: `phase: ${phase.name}`, value: phase.seconds, unit: "s" })),
  ];
  return {
    checks: [...done.checks, ...targetChecks(measurements)],
    measurements,
    artifacts: [],
    // A restore that is too slow is as failed as any other; its exit code says which it was.
    ...(done.failure?.exit === "timeout" ? { exit: "timeout" as const } : {}),
    facts: {
      target: done.goal.text,
      backup: done.goal.set.label,
      checkpoint: done.goal.checkpoint?.name ?? null,
      prediction: done.prediction,
      ...restoreFacts([done]),
    },
  };
}

/** What was predicted before the restore and, once it was measured, how far that was off as a share of the measured. */
export function predictionMeasurements({ prediction, rtoSeconds }: RestoreTest): Measurement[] {
  const predicted = { name: "rto-predicted", value: prediction.seconds, unit: "s" };
  if (rtoSeconds === undefined) return [predicted];
  const value = predictionError(prediction.seconds, rtoSeconds);
  return [predicted, { name: "rto-prediction-error", value, unit: "1" }];
}

/** A measured value over its promise is a failed check, named after the measurement. */
export function targetChecks(measurements: readonly Measurement[]): Check[] {
  return measurements
    .filter((measurement) => measurement.target !== undefined)
    .map((measurement) => ({
      name: `${measurement.name}-target`,
      verdict: missesTarget(measurement) ? "fail" : "pass",
      detail: `${measurement.value.toFixed(1)} ${measurement.unit} measured, ${measurement.target} ${measurement.unit} promised`,
    }));
}
