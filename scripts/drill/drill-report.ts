// Puts a drill into the shape that the renderers know, and its history out of earlier evidence. No wording, no layout.
import { clauseOf } from "../../policies/contract/contract";
import type { ContractTools } from "../contract/port";
import { type Check, overall } from "../core/evidence";
import type { Core, Operated } from "../core/tools";
import { factsIn } from "../evidence/facts";
import type { LedgerEntry, Provenance } from "../evidence/port";
import { targetsOf } from "../restore/outcome";
import type { ScenarioResult } from "./drill";
import { DRILL_FACTS, type DrillFacts, type DrillRun, drillRuns, trends } from "./drill-history";
import type { DrillReport, PreviousDrill } from "./report/model";

/** Clauses whose text a reader of the report needs; DR-DRILL is the proof of the same sentence. */
const PROVEN = ["DR-BACKUP", "DR-RESTORE"] as const;

export function drillFacts(id: string, results: readonly ScenarioResult[]): DrillFacts {
  return {
    drill: id,
    scenarios: results.map((scenario) => ({
      id: scenario.id,
      rtoSeconds: scenario.restoreTest.rtoSeconds ?? null,
      rpoSeconds: scenario.rpoSeconds ?? null,
      predictedSeconds: scenario.restoreTest.prediction.seconds,
      phases: scenario.restoreTest.phases.map(({ name, seconds }) => ({ name, seconds })),
    })),
  };
}

export function drillReport(
  context: Provenance &
    Pick<Operated, "environment" | "platform"> &
    Pick<Core, "clock"> &
    Pick<ContractTools, "contract">,
  id: string,
  started: Date,
  results: readonly ScenarioResult[],
  earlier: readonly LedgerEntry[],
): DrillReport {
  const previous = earlier.findLast(({ predicate }) => predicate.job === "drill");
  const targets = targetsOf(context);
  const { git, ...tools } = context.inputs;
  return {
    id,
    title: context.platform.summary,
    environment: context.environment,
    platform: context.platform.name,
    clauses: PROVEN.flatMap((clause) => clauseOf(context.contract, clause) ?? []),
    started,
    finished: context.clock.now(),
    verdict: overall(results.flatMap((scenario) => scenario.checks)),
    gitCommit: git,
    actor: context.actor,
    targets: { rtoSeconds: targets.rto, rpoSeconds: targets.rpo },
    predictedRtoSeconds:
      results.length === 0
        ? undefined
        : Math.max(...results.map(({ restoreTest }) => restoreTest.prediction.seconds)),
    scenarios: results.map((scenario) => ({
      id: scenario.id,
      name: scenario.name,
      started: scenario.started,
      target: scenario.restoreTest.goal.target,
      backup: scenario.restoreTest.goal.set.label,
      phases: scenario.restoreTest.phases.map(({ name, start, seconds, recovery }) => ({
        name,
        startSeconds: start,
        seconds,
        recovery,
      })),
      rtoSeconds: scenario.restoreTest.rtoSeconds,
      rpoSeconds: scenario.rpoSeconds,
      verdict: overall(scenario.checks),
      checks: scenario.checks.filter((check) => !scenario.restoreTest.isolation.includes(check)),
    })),
    isolation: isolationOf(results),
    previous: previous && previousDrill(previous),
    history: history(id, started, results, earlier, targets),
    evidence: undefined,
    tools,
  };
}

/** A proof that held in every copy is told once; anything else copy by copy. The evidence keeps all of them. */
function isolationOf(results: readonly ScenarioResult[]): Check[] {
  const all = results.flatMap(({ id, restoreTest }) => restoreTest.isolation.map((check) => ({ id, check })));
  const names = [...new Set(all.map(({ check }) => check.name))];
  return names.flatMap((name) => {
    const same = all.filter(({ check }) => check.name === name);
    const [first, ...rest] = same;
    if (rest.length === 0 || same.some(({ check }) => check.verdict !== "pass")) {
      return same.map(({ id, check }) => ({ ...check, name: `${id}: ${check.name}` }));
    }
    const others = rest.map(({ id }) => id).join(", ");
    return [{ ...first!.check, detail: `${first!.check.detail}; likewise in ${others}` }];
  });
}

/** Earlier drills and this one, which has no evidence yet. */
function history(
  id: string,
  started: Date,
  results: readonly ScenarioResult[],
  earlier: readonly LedgerEntry[],
  targets: ReturnType<typeof targetsOf>,
): NonNullable<DrillReport["history"]> {
  const { scenarios } = drillFacts(id, results);
  const now: DrillRun = {
    id,
    cluster: undefined,
    platform: "",
    started,
    ending: "finished",
    verdict: undefined,
    detail: undefined,
    scenarios,
    announced: {},
  };
  const before = drillRuns(earlier).filter((run) => run.id !== id);
  const promised: Readonly<Record<string, number>> = { RTO: targets.rto, RPO: targets.rpo };
  return trends([...before, now]).map(({ scenario, name, points }) => ({
    scenario,
    name,
    targetSeconds: promised[name],
    points: points.map(({ at, seconds, regression }) => ({ at, value: seconds, regression })),
  }));
}

function previousDrill(entry: LedgerEntry): PreviousDrill | undefined {
  const facts = factsIn(entry, DRILL_FACTS);
  if (!facts) return undefined;
  return {
    started: new Date(entry.predicate.started),
    scenarios: facts.scenarios.map((scenario) => ({
      ...scenario,
      rtoSeconds: scenario.rtoSeconds ?? undefined,
      rpoSeconds: scenario.rpoSeconds ?? undefined,
    })),
  };
}
