// What the verifier's self-test found: which injected faults were caught, by which check, and which clean rounds raised an
// alarm. Pure: observations in, verdicts and a table out.
import type { Check, Measurement, Verdict } from "../core/evidence";
import { type Cell, paint, renderTable } from "../core/table";

/** A check that failed while a fault was injected. */
export interface Failure {
  /** Name of the check, or `refused: <exit>` when the job would not even begin. */
  name: string;
  detail: string;
  /** Seconds from the beginning of the verification. */
  after: number;
}

export interface FaultResult {
  kind: string;
  family: string;
  simulates: string;
  /** The check that has to fail. Another one that fails as well is welcome, but it is not the one that was promised. */
  expected: string;
  outcome: "caught" | "missed" | "not injected";
  failures: readonly Failure[];
  /** Why it could not be injected. */
  reason?: string;
}

export interface CleanRound {
  /** What was restored to. */
  to: string;
  verdict: Verdict;
  /** Checks that were not passed, each with its detail. */
  alarms: readonly string[];
  seconds: number;
}

export interface SelfTest {
  faults: readonly FaultResult[];
  rounds: readonly CleanRound[];
}

export interface Totals {
  kinds: number;
  caught: number;
  missed: number;
  notInjected: number;
  rounds: number;
  falseAlarms: number;
  /** Clean rounds that ended neither in a pass nor in an alarm. */
  undecided: number;
}

/** @param saying what the check has to find; without it, that it failed is enough */
export function judgeFault(
  fault: Pick<FaultResult, "kind" | "family" | "simulates" | "expected"> & { saying?: RegExp },
  failures: readonly Failure[],
): FaultResult {
  const { kind, family, simulates, expected, saying } = fault;
  const caught = failures.some(({ name, detail }) => name === expected && (saying?.test(detail) ?? true));
  return { kind, family, simulates, expected, outcome: caught ? "caught" : "missed", failures };
}

export function totalsOf({ faults, rounds }: SelfTest): Totals {
  const count = (outcome: FaultResult["outcome"]): number =>
    faults.filter((fault) => fault.outcome === outcome).length;
  return {
    kinds: faults.length,
    caught: count("caught"),
    missed: count("missed"),
    notInjected: count("not injected"),
    rounds: rounds.length,
    falseAlarms: rounds.filter((round) => round.verdict === "fail").length,
    undecided: rounds.filter((round) => round.verdict === "inconclusive").length,
  };
}

/** A fault that could not be injected proves nothing, and so does a round that could not be decided. */
export function selfTestChecks(result: SelfTest): Check[] {
  const totals = totalsOf(result);
  const named = (outcome: FaultResult["outcome"]): string =>
    result.faults
      .filter((fault) => fault.outcome === outcome)
      .map((fault) => fault.kind)
      .join(", ");
  const alarms = [...new Set(result.rounds.flatMap((round) => round.alarms))];
  return [
    {
      name: "every-fault-caught",
      verdict:
        totals.missed > 0 ? "fail" : totals.caught < Math.max(1, totals.kinds) ? "inconclusive" : "pass",
      detail:
        totals.missed > 0
          ? `missed: ${named("missed")}`
          : totals.notInjected > 0
            ? `not injected: ${named("not injected")}`
            : `${totals.caught} kinds of fault, each caught by its check`,
    },
    {
      name: "no-false-alarm",
      verdict: totals.falseAlarms > 0 ? "fail" : totals.undecided > 0 ? "inconclusive" : "pass",
      detail:
        totals.falseAlarms + totals.undecided > 0
          ? `${totals.falseAlarms} false alarms, ${totals.undecided} undecided in ${totals.rounds} clean rounds: ${alarms.slice(0, 5).join("; ")}`
          : `${totals.rounds} clean rounds, no alarm`,
    },
  ].filter((check) => check.name !== "no-false-alarm" || totals.rounds > 0) as Check[];
}

export function selfTestMeasurements(result: SelfTest): Measurement[] {
  const totals = totalsOf(result);
  const seconds = result.rounds.map((round) => round.seconds).sort((a, b) => a - b);
  const measure = (name: string, value: number, target?: number): Measurement => ({
    name,
    value,
    unit: "1",
    ...(target === undefined ? {} : { target }),
  });
  return [
    measure("fault-kinds", totals.kinds),
    measure("faults-caught", totals.caught),
    measure("faults-missed", totals.missed, 0),
    measure("clean-rounds", totals.rounds),
    measure("false-alarms", totals.falseAlarms, 0),
    ...(seconds.length > 0
      ? [{ name: "clean-round-median", value: seconds[Math.floor(seconds.length / 2)]!, unit: "s" }]
      : []),
  ];
}

/** Columns that all but the last of the table take, with their borders, at most. */
const FIXED_WIDTH = 82;

export function renderSelfTest(
  result: SelfTest,
  { color, width }: { color: boolean; width: number },
): string {
  const totals = totalsOf(result);
  const table = renderTable({
    head: ["Fault", "Caught", "By", "After", "Also noticed by"],
    rows: result.faults.map(cells),
    color,
    maxWidths: [32, 0, 22, 0, Math.max(24, width - FIXED_WIDTH)],
  });
  const clean = [`${totals.rounds} clean rounds`, `${totals.falseAlarms} false alarms`];
  if (totals.undecided > 0) clean.push(`${totals.undecided} undecided`);
  const median = selfTestMeasurements(result).find(({ name }) => name === "clean-round-median");
  if (median) clean.push(`median ${median.value.toFixed(1)} s`);
  const faults = [`${totals.kinds} kinds of fault`, `${totals.caught} caught`, `${totals.missed} missed`];
  if (totals.notInjected > 0) faults.push(`${totals.notInjected} not injected`);
  const good = totals.missed + totals.notInjected + totals.falseAlarms + totals.undecided === 0;
  const line = `${faults.join(", ")}; ${clean.join(", ")}`;
  return [table, paint({ text: line, tone: good ? "good" : "bad" }, color)].join("\n");
}

const OUTCOME: Readonly<Record<FaultResult["outcome"], Cell>> = {
  caught: { text: "yes", tone: "good" },
  missed: { text: "NO", tone: "bad" },
  "not injected": { text: "not tried", tone: "warn" },
};

function cells({ kind, outcome, expected, failures, reason }: FaultResult): Cell[] {
  const by = failures.find((failure) => failure.name === expected);
  const others = [...new Set(failures.map((failure) => failure.name))].filter((name) => name !== expected);
  return [
    kind,
    OUTCOME[outcome],
    outcome === "caught" ? expected : { text: `(${expected})`, tone: "dim" },
    by ? `${by.after.toFixed(1)} s` : "-",
    reason ?? (others.join(", ") || "-"),
  ];
}
