// Who answers at which instant, and the stretches in which nobody would. Pure; the roster is given.
import { DAY, MINUTE } from "../engine/durations";
import type { Roster, Shift } from "./roster";

/** Milliseconds since the epoch; `to` is not included. */
export interface Stretch {
  from: number;
  to: number;
}

/** One shift of one day. */
export interface Duty extends Stretch {
  /** Local day on which it begins. */
  day: string;
  shift: string;
  /** First responder first; empty when everybody who should stand here is away. */
  people: readonly string[];
}

/** Asia/Shanghai is UTC+8 and has had no daylight saving since 1991. */
const OFFSET = 8 * 60 * MINUTE;

const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY;
const dayText = (number: number): string => new Date(number * DAY).toISOString().slice(0, 10);

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
}

function dutyOf(roster: Roster, shift: Shift, day: number): Duty {
  const { from, days, turns } = roster.rotation;
  const elapsed = day - dayNumber(from);
  // Before the rotation begins nobody was asked to stand anywhere.
  const turn = elapsed < 0 ? undefined : turns[Math.floor(elapsed / days) % turns.length];
  const start = day * DAY - OFFSET + minutes(shift.from) * MINUTE;
  const length = (minutes(shift.to) - minutes(shift.from) + 24 * 60) % (24 * 60) || 24 * 60;
  const text = dayText(day);
  return {
    day: text,
    shift: shift.name,
    from: start,
    to: start + length * MINUTE,
    people: (turn?.[shift.name] ?? []).flatMap((name) => present(roster, name, text)),
  };
}

/** The person, the stand-in, or nobody. A stand-in who is away too stands in for nobody. */
function present({ absences }: Roster, name: string, day: string): string[] {
  const away = (person: string) =>
    absences.find((absence) => absence.person === person && absence.from <= day && day <= absence.to);
  const absence = away(name);
  if (!absence) return [name];
  return absence.standIn !== undefined && !away(absence.standIn) ? [absence.standIn] : [];
}

/** Shifts that touch the stretch, by their beginning. */
export function duties(roster: Roster, { from, to }: Stretch): Duty[] {
  const first = Math.floor((from + OFFSET) / DAY) - 1;
  const last = Math.floor((to + OFFSET) / DAY);
  const days = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  return days
    .flatMap((day) => roster.shifts.map((shift) => dutyOf(roster, shift, day)))
    .filter((duty) => duty.to > from && duty.from < to)
    .sort((a, b) => a.from - b.from);
}

/** Who answers at an instant, first responder first. */
export function onDuty(roster: Roster, at: Date): string[] {
  const time = at.getTime();
  return [...new Set(duties(roster, { from: time, to: time + 1 }).flatMap(({ people }) => [...people]))];
}

/** The stretches within `stretch` in which nobody answers, in order. */
export function uncovered(roster: Roster, stretch: Stretch): Stretch[] {
  const gaps: Stretch[] = [];
  let reached = stretch.from;
  for (const { from, to, people } of duties(roster, stretch)) {
    if (people.length === 0) continue;
    if (from > reached) gaps.push({ from: reached, to: from });
    reached = Math.max(reached, to);
  }
  if (reached < stretch.to) gaps.push({ from: reached, to: stretch.to });
  return gaps;
}

/** Pairs of duties that one person would do without a rest between them, each by its second. */
export function withoutRest(
  roster: Roster,
  stretch: Stretch,
  restHours: number,
): { person: string; duty: Duty }[] {
  const lastEnd = new Map<string, number>();
  return duties(roster, stretch).flatMap((duty) =>
    duty.people.flatMap((person) => {
      const before = lastEnd.get(person);
      lastEnd.set(person, Math.max(duty.to, before ?? 0));
      return before !== undefined && duty.from < before + restHours * 60 * MINUTE ? [{ person, duty }] : [];
    }),
  );
}
