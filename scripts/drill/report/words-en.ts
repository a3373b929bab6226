// The words of a drill report in English.
import type { CheckVerdict } from "../../core/evidence";
import { type DurationUnits, formatSeconds } from "../../core/text/format";
import type { Words } from "./words";

const UNITS: DurationUnits = { ms: "ms", s: "s", min: "min", h: "h", d: "d" };
const VERDICTS: Record<CheckVerdict, string> = {
  pass: "Pass",
  fail: "Fail",
  inconclusive: "Inconclusive",
  "not-applicable": "Not applicable",
};

function of(scenario: string | undefined): string {
  return scenario === undefined ? "" : `Scenario ${scenario}: `;
}

export const en: Words = {
  tag: "en",
  units: UNITS,
  verdicts: VERDICTS,
  statements: {
    pass: "Every scenario was restored, every check that applies passed, and the targets were met.",
    fail: "The drill failed. The platform cannot be shown to be restorable as promised.",
    inconclusive: "The drill could not tell. Nothing below proves that a restore would succeed.",
  },
  targets: { "restore-point": "a checkpoint", time: "an instant", latest: "the latest commit" },
  marks: { slower: "slower", faster: "faster", new: "new", gone: "not run" },
  name: (name) => name,
  simulated: (name) => name,
  place: (environment) => environment,
  committed: (commit) => commit,
  sandbox:
    "Sandbox: a small platform with invented data on one machine. Nothing here proves anything of production.",
  platformSaid: "Platform",
  clause: "Clause",
  clauseText: ({ obligation, original }) => `${obligation} (${original.trim()})`,
  appendix: { title: "Appendix", note: "", check: "Check", text: "What was found" },
  tally: (verdict, count) => `${count} ${VERDICTS[verdict].toLowerCase()}`,
  allPassed: "all passed",
  beyond: (target) => `RTO target ${target}, beyond this axis`,
  reasons: {
    check: ({ scenario, check }) => `${of(scenario)}${check.name}: ${check.detail}`,
    missed: ({ scenario, measure, seconds, target }) =>
      `${of(scenario)}${measure} ${formatSeconds(seconds)} misses the target of ${formatSeconds(target)} by ${formatSeconds(seconds - target)}`,
    "no-rto": ({ scenario }) => `${of(scenario)}no RTO was measured`,
    "no-checks": ({ scenario }) => `${of(scenario)}nothing was checked`,
    "no-scenarios": () => "No scenario was run",
    "no-isolation": () => "Isolation was not proven",
    declared: ({ scenario, verdict }) =>
      `${of(scenario)}declared ${VERDICTS[verdict].toLowerCase()}; the checks shown here do not say why`,
  },
  report: "Restore drill report",
  drill: "Drill",
  environment: "Environment",
  actor: "Run by",
  commit: "Commit",
  started: "Started",
  took: "Took",
  rto: "RTO",
  rpo: "RPO",
  rtoLong: "Recovery time, measured",
  rpoLong: "Data lost, measured",
  rtoPromised: "Promised RTO",
  rpoPromised: "Promised RPO",
  target: "Target",
  measured: "Measured",
  predicted: "Predicted",
  predictedRto: "Predicted RTO",
  checks: "Checks",
  check: "Check",
  verdict: "Verdict",
  found: "What was found",
  timeline: "Timeline",
  timelineCaption:
    "Phases of each scenario, from the moment it began. Strong bars count towards the RTO, faint ones prove and compare; the line is where the copy accepted writes. Times of day are Asia/Shanghai.",
  scenario: "Scenario",
  restoredTo: "Restored to",
  backup: "Backup",
  phases: "Phases",
  phase: "Phase",
  startedAt: "Began after",
  duration: "Took",
  before: "Before",
  now: "Now",
  change: "Change",
  comparison: "Compared with the last drill",
  comparedWith: "Against the drill of",
  noPrevious: "There is no earlier drill of this platform to compare with.",
  history: "History",
  historyCaption:
    "Every time measured, over the drills of this platform. A ringed point is a regression: slower than the median of the earlier drills by more than three robust standard deviations.",
  isolation: "Isolation",
  isolationNone: "No attempt to get out was recorded; isolation is not proven.",
  evidence: "Evidence",
  evidenceNone:
    "Not signed yet when this report was written; the ledger's entry names this report by its digest.",
  evidenceHow: "Check the whole ledger, offline, with",
  file: "File",
  digest: "SHA-256",
  tools: "Versions",
  none: "none",
  notMeasured: "not measured",
  within: "within target",
  missed: "target missed",
  noPhases: "No phase was recorded.",
  noChecks: "Nothing was checked.",
  shanghai: "Asia/Shanghai",
};
