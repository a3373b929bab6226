// `ops drill`: the main job. Three losses, three isolated restores, measured against the promises, always torn down.
import path from "node:path";
import { checkpoints } from "../backup/evidence";
import type { Context } from "../context";
import type { Artifact, Measurement } from "../core/evidence";
import { defineJob, flag, text } from "../core/job";
import type { Outcome } from "../core/outcome";
import { viewOnly } from "../core/view-only";
import { play, prepare, SCENARIOS, type ScenarioId, type ScenarioResult } from "../drill/drill";
import { ANNOUNCEMENT_FACTS, type AnnouncementFacts } from "../drill/drill-history";
import { drillFacts, drillReport } from "../drill/drill-report";
import { renderHtml } from "../drill/report/html";
import { renderMarkdown } from "../drill/report/markdown";
import { renderTerminal } from "../drill/report/terminal";
import { factsIn } from "../evidence/facts";
import { evidenceOf, killedDrills, record } from "../evidence/record";
import { listCopies } from "../restore/copy";
import { forecast } from "../restore/estimate";
import { restoreFacts } from "../restore/facts";
import { withDrillLock } from "../restore/lock";
import { predictionMeasurements, samples, targetsOf } from "../restore/outcome";
import type { Sample } from "../restore/prediction";

const EVIDENCE = { kind: "dr-drill", clauses: ["DR-DRILL", "DR-RESTORE", "DR-BACKUP"] } as const;

export default defineJob({
  name: "drill",
  summary: "Restore after three kinds of loss in isolation, verify every row, measure RTO and RPO, report",
  clauses: EVIDENCE.clauses,
  cadence: "monthly",
  effect: "isolated",
  evidence: { kind: EVIDENCE.kind },
  arguments: [
    {
      name: "scenario",
      kind: "string",
      choices: [...SCENARIOS],
      description: "only this one; without it all three",
    },
    {
      name: "scale",
      kind: "number",
      description: "size of the sandbox when it has to be made; 1 is about 150 MB",
    },
    { name: "reap", kind: "boolean", description: "only remove what killed drills left behind" },
  ],
  examples: [
    { command: "ops drill", what: "the full drill on the sandbox, which is made ready first" },
    { command: "ops drill --scenario b --seed 7", what: "only the misoperation, the same one every time" },
    { command: "ops drill --reap", what: "remove the copies of drills that were killed" },
  ],
  async plan(context, args) {
    if (flag(args, "reap")) {
      const left = (await listCopies(context)).filter((copy) => copy.state === "left behind");
      return left.length === 0 ? ["nothing was left behind"] : left.map((copy) => `remove ${copy.directory}`);
    }
    return [
      ...(context.sandbox ? ["make the sandbox ready, with a backup and a checkpoint"] : []),
      "a: restore to the last checkpoint and compare every row",
      context.sandbox
        ? "b: plant a misoperation, restore to the moment before it"
        : "b: restore to an instant drawn from the window",
      context.sandbox
        ? "c: kill the source, hide its WAL, restore the latest state, measure what was lost"
        : "c: restore the latest state",
      "prove the isolation of every copy; remove all copies; report; append evidence",
    ];
  },
  run: (context, args) =>
    withDrillLock(context, "drill", async () => {
      if (flag(args, "reap")) return reaped();
      return drill(
        context,
        (text(args, "scenario") as ScenarioId | undefined) ?? "all",
        args.scale as number | undefined,
      );
    }),
});

