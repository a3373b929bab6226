// Runs one job: plan or work, clean-up whatever happens, evidence, result.
import { asRefusal, EXIT, type ExitName, OpsError } from "../core/errors";
import { overall, type Verdict } from "../core/evidence";
import type { Command } from "../core/job";
import type { Outcome } from "../core/outcome";
import type { Core } from "../core/tools";
import type { LedgerEntry } from "../evidence/port";
import { record } from "../evidence/record";
import type { Invocation } from "./command-line";
import { actedOn, renderMeasurements, renderResultMarkdown } from "./outcome";
import { type ReportTools, writeReport } from "./write-report";

/** Failures of the thing operated, not of the person who typed: they are evidence too. */
const EVIDENT: readonly ExitName[] = [
  "fail",
  "unavailable",
  "timeout",
  "space",
  "missing",
  "inconclusive",
  "internal",
  "interrupted",
];

const EXIT_OF: Record<Verdict, ExitName> = { pass: "ok", fail: "fail", inconclusive: "inconclusive" };

/** What running needs of the tools; the job is given all of them. */
type RunTools = Parameters<typeof record>[0] & ReportTools & Pick<Core, "clock" | "progress" | "signal">;

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
  if (globals.json) event({ type: "plan", job: job.name, ...targetOf(context), steps });
  else context.progress.print([numbered(steps), ...actedOn(command, context, "Would act")].join("\n"));
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
    const failure = context.signal.aborted ? interrupted(error) : asRefusal(error);
    const name = failure instanceof OpsError ? failure.exit : "internal";
    if (leaves && EVIDENT.includes(name)) {
      const { kept, reports } = await withReport(context, command, identity, failed(job.name, failure));
      await record(context, identity, kept, verdictOf(name));
      for (const line of reports) context.progress.say("info", line);
    }
    throw failure;
  }
  await cleanUp();
  const verdict = overall(outcome.checks);
  const exit = outcome.exit ?? EXIT_OF[verdict];
  const recorded = leaves !== undefined && outcome.record !== false;
  const { kept, reports } = recorded
    ? await withReport(context, command, identity, outcome)
    : { kept: outcome, reports: [] };
  const entry = recorded ? await record(context, identity, kept) : undefined;
  const acted = actedOn(command, context, "Acted", entry !== undefined);
  if (globals.json) event({ ...resultOf(job.name, verdict, exit, entry, kept), ...targetOf(context) });
  else
    print(context, outcome, [
      ...reports,
      ...(entry ? signature(context.ledger.location, entry, verdict) : []),
      ...acted,
    ]);
  // What checked nothing and measured nothing has no verdict to tell.
  const judged = outcome.checks.length > 0 || outcome.measurements.length > 0;
  const text =
    outcome.markdown ?? (judged ? renderResultMarkdown({ ...outcome, job: job.name, verdict }) : "");
  if (text !== "") await publish(job.name, text);
  return EXIT[exit].code;
}

/** A report that cannot be written costs no evidence: it is said, and the run goes on. */
async function withReport(
  context: RunTools,
  { report }: Pick<Command<never>, "report">,
  run: Parameters<typeof record>[1],
  outcome: Outcome,
): Promise<{ kept: Outcome; reports: string[] }> {
  if (report !== true) return { kept: outcome, reports: [] };
  try {
    const { files, artifacts } = await writeReport(context, run, outcome);
    const kept = { ...outcome, artifacts: [...outcome.artifacts, ...artifacts] };
    return { kept, reports: files.map((file) => `Report    ${file}`) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.progress.say("warn", `the report could not be written: ${why}`);
    return { kept: outcome, reports: [] };
  }
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

/** @param last lines for people, the very last of which says what was acted on */
function print(context: RunTools, outcome: Outcome, last: readonly string[]): void {
  if (outcome.document !== undefined) {
    process.stdout.write(outcome.document);
    for (const line of last) context.progress.say("info", line);
    return;
  }
  const summary = outcome.summary ?? renderMeasurements(outcome.measurements);
  if (summary) context.progress.print(summary);
  if (last.length > 0) context.progress.print(last.join("\n"));
}

function targetOf({ environment, platformName }: RunTools): { environment: string; platform: string } {
  return { environment, platform: platformName };
}

/** One line of NDJSON after the progress events. */
function event(body: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(body)}\n`);
}

function signature(location: string, entry: LedgerEntry, verdict: Verdict): string[] {
  return [`Evidence  ${location}/${entry.file}  sha256 ${entry.digest}`, `Verdict   ${verdict}`];
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
  return name === "interrupted" || name === "inconclusive" ? "inconclusive" : "fail";
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
