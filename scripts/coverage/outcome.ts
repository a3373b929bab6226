// What a survey of the promised window comes to: checks, the calendar, the bound that random instants give, what to test next.
import type { BackupTools } from "../backup/port";
import { doubtOf, showLineage } from "../backup/timelines";
import type { Check, Measurement } from "../core/evidence";
import { showInstant } from "../core/instant";
import { contains } from "../core/intervals";
import type { Outcome } from "../core/outcome";
import { formatSeconds, formatShare } from "../core/text/format";
import type { Core, Terminal } from "../core/tools";
import { targetsOf } from "../restore/outcome";
import { type RestoredInstant, restoredInstants } from "../restore/restored-instants";
import { calendar, type Day, nextToTest } from "./calendar";
import { markdownCalendar, sentenceOf, terminalCalendar, terminalGaps } from "./calendar-page";
import { ruleOfThree, upperBound95 } from "./confidence";
import { broken, share } from "./coverage";
import type { CoverageContext } from "./survey";
import { type Surveyed, survey } from "./survey";

/** How many instants to propose. */
const PROPOSED = 5;

type Tools = CoverageContext & Pick<BackupTools, "backupEngine"> & Pick<Core, "progress"> & Terminal;

export async function coverageOutcome(context: Tools): Promise<Outcome> {
  const lacks = await context.backupEngine.lacks("wal-listing");
  if (lacks !== undefined) return cannot(lacks);
  const surveyed = await context.progress.phase("read the repository", () => survey(context));
  const { coverage, facts, unread } = surveyed;
  const rpo = targetsOf(context).rpo;
  const exercised = (await restoredInstants(context)).filter(({ at }) =>
    contains(coverage.restorable, at.getTime()),
  );
  const days = calendar(coverage, exercised, rpo);
  const next = nextToTest(coverage, exercised, PROPOSED);
  const bound = boundOf(exercised);
  const { color, width } = context;
  return {
    checks: checksOf(surveyed, days, rpo),
    measurements: [
      { name: "restorable-share", value: share(coverage), unit: "1" },
      ...(["exercised", "restorable", "partial", "gap", "before"] as const).map((state) => ({
        name: `days-${state}`,
        value: days.filter((day) => day.state === state).length,
        unit: "d",
      })),
      { name: "random-instants", value: bound.n, unit: "instants" },
      { name: "random-failures", value: bound.failures, unit: "instants" },
      { name: "bound-95", value: bound.exact, unit: "1" },
    ] satisfies Measurement[],
    artifacts: [],
    facts: {
      window: isoSpan(coverage.window),
      gaps: coverage.gaps.map((gap) => ({ ...isoSpan(gap), reason: gap.reason })),
      restorable: coverage.restorable.map(isoSpan),
      ends: unread === undefined ? "commit times" : `time of storage: ${unread}`,
    },
    summary: [
      heading(context, facts.days),
      terminalCalendar(days, color),
      terminalGaps(coverage.gaps, color, width),
      ...(unread === undefined ? [] : [`Ends of WAL by time of storage, not by commits: ${unread}`]),
      sentenceOfBound(bound),
      proposals(next),
    ].join("\n\n"),
    markdown: [
      `## Coverage of the promised window: ${context.platform.name}`,
      markdownCalendar(days, coverage.gaps),
      sentenceOfBound(bound),
      proposals(next),
    ].join("\n\n"),
    json: {
      window: isoSpan(coverage.window),
      days: days.map(({ gaps, ...day }) => ({
        ...day,
        gaps: gaps.map((gap) => ({ ...isoSpan(gap), reason: gap.reason, text: sentenceOf(gap.reason) })),
      })),
      restorable: coverage.restorable.map(isoSpan),
      exercised: exercised.map(({ at, ...rest }) => ({ at: at.toISOString(), ...rest })),
      bound,
      next: next.map((at) => at.toISOString()),
    },
  };
}

