// Runs a drill from the prediction, signed beforehand, to the reports: every scenario, one verdict.
import path from "node:path";
import { checkpoints } from "../backup/evidence";
import { type ClusterFacts, clusterFacts, type MemoryReader, memoryOf, remembered } from "../backup/memory";
import type { ContractTools } from "../contract/port";
import type { Artifact, Measurement } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Terminal } from "../core/tools";
import { factsIn } from "../evidence/facts";
import type { LedgerEntry } from "../evidence/port";
import { record } from "../evidence/record";
import { forecast } from "../restore/estimate";
import { restoreFacts } from "../restore/facts";
import { predictionMeasurements, samples, targetsOf } from "../restore/outcome";
import type { Sample } from "../restore/prediction";
import type { DrillTools } from "./drill";
import { prepare, runScenario, SCENARIOS, type ScenarioId, type ScenarioResult } from "./drill";
import { ANNOUNCEMENT_FACTS, type AnnouncementFacts } from "./drill-history";
import { drillFacts, drillReport } from "./drill-report";
import { renderHtml } from "./report/html";
import { renderMarkdown } from "./report/markdown";
import { renderTerminal } from "./report/terminal";

export const DRILL_EVIDENCE = { kind: "dr-drill", clauses: ["DR-DRILL", "DR-RESTORE", "DR-BACKUP"] } as const;

type Tools = DrillTools & Terminal & Pick<ContractTools, "contract">;

/** @param scale of the sandbox, when it has to be made */
export async function runDrill(
  context: Tools,
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
      await context.progress.phase(`scenario ${scenario}`, () => runScenario(context, scenario, learned)),
    );
  }
  const earlier = await memoryOf(context, "drill-announcement", "drill");
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

/**
 * Announcements of drills since the last one that ended, of whatever cluster. One drill runs at a time: whose result never came was
 * killed.
 */
export async function killedDrills(context: MemoryReader): Promise<LedgerEntry[]> {
  const { all } = await remembered(context, ["drill", "drill-announcement"]);
  const entries = all.map(({ entry }) => entry);
  return entries.slice(entries.findLastIndex(({ predicate }) => predicate.job === "drill") + 1);
}

/** Signs the prediction before anything is restored: it cannot be fitted to the result, and a killed drill stays visible. */
async function announce(
  context: Tools,
  id: string,
  scenarios: readonly ScenarioId[],
  learned: readonly Sample[],
): Promise<void> {
  const last = (await checkpoints(context)).at(-1)!;
  // Where b will go is drawn or injected later; from now it is as far as it can be.
  const targets = { a: last.name, b: context.clock.now().toISOString(), c: "latest" };
  const chosen = Object.fromEntries(scenarios.map((scenario) => [scenario, targets[scenario]]));
  const predictions = await forecast(context, chosen, learned);
  const cluster = (await context.backupRepository.list()).at(-1)?.systemIdentifier;
  const facts: AnnouncementFacts & ClusterFacts = { drill: id, predictions, ...clusterFacts(cluster) };
  const outcome = { checks: [], measurements: [], artifacts: [], facts };
  const entry = await record(
    context,
    {
      job: "drill-announcement",
      kind: "announcement",
      clauses: DRILL_EVIDENCE.clauses,
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

function measurementsOf(context: Tools, result: ScenarioResult): Measurement[] {
  const { restoreTest: done } = result;
  const targets = targetsOf(context);
  const name = (text: string): string => `${result.id}: ${text}`;
  return [
    ...(done.rtoSeconds === undefined
      ? []
      : [{ name: name("rto"), value: done.rtoSeconds, unit: "s", target: targets.rto }]),
    ...(result.rpoSeconds === undefined
      ? []
      : [{ name: name("rpo"), value: result.rpoSeconds, unit: "s", target: targets.rpo }]),
    ...predictionMeasurements(done).map((measurement) => ({
      ...measurement,
      name: name(measurement.name),
    })),
    ...done.phases.map((phase) => ({ name: name(`phase: ${phase.name}`), value: phase.seconds, unit: "s" })),
  ];
}

async function writeReports(
  context: Tools,
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
