// What a job declares. Help, docs, `ops jobs`, `ops status`, completion and the contract test are generated from this.
import type { Context } from "../context";
import type { Outcome } from "./outcome";

/** How often evidence is owed. `event` = whenever the occasion arises; it does not go stale. */
export type Cadence = "hourly" | "daily" | "weekly" | "monthly" | "quarterly" | "yearly" | "event";

/** `reads` changes nothing; `isolated` changes only what it creates itself; `writes` changes the platform. */
export type Effect = "reads" | "isolated" | "writes";

export type ArgumentValue = string | number | boolean | undefined;

export interface Argument {
  /** Long name without dashes, kebab-case; for a positional argument its display name. */
  name: string;
  description: string;
  kind: "string" | "number" | "boolean";
  positional?: boolean;
  required?: boolean;
  choices?: readonly string[];
  default?: string | number | boolean;
  /** Value of the option when it stands alone: `--graph` then means `--graph <implied>`. */
  implied?: string;
}

export interface Job {
  /** Command name, kebab-case: `ops <name>`. */
  name: string;
  summary: string;
  /** Clauses of the contract that its evidence serves. */
  clauses: readonly string[];
  cadence: Cadence;
  effect: Effect;
  /** Evidence kind, or the reason why the job leaves none (only for `reads` and for the sandbox itself). */
  evidence: { kind: string } | { none: string };
  arguments: readonly Argument[];
  /** Command lines, each with one sentence; shown by --help and executed with --dry-run by a test. */
  examples: readonly { command: string; what: string }[];
  /** True, or true for these arguments, when the job talks to no platform: it then runs although its tools are missing. */
  offline?: boolean | ((args: Arguments) => boolean);
  /** What `run` would do, one sentence per step. Touches nothing. */
  plan(context: Context, args: Arguments): Promise<string[]>;
  /** @throws OpsError for everything a user can act on */
  run(context: Context, args: Arguments): Promise<Outcome>;
}

/** Parsed and validated arguments, by long name. */
export type Arguments = Readonly<Record<string, ArgumentValue>>;

/** Identity, with the types checked: `export default defineJob({...})` in every file of `scripts/jobs`. */
export function defineJob(job: Job): Job {
  return job;
}

export function isOffline({ offline = false }: Pick<Job, "offline">, args: Arguments): boolean {
  return typeof offline === "function" ? offline(args) : offline;
}

export function text(args: Arguments, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function flag(args: Arguments, name: string): boolean {
  return args[name] === true;
}

export function number(args: Arguments, name: string, fallback: number): number {
  const value = args[name];
  return typeof value === "number" ? value : fallback;
}
