// What a command may be given: each argument is declared once, as data; its text is read, and its type inferred, by its kind.

/** Things that exist and have a name: an unknown one is refused before anything else happens, and the shell completes them. */
export type Nameable =
  | "platform"
  | "environment"
  | "cluster"
  | "stack"
  | "rule"
  | "workflow"
  | "commit"
  | "app"
  | "gate";

interface Common {
  /** One phrase for the help. */
  description: string;
  /** What stands for the value of an option in the help, e.g. `file`, `seconds`. Default: its kind. */
  value?: string;
  /** Given by its place, without its name. The last one may be a list. */
  positional?: boolean;
  required?: boolean;
  /** Another argument without which this one means nothing. */
  needs?: string;
  /** Others that contradict it. */
  excludes?: readonly string[];
  /** What is given may be about a person: evidence says that it was given, not what. */
  personal?: true;
}

export interface Pattern {
  /** Of the whole text. */
  form: RegExp;
  /** The words that say it. */
  expected: string;
}

/** Text is never empty. */
interface Text extends Common {
  kind: "text";
  names?: Nameable;
  pattern?: Pattern;
  default?: string;
  /** Value of the option when it stands alone: `--graph` then means `--graph <implied>`. */
  implied?: string;
}
interface Choice extends Common {
  kind: "choice";
  choices: readonly string[];
  default?: string;
}
/** Separated by commas, or given several times; empty when it is not given. */
interface List extends Common {
  kind: "list";
  /** Only given several times: each item is taken as it was typed, with its commas and blanks. */
  verbatim?: true;
  /** What the items are; of an item `name=value` the name. */
  names?: Nameable;
  /** Of each item. */
  pattern?: Pattern;
}
/** `name=value`, several as in a list, no name twice; empty when it is not given. */
interface Pairs extends Common {
  kind: "pairs";
}
/** False when it is not given. */
interface Flag extends Common {
  kind: "flag";
}
/** A whole number. Default of `least`: 0. */
interface Whole extends Common {
  kind: "whole";
  least?: number;
  most?: number;
  default?: number;
}
/** A number above zero: a size, or a time in the unit that the description names. */
interface Amount extends Common {
  kind: "amount";
  default?: number;
}
/** A day of the calendar, `2026-11-25`. */
interface Day extends Common {
  kind: "day";
}

export type Argument = Text | Choice | List | Pairs | Flag | Whole | Amount | Day;

/** By name in camel case, `lockTimeout`; people type it in kebab case, `--lock-timeout`. */
export type Declared = Readonly<Record<string, Argument>>;

export type Value =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, string>>
  | undefined;

type ValueOf<A extends Argument> = A extends { kind: "choice"; choices: readonly (infer C)[] }
  ? C
  : A extends { kind: "flag" }
    ? boolean
    : A extends { kind: "list" }
      ? readonly string[]
      : A extends { kind: "pairs" }
        ? Readonly<Record<string, string>>
        : A extends { kind: "whole" | "amount" }
          ? number
          : string;

type Present = { kind: "flag" | "list" | "pairs" } | { required: true } | { default: string | number };
type Certain<D extends Declared> = { [N in keyof D]: D[N] extends Present ? N : never }[keyof D];

/** What `plan` and `run` receive: exact types, undefined only where nothing may have been given. */
export type Values<D extends Declared> = {
  readonly [N in Certain<D>]: ValueOf<D[N]>;
} & {
  readonly [N in Exclude<keyof D, Certain<D>>]?: ValueOf<D[N]> | undefined;
};

/** `lockTimeout` → `lock-timeout` */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** As it is typed: `--lock-timeout`, or `paths` for a positional argument. */
export function spelled(name: string, argument: Argument | undefined): string {
  return argument?.positional ? kebab(name) : `--${kebab(name)}`;
}