async function drill(
  context: Context,
  which: ScenarioId | "all",
  scale: number | undefined,
): Promise<Outcome> {
  const id = context.newId();
  const started = context.clock.now();
  const killed = await killedDrills(context);
  for (const { index, predicate } of killed)
    context.progress.say("warn", `the drill announced at ${predicate.started} (entry ${index}) was killed`);
  await prepare(context, scale);
  const learned = await samples(context);
  const scenarios = which === "all" ? SCENARIOS : [which];
  await announce(context, id, scenarios, learned);

  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    results.push(
      await context.progress.phase(`scenario ${scenario}`, () => play(context, scenario, learned)),
    );
  }
  const earlier = [
    ...(await evidenceOf(context, "drill-announcement")),
    ...(await evidenceOf(context, "drill")),
  ].sort((a, b) => a.index - b.index);
  const report = drillReport(context, id, started, results, earlier);
  const { files, artifacts } = await writeReports(context, report);
  return {
    checks: results.flatMap((p) => p.checks.map((check) => ({ ...check, name: `${p.id}: ${check.name}` }))),
    measurements: results.flatMap((p) => measurementsOf(context, p)),
    artifacts,
    facts: {
      ...drillFacts(id, results),
      killed: killed.map((entry) => factsIn(entry, ANNOUNCEMENT_FACTS)?.drill),
      ...restoreFacts(results.map(({ restoreTest }) => restoreTest)),
    },
    summary: [renderTerminal(report, { color: context.color, width: context.width }), ...files].join("\n"),
    markdown: renderMarkdown(report),
    json: { report, files },
  };
}

/** Signs the prediction before anything is restored: it cannot be fitted to the result, and a killed drill stays visible. */
async function announce(
  context: Context,
  id: string,
  scenarios: readonly ScenarioId[],
  learned: readonly Sample[],
): Promise<void> {
  const last = (await checkpoints(context)).at(-1)!;
  // Where b will go is drawn or planted later; from now it is as far as it can be.
  const targets = { a: last.name, b: context.clock.now().toISOString(), c: "latest" };
  const chosen = Object.fromEntries(scenarios.map((scenario) => [scenario, targets[scenario]]));
  const predictions = await forecast(context, chosen, learned);
  const facts: AnnouncementFacts = { drill: id, predictions };
  const outcome = { checks: [], measurements: [], artifacts: [], facts };
  const entry = await record(
    context,
    {
      job: "drill-announcement",
      kind: "announcement",
      clauses: EVIDENCE.clauses,
      started: context.clock.now(),
    },
    outcome,
  );
  const said = Object.entries(predictions).map(
    ([scenario, { seconds, samples: basis }]) =>
      `${scenario} ${seconds.toFixed(1)} s (${basis === 0 ? "no restore was measured yet" : `from ${basis} measured restores`})`,
  );
  context.progress.say(
    "info",
    `predicted RTO: ${said.join(", ")}; signed beforehand as entry ${entry.index}`,
  );
}

function measurementsOf(context: Context, results: ScenarioResult): Measurement[] {
  const { restoreTest: done } = results;
  const targets = targetsOf(context);
  const name = (text: string): string => `${results.id}: ${text}`;
  return [
    ...(done.rtoSeconds === undefined
      ? []
      : [{ name: name("rto"), value: done.rtoSeconds, unit: "s", target: targets.rto }]),
    ...(results.rpoSeconds === undefined
      ? []
      : [{ name: name("rpo"), value: results.rpoSeconds, unit: "s", target: targets.rpo }]),
    ...predictionMeasurements(done).map((measurement) => ({
      ...measurement,
      name: name(measurement.name),
    })),
    ...done.phases.map((phase) => ({ name: name(`phase: ${phase.name}`), value: phase.seconds, unit: "s" })),
  ];
}

async function writeReports(
  context: Context,
  report: ReturnType<typeof drillReport>,
): Promise<{ files: string[]; artifacts: Artifact[] }> {
  const documents = [
    { file: `drill-${report.id}.html`, type: "text/html", text: renderHtml(report, { lang: "en" }) },
    { file: `drill-${report.id}.zh.html`, type: "text/html", text: renderHtml(report, { lang: "zh" }) },
    { file: `drill-${report.id}.md`, type: "text/markdown", text: renderMarkdown(report) },
  ];
  const artifacts: Artifact[] = [];
  await context.host.makeDirectory(context.reports);
  for (const { file, type, text: content } of documents) {
    await context.host.writeText(path.join(context.reports, file), content);
    artifacts.push(await context.ledger.store(file, type, content));
  }
  return { files: documents.map(({ file }) => `Report    ${path.join(context.reports, file)}`), artifacts };
}

function reaped(): Outcome {
  return viewOnly({
    record: false,
    summary: "Nothing of a killed drill is left.",
  });
}
