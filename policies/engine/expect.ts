// The vocabulary of checks: read a value, hold it against an expectation, and say unknown where nobody can know yet.
// Pure; every function gives findings, none of them decides a verdict.
import type { Finding } from "./rule";
import type { Path, Subject } from "./subject";
import { isList, isSecret, isUnknown, type PlannedValue, showValue, type Unknown } from "./value";

/** `spec.replicas`, or a list where a key contains a dot; empty for the subject as a whole. */
export type PathLike = string | Path;

/** Paths that rules spell out: a few hundred, each asked for thousands of times. */
const spelled = new Map<string, Path>();

const steps = (path: PathLike): Path => {
  if (typeof path !== "string") return path;
  const known = spelled.get(path);
  if (known) return known;
  const taken = path === "" ? [] : path.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  spelled.set(path, taken);
  return taken;
};

const shown = (path: Path): string => path.join(".");

/** The value at a path; an Unknown on the way is the answer; undefined where nothing stands. */
export function valueAt(subject: Subject, path: PathLike): PlannedValue | undefined {
  let value: PlannedValue | undefined = subject.properties as PlannedValue;
  for (const step of steps(path)) {
    if (typeof value !== "object" || value === null) return undefined;
    if (isList(value)) value = value[Number(step)];
    else if (isUnknown(value)) return value;
    else if (isSecret(value)) return undefined;
    else value = Object.hasOwn(value, step) ? value[String(step)] : undefined;
  }
  return value;
}

/** One definite finding. */
export function finding(path: PathLike, message: string): Finding[] {
  return [{ path: steps(path), message }];
}

/** One finding that only deployment can settle. */
export function undecided(path: PathLike, value: Unknown | undefined, expected: string): Finding[] {
  const from = value && value.from.length > 0 ? ` (from ${value.from.join(", ")})` : "";
  return [
    {
      path: steps(path),
      message: `${shown(steps(path))} is only known after deployment${from}; expected ${expected}`,
      unknown: true,
    },
  ];
}

/** The general form: unknown stays unknown, a secret counts as present, everything else is judged by `accepts`. */
export function expectValue(
  subject: Subject,
  path: PathLike,
  accepts: (value: PlannedValue | undefined) => boolean,
  expected: string,
): Finding[] {
  const value = valueAt(subject, path);
  if (isUnknown(value)) return undecided(path, value, expected);
  if (accepts(value)) return [];
  const what = value === undefined ? "is not set" : `is ${showValue(value)}`;
  return finding(path, `${shown(steps(path))} ${what}; expected ${expected}`);
}

export const equals = (subject: Subject, path: PathLike, wanted: string | number | boolean): Finding[] =>
  expectValue(subject, path, (value) => value === wanted, showValue(wanted));

export const among = (
  subject: Subject,
  path: PathLike,
  wanted: readonly (string | number | boolean)[],
): Finding[] =>
  expectValue(
    subject,
    path,
    (value) => wanted.some((each) => each === value),
    `one of ${wanted.map(showValue).join(", ")}`,
  );

/** Numbers, and numbers written as text as some providers want them. */
export const atLeast = (subject: Subject, path: PathLike, least: number, unit = ""): Finding[] =>
  expectValue(
    subject,
    path,
    (value) =>
      (typeof value === "number" || (typeof value === "string" && value.trim() !== "")) &&
      Number(value) >= least,
    `at least ${least}${unit === "" ? "" : ` ${unit}`}`,
  );

export const atMost = (subject: Subject, path: PathLike, most: number, unit = ""): Finding[] =>
  expectValue(
    subject,
    path,
    (value) =>
      (typeof value === "number" || (typeof value === "string" && value.trim() !== "")) &&
      Number(value) <= most,
    `at most ${most}${unit === "" ? "" : ` ${unit}`}`,
  );

/** Set, and neither empty text nor an empty list. A value that will come from another resource is present: it will be set. */
export function present(subject: Subject, path: PathLike, expected = "a value"): Finding[] {
  const value = valueAt(subject, path);
  if (isUnknown(value) || isSecret(value)) return [];
  return expectValue(
    subject,
    path,
    (each) => each !== undefined && each !== null && each !== "" && !(isList(each) && each.length === 0),
    expected,
  );
}

export const absent = (subject: Subject, path: PathLike, expected = "nothing here"): Finding[] =>
  expectValue(subject, path, (value) => value === undefined || value === null, expected);

/** Judges every item of a list (missing = no items; unknown = one undecided finding). */
export function each(
  subject: Subject,
  path: PathLike,
  judge: (item: PlannedValue, path: Path) => readonly Finding[],
): Finding[] {
  const list = valueAt(subject, path);
  if (isUnknown(list)) return undecided(path, list, "a list that can be read");
  if (!isList(list)) return [];
  return list.flatMap((item, index) => judge(item, [...steps(path), index]));
}
