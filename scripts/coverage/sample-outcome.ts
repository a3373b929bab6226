// A sample of random instants from drawing to evidence: one line an instant, one verdict, the bound that follows.

import type { ClusterFacts } from "../backup/memory";
import { OpsError } from "../core/errors";
import type { Check, Measurement } from "../core/evidence";
import { shanghai, showInstant } from "../core/instant";
import { type Interval, intersect } from "../core/intervals";
import type { Outcome } from "../core/outcome";
import { type Cell, renderTable, type Tone } from "../core/table";
import { formatSeconds, formatShare } from "../core/text/format";
import { SIGNS } from "../core/text/signs";
import type { Core, Operated, Terminal } from "../core/tools";
import type { Provenance } from "../evidence/port";
import { clusterOf, type RestoreFacts, restoredInstantFact } from "../restore/facts";
import { samples, targetsOf } from "../restore/outcome";
import { median } from "../restore/prediction";
import type { RestoreTools } from "../restore/tools";
import { upperBound95 } from "./confidence";
import { comparable, share } from "./coverage";
import { type Drawn, drawInstants, testAll } from "./sample";
import { type CoverageContext, type Surveyed, survey } from "./survey";

export interface SampleOptions {
  count: number;
  /** No later instant is drawn. */
  latest: Date;
  /** For each restore and each recovery. */
  timeoutSeconds: number;
}

/** @throws OpsError instant when nothing of the window can be restored, unavailable */
export async function verifySample(
  context: RestoreTools & Pick<Provenance, "inputs"> & Terminal,
  { count, latest, timeoutSeconds }: SampleOptions,
): Promise<Outcome> {
  const choice = await draw(context, count, latest);
  const { surveyed, restorable, instants } = choice;
  const { coverage } = surveyed;
  const drawn = await testAll(context, instants, surveyed, {
    timeoutSeconds,
    samples: await samples(context),
  });
  const checks = [...drawn.map(checkOf), rtoCheck(context, drawn)];
  const details = drawn.map(detailsOf);
  const artifact = await context.ledger.store(
    "sample.json",
    "application/json",
    JSON.stringify({ restorable, instants: details }, null, 1),
  );
  const failures = drawn.filter(({ verdict }) => verdict !== "pass").length;
  const bound = upperBound95(drawn.length, failures);
  return {
    checks,
    measurements: measurementsOf(context, drawn, bound),
    artifacts: [artifact],
    facts: {
      sample: {
        seed: context.inputs.seed ?? "",
        count,
        latest: latest.toISOString(),
        restorable: restorable.map(({ from, to }) => [
          new Date(from).toISOString(),
          new Date(to).toISOString(),
        ]),
        share: share(coverage),
        instants: details.map(({ at, backup, checkpoint, verdict, findings }) => ({
          at,
          backup,
          checkpoint,
          verdict,
          findings,
        })),
      },
      ...factsOf(drawn),
    },
    summary: summaryOf(context, drawn, bound, coverage),
    json: { seed: context.inputs.seed, failures, bound, instants: details },
  };
}

function factsOf(drawn: readonly Drawn[]): RestoreFacts & ClusterFacts {
  return {
    ...clusterOf(drawn.flatMap(({ testRestore }) => testRestore ?? [])),
    samples: drawn.flatMap(({ testRestore }) => testRestore?.sample ?? []),
    // A refused restore was exercised too, and failed.
    exercised: drawn.flatMap(({ at, verdict, testRestore }) =>
      testRestore ? restoredInstantFact(testRestore, true) : [{ at: at.toISOString(), verdict, drawn: true }],
    ),
  };
}

/**
 * Instants of the promised window that can be restored and whose content can be compared.
 * @throws OpsError instant when there is none, unavailable
 */
export async function draw(
  context: CoverageContext & Pick<Core, "progress" | "random">,
  count: number,
  latest: Date,
): Promise<{ surveyed: Surveyed; restorable: Interval[]; instants: Date[] }> {
  const surveyed = await context.progress.phase("read the repository", () => survey(context));
  const { coverage, facts, points } = surveyed;
  const known = points.map(({ at }) => new Date(at));
  const restorable = intersect(comparable(coverage, facts, known), {
    from: coverage.window.from,
    to: latest.getTime(),
  });
  const instants = drawInstants(restorable, count, context.random);
  if (instants.length === 0) {
    throw new OpsError("instant", `no instant of the window up to ${showInstant(latest)} can be verified`, {
      expected: "a sound backup with a checkpoint, and WAL after it",
      todo: "see `ops coverage` for the reasons",
    });
  }
  return { surveyed, restorable, instants };
}