function heading({ environment, platform, clock }: Tools, days: number): string {
  return `Environment ${environment}, platform ${platform.name}: any instant of the last ${days} days is promised; ${showInstant(clock.now())}`;
}

function checksOf({ coverage, unread, archives }: Surveyed, days: readonly Day[], rpo: number): Check[] {
  const bad = broken(coverage, rpo);
  const before = days.filter(({ state }) => state === "before").length;
  const detail =
    bad.length === 0
      ? `every promised instant since the first backup, ${formatShare(share(coverage))} of the window; the newest ${formatSeconds(rpo)} may be on their way`
      : bad.map(
          ({ from, to, reason }) =>
            `${formatSeconds((to - from) / 1000)} from ${showInstant(new Date(from))}: ${sentenceOf(reason)}`,
        );
  return [
    {
      name: "promised-dates-restorable",
      verdict: bad.length === 0 ? "pass" : "fail",
      detail: typeof detail === "string" ? detail : detail.slice(0, 8).join("; "),
    },
    {
      name: "window-reaches-back",
      // Nobody can say whether there should have been a backup then; but these days cannot be restored, which is no pass.
      verdict: before === 0 ? "pass" : "inconclusive",
      detail:
        before === 0
          ? "the first backup is older than the window, or of its first day"
          : `${before} of the promised days cannot be restored: they lie before the first backup that evidence or repository know of`,
    },
    {
      name: "ends-of-wal-read",
      verdict: unread === undefined ? "pass" : "inconclusive",
      detail: unread === undefined ? "where WAL ends, its last commit was read" : `not read: ${unread}`,
    },
    timelineCheck(archives),
  ];
}

/** What only another timeline holds is not promised; where the source may have gone on along it, nobody can tell. */
function timelineCheck(archives: Surveyed["archives"]): Check {
  const doubts = archives.flatMap(({ follow, switches }) => doubtOf(follow, switches) ?? []);
  const lines = archives.map(
    ({ set, follow, switches }) => `${set.archiveId}: ${showLineage(follow, switches)}`,
  );
  return {
    name: "timeline",
    verdict: doubts.length === 0 ? "pass" : "inconclusive",
    detail: archives.length === 0 ? "there is no backup" : [...lines, ...doubts].join(". "),
  };
}

interface Bound {
  n: number;
  failures: number;
  exact: number;
  ruleOfThree: number;
}

function boundOf(exercised: readonly RestoredInstant[]): Bound {
  const drawn = exercised.filter((instant) => instant.drawn);
  const failures = drawn.filter(({ verdict }) => verdict !== "pass").length;
  const n = drawn.length;
  return { n, failures, exact: upperBound95(n, failures), ruleOfThree: ruleOfThree(n) };
}

function sentenceOfBound({ n, failures, exact, ruleOfThree: rough }: Bound): string {
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  if (n === 0)
    return "No random instant was exercised yet: nothing bounds the share of instants that would fail (`ops verify --sample 20`).";
  const what = `${n} random instants were exercised, ${failures} of them with a finding`;
  const rule = failures === 0 ? ` (1 − 0.05^(1/${n}); by the rule of three, 3/${n} = ${percent(rough)})` : "";
  return `${what}: with 95 % confidence at most ${percent(exact)} of the restorable instants would fail${rule}.`;
}

function proposals(next: readonly Date[]): string {
  if (next.length === 0) return "There is no stretch left to exercise.";
  const lines = next.map((at) => `  ops verify --to "${at.toISOString()}"   ${showInstant(at)}`);
  return ["To exercise next, in the middle of the largest stretches never restored into:", ...lines].join(
    "\n",
  );
}

function isoSpan({ from, to }: { from: number; to: number }): { from: string; to: string } {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function cannot(reason: string): Outcome {
  return {
    checks: [{ name: "promised-dates-restorable", verdict: "inconclusive", detail: reason }],
    measurements: [],
    artifacts: [],
    facts: {},
    summary: `Coverage cannot be computed: ${reason}`,
  };
}
