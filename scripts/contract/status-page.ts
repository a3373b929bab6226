// `ops status` as text: one row a clause, what is declared for it, the totals.

import { shanghai, showInstant } from "../core/instant";
import { type Cell, paint, renderTable, type Tone } from "../core/table";
import { SIGNS } from "../core/text/signs";
import { type Core, NO_PLATFORM, type Operated, type Terminal } from "../core/tools";
import { STATES, type State, type Status, type StatusRow } from "./status";
import { declaredOf } from "./status-declared";

type Shown = Pick<Operated, "environment" | "platformName" | "platform"> & Pick<Core, "clock"> & Terminal;

const TONE: Readonly<Record<State, Tone>> = {
  "in force": "good",
  due: "warn",
  unproven: "dim",
  inconclusive: "warn",
  overdue: "bad",
  failing: "bad",
};

/** So that colour is never the only difference, and what could not tell never looks like what failed. */
const SIGN: Readonly<Record<State, string>> = {
  "in force": SIGNS.pass,
  due: "…",
  unproven: SIGNS["not-applicable"],
  inconclusive: SIGNS.inconclusive,
  overdue: "!",
  failing: SIGNS.fail,
};

function cells({ clause, state, proofs, last, reason }: StatusRow): Cell[] {
  return [
    clause,
    { text: `${SIGN[state]} ${state}`, tone: TONE[state] },
    proofs.join(", ") || "-",
    last ? `${last.job} ${last.verdict} ${shanghai(last.finished)}` : "-",
    reason,
  ];
}

export function totalsLine({ rows, totals }: Status, color: boolean): string {
  const parts = STATES.map((state) => paint({ text: `${totals[state]} ${state}`, tone: TONE[state] }, color));
  return `${rows.length} clauses: ${parts.join(", ")}`;
}

/** Columns that all but the last of the table take, with their borders. */
const FIXED_WIDTH = 75;

/** Undefined where the environment has no platform of its own: the chosen one then belongs to another environment, or is none. */
export function platformHere(
  context: Pick<Operated, "environment" | "platformName" | "platform">,
): Operated["platform"] | undefined {
  if (context.platformName === NO_PLATFORM) return undefined;
  return context.platform.environment === context.environment ? context.platform : undefined;
}

export function renderStatus(status: Status, context: Shown): string {
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
  return [
    place,
    table,
    totalsLine(status, color),
    unbackedLine(status),
    ...declaredLines(status, width),
  ].join("\n");
}

/** Clauses that no job proves: there is nothing to run for them yet. */
export const unbacked = ({ rows }: Pick<Status, "rows">): string[] =>
  rows.filter(({ proofs }) => proofs.length === 0).map(({ clause }) => clause);

function unbackedLine(status: Status): string {
  const clauses = unbacked(status);
  return clauses.length === 0
    ? "Every clause has a job that proves it"
    : `Nothing behind ${clauses.length} of them, no job that would prove them: ${clauses.join(", ")}`;
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