function nameOf(index: number): string {
  return `instant-${String(index + 1).padStart(3, "0")}`;
}

function findingsOf(checks: readonly Check[]): Check[] {
  return checks.filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive");
}

function checkOf({ at, goal, checks, verdict, seconds }: Drawn, index: number): Check {
  const findings = findingsOf(checks).map((check) => `${check.name}: ${check.detail}`);
  const passed = checks.filter((check) => check.verdict === "pass").length;
  const from = goal ? ` from ${goal.set.label}, content at ${goal.checkpoint?.name ?? "no checkpoint"}` : "";
  const what = findings.length === 0 ? `${passed} checks passed` : findings.slice(0, 4).join("; ");
  return { name: nameOf(index), verdict, detail: `${showInstant(at)}${from}: ${what}`, seconds };
}

function rtoCheck(context: Pick<Operated, "platform">, drawn: readonly Drawn[]): Check {
  const promised = targetsOf(context).rto;
  const longest = Math.max(...rtos(drawn), Number.NEGATIVE_INFINITY);
  const detail = Number.isFinite(longest)
    ? `longest ${longest.toFixed(1)} s until the copy accepted writes; promised ${promised} s`
    : "no copy ever accepted writes";
  return { name: "rto-target", verdict: longest <= promised && longest > 0 ? "pass" : "fail", detail };
}

function rtos(drawn: readonly Drawn[]): number[] {
  return drawn.flatMap(({ testRestore }) => testRestore?.rtoSeconds ?? []);
}

function measurementsOf(
  context: Pick<Operated, "platform">,
  drawn: readonly Drawn[],
  bound: number,
): Measurement[] {
  const failures = drawn.filter(({ verdict }) => verdict !== "pass").length;
  const measured = rtos(drawn);
  return [
    { name: "random-instants", value: drawn.length, unit: "instants" },
    { name: "random-failures", value: failures, unit: "instants" },
    { name: "bound-95", value: bound, unit: "1" },
    { name: "seconds-per-instant", value: median(drawn.map(({ seconds }) => seconds)), unit: "s" },
    ...(measured.length === 0
      ? []
      : [
          { name: "rto-median", value: median(measured), unit: "s" },
          { name: "rto-longest", value: Math.max(...measured), unit: "s", target: targetsOf(context).rto },
        ]),
  ];
}

interface Details {
  at: string;
  backup: string | null;
  checkpoint: string | null;
  verdict: Drawn["verdict"];
  seconds: number;
  rtoSeconds: number | null;
  /** Names of checks that failed or could not tell. */
  findings: string[];
  checks: readonly Check[];
}

function detailsOf({ at, goal, testRestore, checks, verdict, seconds }: Drawn): Details {
  return {
    at: at.toISOString(),
    backup: goal?.set.label ?? null,
    checkpoint: goal?.checkpoint?.name ?? null,
    verdict,
    seconds,
    rtoSeconds: testRestore?.rtoSeconds ?? null,
    findings: findingsOf(checks).map(({ name }) => name),
    checks,
  };
}

const TONES: Readonly<Record<Drawn["verdict"], Tone>> = { pass: "good", fail: "bad", inconclusive: "warn" };

function summaryOf(
  { color, width, inputs }: Terminal & Pick<Provenance, "inputs">,
  drawn: readonly Drawn[],
  bound: number,
  coverage: Parameters<typeof share>[0],
): string {
  const rows = drawn.map(({ at, goal, checks, verdict, testRestore }): Cell[] => [
    shanghai(at),
    { text: `${SIGNS[verdict]} ${verdict}`, tone: TONES[verdict] },
    goal?.set.label ?? "–",
    formatSeconds(testRestore?.rtoSeconds ?? Number.NaN),
    findingsOf(checks)
      .map((check) => `${check.name}: ${check.detail}`)
      .join("; ")
      .slice(0, 300),
  ]);
  const head = ["Instant (Asia/Shanghai)", "Verdict", "Backup", "RTO", "Findings"];
  const failures = drawn.filter(({ verdict }) => verdict !== "pass").length;
  return [
    `Seed ${inputs.seed ?? "unknown"}; ${formatShare(share(coverage))} of the promised window can be restored; drawn from what of it lies after a checkpoint to compare with`,
    renderTable({ head, rows, color, maxWidths: [0, 0, 0, 0, Math.max(24, width - 90)] }),
    `${drawn.length} instants, ${failures} with a finding: with 95 % confidence at most ${(bound * 100).toFixed(1)} % of the restorable instants would fail`,
  ].join("\n");
}
