// What examples of service rules are made of: a small sound roster and the clauses whose figures rules ask for.
// Used by `examples` of rules only.
import type { ExampleSubject } from "../rule";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI";

/** One person with a key of its own form. */
export const person = (index: number, roles: readonly string[], backupFor: readonly string[] = []) => ({
  name: `person-${index}`,
  fullName: `Person ${index}`,
  roles: [...roles],
  backupFor: [...backupFor],
  phone: `kms:phone-${index}`,
  signingKeys: [`${KEY}${String(index).padStart(43, "A")}`],
});

const EIGHT = [
  person(1, ["service-lead"], ["release-engineer"]),
  person(2, ["release-engineer"], ["service-lead"]),
  ...[3, 4, 5, 6, 7, 8].map((index) => person(index, ["operations-engineer"])),
];

/** Eight people, every role twice, two shifts a day, nobody without rest; `changes` replace whole properties. */
export const rosterExample = (changes: Readonly<Record<string, unknown>> = {}): ExampleSubject => ({
  type: "roster",
  name: "roster",
  properties: {
    timeZone: "Asia/Shanghai",
    roles: ["service-lead", "release-engineer", "operations-engineer"].map((name) => ({
      name,
      does: "its work",
    })),
    people: EIGHT,
    shifts: [
      { name: "day", from: "08:00", to: "20:00" },
      { name: "night", from: "20:00", to: "08:00" },
    ],
    rotation: { from: "2026-11-02", days: 7, turns: [{ day: ["person-3"], night: ["person-4"] }] },
    absences: [],
    ...changes,
  },
});

/** A clause with the figures that a rule asks for. */
export const clauseExample = (id: string, numbers: Readonly<Record<string, number>>): ExampleSubject => ({
  type: "clause",
  name: id,
  properties: {
    id,
    numbers: Object.entries(numbers).map(([name, value]) => ({ name, value, unit: "" })),
    proofs: { jobs: ["verify"] },
  },
});
