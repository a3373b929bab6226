// From the registry of jobs to a command line and back: commands, options, help. Runs nothing.
import { Command as Commander, Argument as CommanderArgument, CommanderError, Option } from "commander";
import { type Argument, type Declared, kebab, type Values } from "../core/arguments";
import { EXIT, OpsError } from "../core/errors";
import { type Command, commandsOf, type Identity, identityOf, type Job, PURPOSES } from "../core/job";
import { type Names, type Raw, readValues } from "./values";

/** Options that every job understands. `no-color` is spelled as the convention has it. */
export const GLOBALS = {
  platform: {
    kind: "text",
    names: "platform",
    description: "what to operate: a file of policies/service/platforms (default: sandbox)",
  },
  env: { kind: "text", names: "environment", description: "choose the only platform of this environment" },
  json: { kind: "flag", description: "newline-delimited JSON events on standard output" },
  quiet: { kind: "flag", description: "only warnings, errors and the result" },
  noColor: { kind: "flag", description: "plain text; NO_COLOR in the environment does the same" },
  dryRun: { kind: "flag", description: "print the plan and do nothing" },
  seed: { kind: "whole", description: "seed of every random choice, to repeat a run" },
} as const satisfies Declared;

export interface Globals {
  platform: string | undefined;
  env: string | undefined;
  json: boolean;
  quiet: boolean;
  color: boolean;
  dryRun: boolean;
  seed: number | undefined;
}

export interface Invocation<Tools = unknown> {
  job: Identity;
  /** The job itself, or its subcommand. */
  command: Command<Tools>;
  /** Name of the subcommand. */
  subcommand: string | undefined;
  args: Values<Declared>;
  globals: Globals;
}

/** What was typed, not yet read. */
interface Typed<Tools> extends Omit<Invocation<Tools>, "args" | "globals"> {
  raw: Readonly<Record<string, Raw>>;
  globals: Readonly<Record<string, Raw>>;
}

export interface Surroundings {
  names: Names;
  /** Of ops itself. */
  version: string;
}

/**
 * @returns what to run, or an exit code when help or a usage error was already printed
 * @throws OpsError usage or unknownTarget for a value that cannot be meant
 */
export async function parseCommandLine<Tools>(
  jobs: readonly Job<Tools>[],
  argv: readonly string[],
  { names, version }: Surroundings,
): Promise<Invocation<Tools> | number> {
  let typed: Typed<Tools> | undefined;
  const program = buildProgram(jobs, version, (found) => {
    typed = found;
  });
  try {
    await program.parseAsync([...helpAsOption(jobs, argv)], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok.code;
    if (error.code === HELP) return EXIT.usage.code;
    throw usageError(error.message);
  }
  if (typed === undefined) return EXIT.usage.code;
  const { raw, globals, ...rest } = typed;
  const args = await readValues(rest.command.arguments, raw, names);
  return { ...rest, args, globals: await readGlobals(globals, names) };
}

/** How commander ends for a group that was named without a subcommand: it has printed the whole help. */
const HELP = "commander.help";

/**
 * `help migrate up` and `migrate help up` mean `migrate up --help`. Unknown words stay without it, because commander would show
 * the help of what it knows and not say what it does not.
 */
function helpAsOption<Tools>(jobs: readonly Job<Tools>[], argv: readonly string[]): readonly string[] {
  const [first, second, third] = argv;
  const job = jobs.find(({ name }) => name === (first === "help" ? second : first));
  const subcommands = job && "subcommands" in job ? Object.keys(job.subcommands) : [];
  if (first !== "help" && (subcommands.length === 0 || second !== "help")) return argv;
  const words = first === "help" ? argv.slice(1) : [first!, ...argv.slice(2)];
  const known = words.length === 0 || (job && (third === undefined || subcommands.includes(third)));
  return known ? [...words, "--help"] : words;
}

/** @param said `error: …`, by commander, perhaps with a second line `(Did you mean …?)` */
function usageError(said: string): OpsError {
  const [found = "", ...more] = said
    .trim()
    .replace(/^error: /, "")
    .split("\n");
  const nearest = /\(Did you mean (.+)\?\)/.exec(more.join(" "))?.[1];
  return new OpsError("usage", found, {
    ...(nearest === undefined ? {} : { expected: `did you mean "${nearest}"?` }),
    todo: "`ops --help` lists the commands, `ops <command> --help` the options of one",
  });
}

async function readGlobals(raw: Readonly<Record<string, Raw>>, names: Names): Promise<Globals> {
  const { platform, env, json, quiet, noColor, dryRun, seed } = await readValues(GLOBALS, raw, names);
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return {
    platform: text(platform),
    env: text(env),
    json: json === true,
    quiet: quiet === true,
    color: noColor !== true,
    dryRun: dryRun === true,
    seed: typeof seed === "number" ? seed : undefined,
  };
}

export function buildProgram<Tools>(
  jobs: readonly Job<Tools>[],
  version: string,
  chosen: (typed: Typed<Tools>) => void,
): Commander {
  const program = settled(new Commander("ops"))
    .description("Operations that prove what they promise: every job ends in signed evidence.")
    .version(version)
    .addHelpText("after", exitCodeHelp);
  for (const [name, argument] of Object.entries(GLOBALS)) program.addOption(globalOption(name, argument));
  for (const job of jobs)
    program.addCommand(commandOfJob(job, chosen).helpGroup(`${PURPOSES[job.purpose]}:`));
  return program;
}

function commandOfJob<Tools>(job: Job<Tools>, chosen: (typed: Typed<Tools>) => void): Commander {
  if (!("subcommands" in job)) return leaf(job, job, undefined, chosen);
  const group = settled(new Commander(job.name)).summary(job.summary).description(describe(job, job.summary));
  group.addHelpText("after", examplesOf(commandsOf(job).flatMap(({ command }) => command.examples)));
  for (const [name, command] of Object.entries(job.subcommands))
    group.addCommand(leaf(identityOf(job, command), command, name, chosen));
  return group;
}

function leaf<Tools>(
  job: Identity,
  command: Command<Tools>,
  subcommand: string | undefined,
  chosen: (typed: Typed<Tools>) => void,
): Commander {
  const built = settled(new Commander(subcommand ?? job.name))
    .summary(command.summary)
    .description(describe(job, command.summary));
  const declared = Object.entries(command.arguments);
  const positionals = declared.filter(([, argument]) => argument.positional);
  for (const [name, argument] of positionals) built.addArgument(positionalOf(name, argument));
  for (const [name, argument] of declared.filter(([, { positional }]) => !positional))
    built.addOption(optionOf(name, argument));
  built.addHelpText("after", examplesOf(command.examples));
  return built.action(() => {
    const words: readonly Raw[] = built.processedArgs;
    const raw = { ...built.opts<Record<string, Raw>>() };
    for (const [index, [name]] of positionals.entries()) raw[name] = words[index];
    const given = built.optsWithGlobals<Record<string, Raw>>();
    const globals = { ...given, noColor: given.color === false };
    chosen({ job, command, subcommand, raw, globals });
  });
}

/** What commander does not hand down to a command that was made on its own. */
function settled(command: Commander): Commander {
  return command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => {} }) // it is in the error, which is told like every other
    .configureHelp({ showGlobalOptions: true });
}

