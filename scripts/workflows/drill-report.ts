// Puts a drill into the shape that the renderers know, and its history out of earlier evidence. No wording, no layout.
import { overall } from "../domain/evidence";
import type { DrillReport, PreviousDrill } from "../domain/report/model";
import type { Context, LedgerEntry } from "../ports";
import type { Played } from "./drill";
import { targetsOf } from "./judge";

/** What a drill leaves in its facts so that the next one can be compared with it. */
export interface DrillFacts {
  drill: string;
  scenarios: {
    id: string;
    rtoSeconds: number | null;
    rpoSeconds: number | null;
    phases: { name: string; seconds: number }[];
  }[];
}

export function drillFacts(id: string, played: readonly Played[]): DrillFacts {
  return {
    drill: id,
    scenarios: played.map((scenario) => ({
      id: scenario.id,
      rtoSeconds: scenario.exercise.rtoSeconds ?? null,
      rpoSeconds: scenario.rpoSeconds ?? null,
      phases: scenario.exercise.phases.map(({ name, seconds }) => ({ name, seconds })),
    })),
  };
}

export function drillReport(
  context: Context,
  id: string,
  started: Date,
  played: readonly Played[],
  previous: LedgerEntry | undefined,
): DrillReport {
  const targets = targetsOf(context);
  const { git, ...tools } = context.inputs;
  return {
    id,
    title: context.platform.summary,
    environment: context.environment,
    platform: context.platform.name,
    started,
    finished: context.clock.now(),
    verdict: overall(played.flatMap((scenario) => scenario.checks)),
    gitCommit: git,
    actor: context.actor,
    targets: { rtoSeconds: targets.rto, rpoSeconds: targets.rpo },
    predictedRtoSeconds: played[0]?.exercise.prediction.seconds,
    scenarios: played.map((scenario) => ({
      id: scenario.id,
      name: scenario.name,
      started: scenario.started,
      target: scenario.exercise.goal.target,
      backup: scenario.exercise.goal.set.label,
      phases: scenario.exercise.phases.map(({ name, start, seconds, recovery }) => ({
        name,
        startSeconds: start,
        seconds,
        recovery,
      })),
      rtoSeconds: scenario.exercise.rtoSeconds,
      rpoSeconds: scenario.rpoSeconds,
      verdict: overall(scenario.checks),
      checks: scenario.checks.filter((check) => !scenario.exercise.isolation.includes(check)),
    })),
    isolation: played.flatMap((scenario) =>
      scenario.exercise.isolation.map((check) => ({ ...check, name: `${scenario.id}: ${check.name}` })),
    ),
    previous: previous && previousDrill(previous),
    evidence: undefined,
    tools,
  };
}

function previousDrill(entry: LedgerEntry): PreviousDrill | undefined {
  const facts = entry.predicate.facts as Partial<DrillFacts>;
  if (!facts.scenarios) return undefined;
  return {
    started: new Date(entry.predicate.started),
    scenarios: facts.scenarios.map((scenario) => ({
      ...scenario,
      rtoSeconds: scenario.rtoSeconds ?? undefined,
      rpoSeconds: scenario.rpoSeconds ?? undefined,
    })),
  };
}
