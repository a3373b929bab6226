// Reads of service subjects what several rules ask: people, figures of the contract, days.

import { loadable, type Roster } from "../../service/roster";
import { DAY, HOUR } from "../durations";
import { finding, valueAt } from "../expect";
import type { Finding } from "../rule";
import type { Subject, World } from "../subject";
import { isList, isRecord, type PlannedValue } from "../value";

/** The texts of a list; empty when it is none. */
export const texts = (value: PlannedValue | undefined): string[] =>
  isList(value) ? value.filter((item) => typeof item === "string") : [];

/** The mappings of a list, each with its index. */
export const records = (
  value: PlannedValue | undefined,
): { at: number; of: Readonly<Record<string, PlannedValue>> }[] =>
  isList(value) ? value.flatMap((item, at) => (isRecord(item) ? [{ at, of: item }] : [])) : [];

/** The roster that a subject is, or undefined when it does not have a roster's form: its loader says what is wrong. */
export function rosterOf(subject: Subject | undefined): Roster | undefined {
  const value: unknown = subject?.properties;
  return loadable(value) ? value : undefined;
}

export const rosterOfWorld = (world: World): Roster | undefined => rosterOf(world.of("service", "roster")[0]);

/** For rules about a roster: what to say when it has not a roster's form. */
export const noRoster = (): Finding[] =>
  finding([], "this is no roster; its loader says which line is wrong");

/** A figure of the contract, from the clauses of this evaluation. */
export function figureOf(world: World, clause: string, name: string): number | undefined {
  const subject = world.of("service", "clause").find(({ properties }) => properties.id === clause);
  const number = records(subject?.properties.numbers).find(({ of }) => of.name === name)?.of.value;
  return typeof number === "number" ? number : undefined;
}

/** Said where a figure is needed and the contract is not among what is checked. */
export const noFigure = (clause: string, name: string): Finding[] => [
  { path: [], message: `clause ${clause} with its figure ${name} is not among the subjects`, unknown: true },
];

/** Whole days from `today` (Asia/Shanghai) to a day written `2027-06-30`; undefined when it is no day. */
export function daysUntil(world: World, day: PlannedValue | undefined): number | undefined {
  if (typeof day !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const time = Date.parse(`${day}T00:00:00Z`);
  const today = Math.floor((world.today.getTime() + 8 * HOUR) / DAY);
  return Number.isNaN(time) ? undefined : time / DAY - today;
}

/** Every name of the list that is not on the roster. */
export function notOnRoster(subject: Subject, world: World, path: string): Finding[] {
  const roster = rosterOfWorld(world);
  if (!roster) return [{ path: [path], message: "there is no roster among the subjects", unknown: true }];
  const people = roster.people.map(({ name }) => name);
  return texts(valueAt(subject, path)).flatMap((name, index) =>
    people.includes(name) ? [] : finding([path, index], `${name} is not on the roster`),
  );
}
