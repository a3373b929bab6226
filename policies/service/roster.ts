// Reads the roster and holds it to what a schema cannot say: names that are known, keys that are keys, days that exist.
// Whether it is enough people, and whether every hour is covered, is for rules; who answers when is in on-call.ts.
import { accept, isReadable, type Readable, readDeclaration } from "../engine/declaration";
import { matches } from "../engine/schema";
import { oneOf } from "../engine/suggest";
import schema from "../schemas/roster.schema.json";

export const ROSTER_FILE = "policies/service/roster.yaml";

export interface Person {
  /** kebab-case; what other files call the person. */
  name: string;
  fullName: string;
  roles: readonly string[];
  /** Roles taken over when whoever has them is away. */
  backupFor: readonly string[];
  /** `kms:<name>`; the number itself stands nowhere in the repository. */
  phone: string;
  /** OpenSSH Ed25519 public keys: `ssh-ed25519 AAAA… comment`. */
  signingKeys: readonly string[];
  /** Account on GitHub, whose reviews are then the person's. */
  github?: string;
}

export interface Shift {
  name: string;
  /** Local time, `08:00`. */
  from: string;
  /** Local time; not after `from` = it ends on the next day. */
  to: string;
}

export interface Absence {
  person: string;
  /** First and last day away, both included. */
  from: string;
  to: string;
  standIn?: string;
}

export interface Roster {
  timeZone: "Asia/Shanghai";
  roles: readonly { name: string; does: string }[];
  people: readonly Person[];
  shifts: readonly Shift[];
  /** Turns of `days` days follow each other from the day `from` on, in a circle. Shift → people, first responder first. */
  rotation: { from: string; days: number; turns: readonly Readonly<Record<string, readonly string[]>>[] };
  absences: readonly Absence[];
}

/** True for a value with the form of a roster; what its names mean is not looked at. */
export function loadable(value: unknown): value is Roster {
  return matches(schema, value);
}

type Checked = Readable<Roster>;

function unique({ report }: Checked, pointer: string, names: readonly string[]): void {
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index) report(`${pointer}/${index}`, `${name} stands twice`, "unique names");
}

function known({ report }: Checked, pointer: string, name: string, names: readonly string[]): void {
  if (!names.includes(name)) report(pointer, `unknown name "${name}"`, oneOf(name, names));
}

function checkPeople(checked: Checked): void {
  const { value } = checked;
  const roles = value.roles.map(({ name }) => name);
  unique(checked, "/roles", roles);
  unique(
    checked,
    "/people",
    value.people.map(({ name }) => name),
  );
  const keys = value.people.flatMap(({ signingKeys }) => signingKeys);
  const accounts = value.people.map(({ github }) => github?.toLowerCase());
  for (const [index, person] of value.people.entries()) {
    for (const list of ["roles", "backupFor"] as const)
      for (const [place, role] of person[list].entries())
        known(checked, `/people/${index}/${list}/${place}`, role, roles);
    for (const [place, key] of person.signingKeys.entries())
      if (keys.filter((other) => material(other) === material(key)).length > 1)
        checked.report(`/people/${index}/signingKeys/${place}`, "the key stands twice", "one person a key");
    if (person.github && accounts.filter((other) => other === person.github?.toLowerCase()).length > 1)
      checked.report(`/people/${index}/github`, "the account stands twice", "one person an account");
  }
}

/** The key without its comment. */
const material = (key: string): string | undefined => key.split(" ")[1];

function checkRotation(checked: Checked): void {
  const { value, report } = checked;
  const people = value.people.map(({ name }) => name);
  const shifts = value.shifts.map(({ name }) => name);
  unique(checked, "/shifts", shifts);
  for (const [turn, stands] of value.rotation.turns.entries()) {
    for (const shift of shifts)
      if (!stands[shift]) report(`/rotation/turns/${turn}`, `nobody stands in ${shift}`, "every shift");
    for (const [shift, names] of Object.entries(stands)) {
      known(checked, `/rotation/turns/${turn}/${shift}`, shift, shifts);
      for (const [place, name] of names.entries())
        known(checked, `/rotation/turns/${turn}/${shift}/${place}`, name, people);
    }
  }
  checkDay(checked, "/rotation/from", value.rotation.from);
  for (const [index, { person, standIn, from, to }] of value.absences.entries()) {
    known(checked, `/absences/${index}/person`, person, people);
    if (standIn !== undefined) known(checked, `/absences/${index}/standIn`, standIn, people);
    checkDay(checked, `/absences/${index}/from`, from);
    checkDay(checked, `/absences/${index}/to`, to);
    if (to < from) report(`/absences/${index}/to`, `${to} is before ${from}`, "a day not before the first");
  }
}

function checkDay({ report }: Checked, pointer: string, day: string): void {
  const time = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day)
    report(pointer, `there is no day ${day}`, "a day of the calendar");
}

/**
 * The roster under the repository `root`.
 * @throws DeclarationError naming every problem as file:line:column
 */
export function loadRoster(root: string): Roster {
  const declaration = readDeclaration<Roster>(root, ROSTER_FILE, schema);
  if (isReadable(declaration)) {
    checkPeople(declaration);
    checkRotation(declaration);
  }
  return accept([declaration])[0]!;
}
