// Runs one job: plan or work, clean-up whatever happens, evidence, result.
import { EXIT, type ExitName, OpsError } from "../core/errors";
import { overall, type Verdict } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Core } from "../core/tools";
import type { LedgerEntry } from "../evidence/port";
import { record } from "../evidence/record";
import type { Invocation } from "./command-line";
import { renderMeasurements, renderResultMarkdown } from "./outcome";

/** Failures of the thing operated, not of the person who typed: they are evidence too. */
const EVIDENT: readonly ExitName[] = [
  "fail",
  "unavailable",
  "timeout",
  "space",
  "missing",
  "internal",
  "interrupted",
];

const EXIT_OF: Record<Verdict, ExitName> = { pass: "ok", fail: "fail", inconclusive: "inconclusive" };

/** What running needs of the tools; the job is given all of them. */
type RunTools = Parameters<typeof record>[0] & Pick<Core, "clock" | "progress" | "signal">;

/** The tools of one run, and what ends it. */
export interface Composition<Tools> {
  context: Tools;
  /** Runs what jobs deferred, last first; failures are reported, never thrown. */
  cleanUp(): Promise<void>;
  /** Adds what a job found, as Markdown, to the summaries of this pipeline, if it is one. */
  publish(job: string, markdown: string): Promise<void>;
  close(): void;
}

/** @returns the exit code. @throws whatever the job threw, after clean-up and evidence */
export async function runJob<Tools extends RunTools>(
  invocation: Invocation<Tools>,
  composition: Composition<Tools>,
): Promise<number> {
  try {
    return await (invocation.globals.dryRun ? plan : work)(invocation, composition);
  } finally {
    composition.close();
  }
}

async function plan<Tools extends RunTools>(
  { job, command, args, globals }: Invocation<Tools>,
  { context }: Composition<Tools>,
): Promise<number> {
  const steps = await command.plan(context, args);
  if (globals.json) event({ type: "plan", job: job.name, steps });
  else context.progress.print(numbered(steps));
  return EXIT.ok.code;
}

async function work<Tools extends RunTools>(
  { job, command, args, globals }: Invocation<Tools>,
  { context, cleanUp, publish }: Composition<Tools>,
): Promise<number> {
  const leaves = "kind" in job.evidence ? job.evidence : undefined;
  if (leaves && command.beginsLedger !== false) await context.ledger.preflight();
  const identity = {
    job: job.name,
    kind: leaves?.kind ?? "",
    clauses: job.clauses,
    started: context.clock.now(),
  };
  let outcome: Outcome;
  try {
    outcome = await command.run(context, args);
  } catch (error) {
    await cleanUp();
    const failure = context.signal.aborted ? interrupted(error) : error;
    const name = failure instanceof OpsError ? failure.exit : "internal";
    if (leaves && EVIDENT.includes(name))
      await record(context, identity, failed(job.name, failure), verdictOf(name));
    throw failure;
  }
  await cleanUp();
  const verdict = overall(outcome.checks);
  const exit = outcome.exit ?? EXIT_OF[verdict];
  const entry = leaves && outcome.record !== false ? await record(context, identity, outcome) : undefined;
  if (globals.json) event(resultOf(job.name, verdict, exit, entry, outcome));
  else print(context, outcome, entry, verdict);
  // What checked nothing and measured nothing has no verdict to tell.
  const judged = outcome.checks.length > 0 || outcome.measurements.length > 0;
  const text =
    outcome.markdown ?? (judged ? renderResultMarkdown({ ...outcome, job: job.name, verdict }) : "");
  if (text !== "") await publish(job.name, text);
  return EXIT[exit].code;
}

function resultOf(
  job: string,
  verdict: Verdict,
  exit: ExitName,
  entry: LedgerEntry | undefined,
  { checks, measurements, artifacts, facts, json }: Outcome,
): Record<string, unknown> {
  const evidence = entry && { index: entry.index, digest: entry.digest, file: entry.file };
  return { type: "result", job, verdict, exit, evidence, checks, measurements, artifacts, facts, json };
}

function print(context: RunTools, outcome: Outcome, entry: LedgerEntry | undefined, verdict: Verdict): void {
  if (outcome.document !== undefined) {
    process.stdout.write(outcome.document);
    return;
  }
  const summary = outcome.summary ?? renderMeasurements(outcome.measurements);
  if (summary) context.progress.print(summary);
  if (entry) context.progress.print(signature(context.ledger.location, entry, verdict));
}

/** One line of NDJSON after the progress events. */
function event(body: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(body)}\n`);
}

function signature(location: string, entry: LedgerEntry, verdict: Verdict): string {
  return `Evidence  ${location}/${entry.file}  sha256 ${entry.digest}\nVerdict   ${verdict}`;
}

function numbered(steps: readonly string[]): string {
  return steps.map((step, i) => `${i + 1}. ${step}`).join("\n");
}

/** Whoever left something behind says so itself; of everybody else `cleanUp` has removed what there was. */
function interrupted(cause: unknown): OpsError {
  if (cause instanceof OpsError && cause.exit === "interrupted" && cause.todo !== undefined) return cause;
  return new OpsError("interrupted", "interrupted; everything the job had created was removed", { cause });
}

function verdictOf(name: ExitName): Verdict {
  return name === "interrupted" ? "inconclusive" : "fail";
}

function failed(job: string, error: unknown): Outcome {
  const name = error instanceof OpsError ? error.exit : "internal";
  const verdict = verdictOf(name);
  const detail = error instanceof Error ? error.message : String(error);
  return {
    checks: [{ name: `${job}-finished`, verdict, detail }],
    measurements: [],
    artifacts: [],
    facts: { exit: name },
  };
}
