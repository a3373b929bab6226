// How this drill differs from the one before, phase by phase. Pure; judges nothing, marks what deserves a look.
import type { DrillReport } from "./model";

export interface Change {
  scenario: string;
  /** A phase's name, or `RTO` / `RPO` for the whole scenario. */
  name: string;
  /** Seconds; `undefined` when the drill before, or this one, did not have it. */
  before: number | undefined;
  now: number | undefined;
  /** `now − before` in seconds, when both are known. */
  delta: number | undefined;
  /** `slower` or `faster` by more than both a fifth and a second; noise stays unmarked. */
  mark: "slower" | "faster" | "new" | "gone" | undefined;
}

/** Differences smaller than this are noise on a shared machine: a fifth, and at least a second. */
const NOTABLE = { share: 0.2, seconds: 1 };

type Times = ReadonlyMap<string, number>;

/** Every phase of both drills in order of appearance; empty without a previous drill. Same-named phases are summed. */
export function compare(report: DrillReport): Change[] {
  const { previous } = report;
  if (!previous) return [];
  const ids = new Set([...report.scenarios, ...previous.scenarios].map((scenario) => scenario.id));
  return [...ids].flatMap((id) => {
    const now = times(report.scenarios.find((scenario) => scenario.id === id));
    const before = times(previous.scenarios.find((scenario) => scenario.id === id));
    const names = new Set([...now.keys(), ...before.keys()]);
    return [...names].map((name) => change(id, name, before.get(name), now.get(name)));
  });
}

function times(scenario: TimedScenario | undefined): Times {
  const sums = new Map<string, number>();
  if (!scenario) return sums;
  const add = (name: string, seconds: number): void => void sums.set(name, (sums.get(name) ?? 0) + seconds);
  if (scenario.rtoSeconds !== undefined) add("RTO", scenario.rtoSeconds);
  if (scenario.rpoSeconds !== undefined) add("RPO", scenario.rpoSeconds);
  for (const phase of scenario.phases) add(phase.name, phase.seconds);
  return sums;
}

interface TimedScenario {
  rtoSeconds: number | undefined;
  rpoSeconds: number | undefined;
  phases: readonly { name: string; seconds: number }[];
}

function change(scenario: string, name: string, before: number | undefined, now: number | undefined): Change {
  const delta = before === undefined || now === undefined ? undefined : now - before;
  return { scenario, name, before, now, delta, mark: markOf(before, now) };
}

function markOf(before: number | undefined, now: number | undefined): Change["mark"] {
  if (before === undefined) return "new";
  if (now === undefined) return "gone";
  const size = Math.abs(now - before);
  if (size <= NOTABLE.seconds || size <= before * NOTABLE.share) return undefined;
  return now > before ? "slower" : "faster";
}
