// The promised window as days of Asia/Shanghai: what the college would ask for is a date.
import { DateTime } from "luxon";
import { contains, type Interval, intersect, measure, subtract, union } from "../core/intervals";
import type { RestoredInstant } from "../restore/restored-instants";
import { broken, type Coverage, type Gap } from "./coverage";

/**
 * `before`: nothing was ever backed up by then. `partial`: some of the day cannot be restored. `open`: so young that its
 * WAL may still be on its way. `exercised`: wholly restorable, and at least one of its instants was restored and verified.
 */
export const DAY_STATES = ["exercised", "restorable", "partial", "gap", "before", "open"] as const;
export type DayState = (typeof DAY_STATES)[number];

export interface Day {
  /** `2026-11-23` */
  date: string;
  /** 1 = Monday. */
  weekday: number;
  state: DayState;
  /** Share of the day's promised part that can be restored, 0…1. */
  share: number;
  /** Instants of the day that were restored and verified without a finding. */
  exercised: number;
  gaps: Gap[];
}

const ZONE = "Asia/Shanghai";

/** @param rpoSeconds newest moments that may be missing, as promised */
export function calendar(
  coverage: Coverage,
  exercised: readonly RestoredInstant[],
  rpoSeconds: number,
): Day[] {
  const bad = broken(coverage, rpoSeconds);
  const days: Day[] = [];
  const { from, to } = coverage.window;
  for (
    let start = DateTime.fromMillis(from, { zone: ZONE }).startOf("day");
    start.toMillis() < to;
    start = start.plus({ days: 1 })
  ) {
    const promised = {
      from: Math.max(from, start.toMillis()),
      to: Math.min(to, start.plus({ days: 1 }).toMillis()),
    };
    const inside = <T extends Interval>(intervals: readonly T[]): T[] =>
      intervals.filter((interval) => interval.from < promised.to && promised.from < interval.to);
    const clean = exercised.filter(
      ({ at, verdict }) => verdict === "pass" && contains([promised], at.getTime()),
    );
    const restorable = measure(intersect(coverage.restorable, promised));
    const gaps = inside(coverage.gaps);
    days.push({
      date: start.toFormat("yyyy-MM-dd"),
      weekday: start.weekday,
      state: stateOf(restorable, gaps, inside(bad).length, clean.length),
      share: restorable / (promised.to - promised.from),
      exercised: clean.length,
      gaps,
    });
  }
  return days;
}

function stateOf(restorable: number, gaps: readonly Gap[], bad: number, exercised: number): DayState {
  const before = gaps.some(({ reason }) => reason.kind === "younger");
  if (restorable === 0) return bad > 0 ? "gap" : before ? "before" : "open";
  if (bad > 0 || before) return "partial";
  return exercised > 0 ? "exercised" : "restorable";
}

/** Around each instant so much counts as exercised with it when the next ones are chosen; a second. */
const AROUND = 1000;

/** Instants in the middle of the largest restorable stretches without an exercised one, each chosen with those before it. */
export function nextToTest(coverage: Coverage, exercised: readonly RestoredInstant[], count: number): Date[] {
  const done = exercised.filter(({ verdict }) => verdict === "pass").map(({ at }) => at.getTime());
  const chosen: number[] = [];
  while (chosen.length < count) {
    const holes = [...done, ...chosen].map((at) => ({ from: at, to: at + AROUND }));
    const largest = subtract(union(coverage.restorable), holes)
      .sort((a, b) => b.to - b.from - (a.to - a.from))
      .at(0);
    if (!largest || largest.to - largest.from < 2 * AROUND) break;
    chosen.push(Math.floor((largest.from + largest.to) / 2));
  }
  return chosen.map((at) => new Date(at));
}