function describe({ clauses, cadence, effect, evidence }: Identity, summary: string): string {
  const leaves = "kind" in evidence ? evidence.kind : `none: ${evidence.none}`;
  return `${summary}.\n\nClauses  ${clauses.join(", ")}\nCadence  ${cadence}\nEffect   ${effect}\nEvidence ${leaves}`;
}

const examplesOf = (examples: Command<unknown>["examples"]): string =>
  `\nExamples:\n${examples.map(({ command, what }) => `  $ ${command}\n      ${what}`).join("\n")}`;

function positionalOf(name: string, argument: Argument): CommanderArgument {
  const word = kebab(name) + (argument.kind === "list" ? "..." : "");
  return new CommanderArgument(argument.required ? `<${word}>` : `[${word}]`, described(argument));
}

function described(argument: Argument): string {
  const fallback =
    "default" in argument && argument.default !== undefined ? ` (default: ${argument.default})` : "";
  const choices = argument.kind === "choice" ? ` (${argument.choices.join(" | ")})` : "";
  const needs = argument.needs === undefined ? "" : ` (with --${kebab(argument.needs)})`;
  return argument.description + choices + fallback + needs;
}

/** What stands for a value in the help. */
const PLACEHOLDER: Readonly<Record<Argument["kind"], string>> = {
  text: "text",
  choice: "choice",
  list: "list",
  pairs: "name=value",
  flag: "",
  whole: "number",
  amount: "number",
  day: "day",
};

/** Values are read afterwards, all by the same readers; commander only keeps them apart. */
function optionOf(name: string, argument: Argument): Option {
  const named = "names" in argument ? argument.names : undefined;
  const word = argument.value ?? named ?? PLACEHOLDER[argument.kind];
  const value = "implied" in argument && argument.implied !== undefined ? `[${word}]` : `<${word}>`;
  const several = argument.kind === "list" || argument.kind === "pairs";
  const option = new Option(
    argument.kind === "flag" ? `--${kebab(name)}` : `--${kebab(name)} ${value}`,
    described(argument),
  );
  if (several) option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
  if (argument.required) option.makeOptionMandatory();
  return option;
}

function globalOption(name: string, argument: Argument): Option {
  const option = optionOf(name, argument);
  return name === "platform" ? option.env("OPS_PLATFORM") : option;
}

function exitCodeHelp(): string {
  const rows = Object.values(EXIT).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  return `\nExit codes:\n${rows.join("\n")}`;
}
