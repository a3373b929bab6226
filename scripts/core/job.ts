// What a job declares. Help, `ops jobs`, `ops status`, completion and the contract test are generated from this.
import type { Declared, Values } from "./arguments";
import type { Outcome } from "./outcome";

/** How often evidence is owed. `event` = whenever the occasion arises; it does not go stale. */
export type Cadence = "hourly" | "daily" | "weekly" | "monthly" | "quarterly" | "yearly" | "event";

/** `reads` changes nothing; `isolated` changes only what it creates itself; `writes` changes the platform. */
export type Effect = "reads" | "isolated" | "writes";

/** What it is for; `ops --help` groups the commands by it. */
export const PURPOSES = {
  prove: "Prove that data can be restored",
  change: "Change infrastructure, schema and versions",
  data: "Keep data right, and put it right",
  know: "Know where we stand",
} as const;

/** Of a job, whatever it can be told to do. */
export interface Identity {
  /** Command name, kebab-case: `ops <name>`. */
  name: string;
  purpose: keyof typeof PURPOSES;
  summary: string;
  /** Clauses of the contract that its evidence serves. */
  clauses: readonly string[];
  cadence: Cadence;
  effect: Effect;
  /** Evidence kind, or the reason why the job leaves none (only for `reads` and for the sandbox itself). */
  evidence: Evidence;
}

type Evidence = { kind: string } | { none: string };

/** What can be run: a job, or one of its subcommands. */
export interface Command<Tools, D extends Declared = Declared> {
  summary: string;
  arguments: D;
  /** Of a subcommand, where they are not its job's. */
  effect?: Effect;
  evidence?: Evidence;
  clauses?: readonly string[];
  cadence?: Cadence;
  /** Command lines, each with one sentence; shown by --help and executed with --dry-run by a test. */
  examples: readonly { command: string; what: string }[];
  /** True when it talks to no platform: it then runs although the platform's tools are missing. */
  offline?: boolean;
  /** False when it looks at evidence that must be there: no ledger is then begun for it. Default true. */
  beginsLedger?: boolean;
  /** The same as `offline`, where it depends on the arguments. */
  offlineFor?(args: Values<D>): boolean;
  /**
   * What it works on where that is no platform and no environment's evidence: the files of this checkout, or the sandbox by its very
   * name. Every other command is named with `--platform` or `--env` in runbooks, workflows and CronJobs; a test refuses a line without.
   */
  target?: "checkout" | "sandbox";
  /** True when a run that leaves evidence leaves a report for people too: a page and Markdown in the folder of reports. */
  report?: boolean;
  /** What `run` would do, one sentence per step. Touches nothing. */
  plan(tools: Tools, args: Values<D>): Promise<string[]>;
  /** @throws OpsError for everything a user can act on */
  run(tools: Tools, args: Values<D>): Promise<Outcome>;
}

export type SingleJob<Tools, D extends Declared = Declared> = Identity & Command<Tools, D>;

/** A job of several commands, `ops <name> <subcommand>`; what is declared of it holds for each that does not say otherwise. */
export type JobGroup<Tools> = Identity & {
  subcommands: Readonly<Record<string, Command<Tools>>>;
};

export type Job<Tools = unknown> = SingleJob<Tools> | JobGroup<Tools>;

/** Everything that can be run, with the words after `ops` that name it. */
export function commandsOf<Tools>(job: Job<Tools>): { words: string[]; command: Command<Tools> }[] {
  if (!("subcommands" in job)) return [{ words: [job.name], command: job }];
  return Object.entries(job.subcommands).map(([name, command]) => ({ words: [job.name, name], command }));
}

/** What is declared of a job, as it holds for one of its commands. */
export function identityOf(
  { name, purpose, summary, clauses, cadence, effect, evidence }: Identity,
  command: Pick<Command<never>, "effect" | "evidence" | "clauses" | "cadence">,
): Identity {
  return {
    name,
    purpose,
    summary,
    clauses: command.clauses ?? clauses,
    cadence: command.cadence ?? cadence,
    effect: command.effect ?? effect,
    evidence: command.evidence ?? evidence,
  };
}

/** Everything that can be run, each with what is declared of it: its job's, or its own. */
export function identitiesOf(job: Job): { words: string[]; identity: Identity; command: Command<unknown> }[] {
  return commandsOf(job).map(({ words, command }) => ({
    words,
    identity: identityOf(job, command),
    command,
  }));
}

/** Clauses that evidence under a job's name may serve: its own, and its commands'. */
export function clausesOf(job: Job): string[] {
  return [...new Set([...job.clauses, ...identitiesOf(job).flatMap(({ identity }) => identity.clauses)])];
}

export function isOffline(command: Command<never>, args: Values<Declared>): boolean {
  return command.offline === true || command.offlineFor?.(args) === true;
}
