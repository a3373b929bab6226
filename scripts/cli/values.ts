// From what was typed to values, kind by kind: what is empty, no number, too small or unknown is refused before anything runs.
import { meant, oneOf } from "../../policies/engine/suggest";
import {
  type Argument,
  type Declared,
  type Nameable,
  type Pattern,
  spelled,
  type Value,
  type Values,
} from "../core/arguments";
import { type ExitName, OpsError } from "../core/errors";

/** What is known by name. */
export interface Known {
  names: readonly string[];
  /** Whether a name that is not listed exists all the same. */
  has?(name: string): Promise<boolean>;
}
export type Names = (what: Nameable) => Promise<Known>;

/** As commander gives it: one word, several, or nothing. */
export type Raw = string | readonly string[] | boolean | undefined;

type Kind = Argument["kind"];
type Reader<K extends Kind> = (
  raw: string,
  argument: Extract<Argument, { kind: K }>,
  option: string,
) => Value;

const READERS: { readonly [K in Kind]: Reader<K> } = {
  text: (raw, { pattern }, option) => matching(raw, pattern, option),
  choice: (raw, { choices }, option) =>
    choices.includes(raw) ? raw : refuse(option, raw, oneOf(raw, choices)),
  list: (raw, { pattern }, option) => parts(raw, option).map((part) => matching(part, pattern, option)),
  pairs: (raw, _, option) => {
    const found = parts(raw, option).map((part) => pair(part, option));
    const twice = found.find(([name], at) => found.findIndex(([other]) => other === name) < at);
    return twice ? refuse(option, `${twice[0]} twice`, "each name once") : Object.fromEntries(found);
  },
  flag: () => true,
  whole: readWhole,
  amount: (raw, _, option) => {
    const value = /^\d+(\.\d+)?$/.test(raw) ? Number(raw) : 0;
    return value > 0 && Number.isFinite(value) ? value : refuse(option, raw, "a number above 0");
  },
  day: (raw, _, option) => {
    const time = /^\d{4}-\d{2}-\d{2}$/.test(raw) ? Date.parse(`${raw}T00:00:00Z`) : Number.NaN;
    const real = !Number.isNaN(time) && new Date(time).toISOString().startsWith(raw);
    return real ? raw : refuse(option, raw, "a day such as 2026-11-25");
  },
};

function readWhole(
  raw: string,
  { least = 0, most }: { least?: number; most?: number },
  option: string,
): number {
  const value = /^\d+$/.test(raw) ? Number(raw) : Number.NaN;
  const within = Number.isSafeInteger(value) && value >= least && value <= (most ?? Number.MAX_SAFE_INTEGER);
  if (within) return value;
  return refuse(option, raw, `a whole number from ${least} ${most === undefined ? "up" : `to ${most}`}`);
}

function matching(text: string, pattern: Pattern | undefined, option: string): string {
  return pattern && !pattern.form.test(text) ? refuse(option, text, pattern.expected) : text;
}

/** @throws OpsError usage */
function refuse(option: string, found: string, expected: string): never {
  throw new OpsError("usage", found === "" ? `${option} is empty` : `${option}: ${found}`, {
    expected,
    todo: "see --help of the command",
  });
}

function parts(raw: string, option: string): string[] {
  const found = raw.split(",").map((part) => part.trim());
  return found.includes("") ? refuse(option, raw, "one or several, comma-separated, none empty") : found;
}

function pair(part: string, option: string): [string, string] {
  const at = part.indexOf("=");
  return at < 1
    ? refuse(option, part, "name=value, comma-separated")
    : [part.slice(0, at).trim(), part.slice(at + 1)];
}

function read<K extends Kind>(
  kind: K,
  raw: string,
  argument: Extract<Argument, { kind: K }>,
  option: string,
): Value {
  const reader: Reader<K> = READERS[kind];
  return reader(raw, argument, option);
}

function nothing(argument: Argument): Value {
  if (argument.kind === "flag") return false;
  if (argument.kind === "list") return [];
  if (argument.kind === "pairs") return {};
  return "default" in argument ? argument.default : undefined;
}

function readOne(name: string, argument: Argument, raw: Raw): Value {
  const option = spelled(name, argument);
  if (raw === undefined || raw === false) return nothing(argument);
  if (raw === true) return "implied" in argument ? argument.implied : true;
  const words = typeof raw === "string" ? [raw] : raw;
  if (words.length === 0) return nothing(argument);
  if (argument.kind === "list" && argument.verbatim) return words;
  for (const word of words) if (word.trim() === "") refuse(option, "", "a value that is not empty");
  return read(argument.kind, words.join(","), argument, option);
}

const wasGiven = (raw: Raw): boolean =>
  raw !== undefined && raw !== false && !(Array.isArray(raw) && raw.length === 0);

/** @throws OpsError usage for options that contradict each other, or mean nothing alone */
function refuseStray(declared: Declared, raw: Readonly<Record<string, Raw>>): void {
  const given = (name: string): boolean => wasGiven(raw[name]);
  const typed = (name: string): string => spelled(name, declared[name]);
  for (const [name, { needs, excludes = [] }] of Object.entries(declared).filter(([each]) => given(each))) {
    if (needs !== undefined && !given(needs))
      throw new OpsError("usage", `${typed(name)} without ${typed(needs)}`, {
        expected: `${typed(needs)}: ${declared[needs]?.description}`,
      });
    const other = excludes.find(given);
    if (other !== undefined)
      throw new OpsError("usage", `${typed(name)} and ${typed(other)} exclude each other`, {
        expected: "one of them",
      });
  }
}

/**
 * @param raw what was typed, by the argument's name
 * @throws OpsError usage, or unknownTarget for a platform or an environment that does not exist
 */
export async function readValues(
  declared: Declared,
  raw: Readonly<Record<string, Raw>>,
  names: Names,
): Promise<Values<Declared>> {
  const values = Object.fromEntries(
    Object.entries(declared).map(([name, argument]) => [name, readOne(name, argument, raw[name])]),
  );
  refuseStray(declared, raw);
  for (const [name, argument] of Object.entries(declared))
    if ("names" in argument && argument.names !== undefined && wasGiven(raw[name]))
      for (const word of namesIn(values[name])) await requireKnown(argument.names, word, names);
  return values;
}

/** Of `learning-web=1.1.0` the name. */
const namesIn = (value: Value): string[] => [value].flat().map((name) => String(name).split("=")[0]!);

const CALLED: Readonly<
  Record<Nameable, { title: string; exit: ExitName; expected?: string; todo?: string }>
> = {
  platform: {
    title: "platform",
    exit: "unknownTarget",
    todo: "declare it in policies/service/platforms/<name>.yaml",
  },
  environment: { title: "environment", exit: "unknownTarget" },
  cluster: { title: "environment with a cluster", exit: "usage" },
  stack: { title: "stack", exit: "usage" },
  rule: { title: "rule", exit: "usage" },
  workflow: { title: "workflow", exit: "usage" },
  commit: {
    title: "commit",
    exit: "usage",
    expected: "a branch, a tag or a commit of this repository",
    todo: "git fetch, or see `git log`",
  },
  app: { title: "app", exit: "usage" },
  gate: { title: "release gate", exit: "usage" },
};

async function requireKnown(what: Nameable, name: string, names: Names): Promise<void> {
  const known = await names(what);
  if (known.names.includes(name) || (await known.has?.(name))) return;
  const { title, exit, expected, ...todo } = CALLED[what];
  throw new OpsError(exit, `no ${title} is called ${name}`, {
    expected: expected === undefined ? oneOf(name, known.names) : meant(expected, name, known.names),
    ...todo,
  });
}
