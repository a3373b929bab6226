// `ops status`: clause by clause, what proves it and how old the proof is. Reads the ledger; touches no platform.

import type { Context } from "../context";
import { assess, BROKEN, STATES, type State, type Status, type StatusRow } from "../contract/status";
import { declaredOf } from "../contract/status-declared";
import { OpsError } from "../core/errors";
import { shanghai, showInstant } from "../core/instant";
import type { Outcome } from "../core/outcome";
import { type Cell, paint, renderTable, type Tone } from "../core/table";
import { defineJob } from "../job";

const TONE: Readonly<Record<State, Tone>> = {
  "in force": "good",
  due: "warn",
  unproven: "dim",
  overdue: "bad",
  failing: "bad",
};

function cells({ clause, state, proofs, last, reason }: StatusRow): Cell[] {
  return [
    clause,
    { text: state, tone: TONE[state] },
    proofs.join(", ") || "-",
    last ? `${last.job} ${last.verdict} ${shanghai(last.finished)}` : "-",
    reason,
  ];
}

function totalsLine({ rows, totals }: Status, color: boolean): string {
  const parts = STATES.map((state) => paint({ text: `${totals[state]} ${state}`, tone: TONE[state] }, color));
  return `${rows.length} clauses: ${parts.join(", ")}`;
}

/** Columns that all but the last of the table take, with their borders. */
const FIXED_WIDTH = 71;

/** Undefined where the environment has no platform of its own: the chosen one then belongs to another environment. */
function platformHere({ environment, platform }: Context): Context["platform"] | undefined {
  return platform.environment === environment ? platform : undefined;
}

function render(status: Status, context: Context): string {
  const { environment, color, width, clock } = context;
  const table = renderTable({
    head: ["Clause", "State", "Proof", "Last evidence (Asia/Shanghai)", "Why"],
    rows: status.rows.map(cells),
    color,
    maxWidths: [0, 0, 14, 19, Math.max(24, width - FIXED_WIDTH)],
  });
  const platform = platformHere(context);
  const whose = platform ? `platform ${platform.name}` : "no platform declared";
  const place = `Environment ${environment}, ${whose}, ${showInstant(clock.now())}`;
  return [place, table, totalsLine(status, color), ...declaredLines(status, width)].join("\n");
}

/** Apart from the table, because a declaration puts nothing in force. */
function declaredLines({ rows }: Status, width: number): string[] {
  const lines = rows.flatMap(({ clause, declared }) => declaredOf(clause, declared, width));
  return lines.length > 0
    ? [
        "",
        "Declared in the cloud for these clauses (shown by `ops plan`; a declaration is no evidence):",
        ...lines,
      ]
    : [];
}

async function run(context: Context): Promise<Outcome> {
  const { contract, environment, clock, jobs, ledger, infrastructure } = context;
  const platform = platformHere(context);
  const now = clock.now();
  const declared = infrastructure.declaredFor(environment);
  const status = assess(contract, await ledger.entries(), environment, platform, now, await jobs(), declared);
  if (status.problems.length > 0) {
    throw new OpsError(
      "config",
      `the contract and the jobs contradict each other: ${status.problems.join("; ")}`,
      {
        expected: "every proof in policies/contract/clauses.yaml to be a job that serves the clause",
        todo: "correct `proofs` of the clause, or `clauses` of the job",
      },
    );
  }
  const broken = status.rows.filter(({ state }) => BROKEN.includes(state)).map(({ clause }) => clause);
  return {
    checks: [
      {
        name: "contract-in-force",
        verdict: broken.length > 0 ? "fail" : "pass",
        detail: broken.length > 0 ? `overdue or failing: ${broken.join(", ")}` : totalsLine(status, false),
      },
    ],
    measurements: [],
    artifacts: [],
    facts: {},
    summary: render(status, context),
    json: {
      environment,
      platform: platform?.name ?? null,
      at: now,
      totals: status.totals,
      clauses: status.rows,
    },
    exit: broken.length > 0 ? "overdue" : "ok",
  };
}

export default defineJob({
  name: "status",
  purpose: "know",
  summary: "Say clause by clause whether the contract is being honoured, and what proves it",
  clauses: ["ARC-EVENTS"],
  cadence: "event",
  effect: "reads",
  evidence: { none: "it only reads the evidence that other jobs have left" },
  arguments: {},
  examples: [
    { command: "ops status", what: "The state of every clause in the sandbox." },
    { command: "ops status --env prod --json", what: "The same for production, for machines." },
  ],
  offline: true,
  plan: async ({ environment, ledger }) => [
    `read the evidence of environment ${environment} from ${ledger.location}`,
    "compare its age and verdicts with the cadence of every clause",
    "print one row a clause; exit 4 when one is overdue or failing",
  ],
  run,
});
