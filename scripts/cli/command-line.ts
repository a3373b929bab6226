// From the registry of jobs to a command line and back: help, options, validation. Runs nothing.
import { Command, CommanderError, Option } from "commander";
import { EXIT, OpsError } from "../core/errors";
import type { Argument, Arguments, Job } from "../core/job";

export interface Globals {
  platform: string | undefined;
  env: string | undefined;
  json: boolean;
  quiet: boolean;
  color: boolean;
  dryRun: boolean;
  seed: number | undefined;
}

export interface Invocation {
  job: Job;
  args: Arguments;
  globals: Globals;
}

/** Options that every job understands. */
const GLOBALS: readonly Option[] = [
  new Option(
    "--platform <name>",
    "what to operate: a file of policies/service/platforms (default: sandbox)",
  ).env("OPS_PLATFORM"),
  new Option("--env <environment>", "choose the only platform of this environment"),
  new Option("--json", "newline-delimited JSON events on standard output"),
  new Option("--quiet", "only warnings, errors and the result"),
  new Option("--no-color", "plain text; NO_COLOR in the environment does the same"),
  new Option("--dry-run", "print the plan and do nothing"),
  new Option("--seed <number>", "seed of every random choice, to repeat a run").argParser(Number),
];

/**
 * @returns what to run, or an exit code when help or a usage error was already printed
 */
export async function parseCommandLine(
  jobs: readonly Job[],
  argv: readonly string[],
): Promise<Invocation | number> {
  let invocation: Invocation | undefined;
  const program = buildProgram(jobs, (found) => {
    invocation = found;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok.code : EXIT.usage.code;
  }
  return invocation ?? EXIT.usage.code;
}

export function buildProgram(jobs: readonly Job[], chosen: (invocation: Invocation) => void): Command {
  const program = new Command("ops")
    .description("Operations that prove what they promise: every job ends in signed evidence.")
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("(`ops --help` lists the commands)")
    .addHelpText("after", exitCodeHelp);
  for (const job of jobs) program.addCommand(commandOf(job, chosen));
  return program;
}

function commandOf(job: Job, chosen: (invocation: Invocation) => void): Command {
  const command = new Command(job.name)
    .summary(job.summary)
    .description(describe(job))
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      `\nExamples:\n${job.examples.map((e) => `  $ npx ${e.command}\n      ${e.what}`).join("\n")}`,
    );
  const positionals = job.arguments.filter((argument) => argument.positional);
  for (const argument of positionals) {
    command.argument(
      argument.required ? `<${argument.name}>` : `[${argument.name}]`,
      describeArgument(argument),
    );
  }
  for (const argument of job.arguments.filter((a) => !a.positional)) command.addOption(optionOf(argument));
  for (const option of GLOBALS) command.addOption(option);
  return command.action((...received: unknown[]) => {
    const options = command.opts<Record<string, unknown>>();
    chosen({ job, args: argumentsOf(job, positionals, received, options), globals: globalsOf(options) });
  });
}

function describe(job: Job): string {
  const evidence = "kind" in job.evidence ? job.evidence.kind : `none: ${job.evidence.none}`;
  return `${job.summary}.\n\nClauses  ${job.clauses.join(", ")}\nCadence  ${job.cadence}\nEffect   ${job.effect}\nEvidence ${evidence}`;
}

function describeArgument(argument: Argument): string {
  const choices = argument.choices ? ` (${argument.choices.join(" | ")})` : "";
  return argument.description + choices;
}

function optionOf(argument: Argument): Option {
  const value = argument.implied === undefined ? `<${argument.kind}>` : `[${argument.kind}]`;
  const option = new Option(
    argument.kind === "boolean" ? `--${argument.name}` : `--${argument.name} ${value}`,
    argument.description,
  );
  if (argument.implied !== undefined) option.preset(argument.implied);
  if (argument.choices) option.choices([...argument.choices]);
  if (argument.default !== undefined) option.default(argument.default);
  if (argument.required) option.makeOptionMandatory();
  return option;
}

function globalsOf(options: Record<string, unknown>): Globals {
  const seed = options.seed as number | undefined;
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw usage("--seed", String(seed), "a whole number");
  return {
    platform: options.platform as string | undefined,
    env: options.env as string | undefined,
    json: options.json === true,
    quiet: options.quiet === true,
    color: options.color !== false,
    dryRun: options.dryRun === true,
    seed,
  };
}

function argumentsOf(
  job: Job,
  positionals: readonly Argument[],
  received: readonly unknown[],
  options: Record<string, unknown>,
): Arguments {
  const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const entries = job.arguments.map((argument) => {
    const position = positionals.indexOf(argument);
    const raw = position >= 0 ? received[position] : options[camel(argument.name)];
    return [argument.name, readValue(argument, raw)] as const;
  });
  return Object.fromEntries(entries);
}

function readValue(argument: Argument, raw: unknown): string | number | boolean | undefined {
  if (raw === undefined) return argument.default;
  if (argument.kind === "boolean") return raw === true;
  if (argument.kind === "number") {
    const value = Number(raw);
    if (!Number.isFinite(value) || String(raw).trim() === "")
      throw usage(`--${argument.name}`, String(raw), "a number");
    return value;
  }
  if (argument.choices && !argument.choices.includes(String(raw))) {
    throw usage(argument.name, String(raw), `one of ${argument.choices.join(", ")}`);
  }
  return String(raw);
}

function usage(name: string, found: string, expected: string): OpsError {
  return new OpsError("usage", `${name}: ${found}`, { expected, todo: "see --help of the command" });
}

function exitCodeHelp(): string {
  const rows = Object.values(EXIT).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  return `\nExit codes:\n${rows.join("\n")}`;
}
