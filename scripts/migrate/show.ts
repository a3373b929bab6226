// Migrations, findings and rehearsals for people. Pure text.
import { type Cell, paint, renderTable, type Tone } from "../core/table";
import { bytesText, hazardsOf, type LintReport, type StatementReport } from "./lint";
import { blocks } from "./lock-modes";
import type { Pass, RehearsedMigration } from "./rehearsal";
import type { State, StateRow } from "./state";

const STATE_TONE: Readonly<Record<State, Tone>> = {
  applied: "good",
  pending: "warn",
  edited: "bad",
  "missing file": "bad",
  "out of order": "bad",
  "half-applied": "bad",
  "half-reverted": "bad",
};

export function showStates(rows: readonly StateRow[], color: boolean): string {
  if (rows.length === 0) return "No migration, neither a file nor in the database.";
  return renderTable({
    head: ["Migration", "State", "Phase", "Needs", "Way back", "Detail"],
    rows: rows.map(({ name, state, detail, migration }): Cell[] => [
      name,
      { text: state, tone: STATE_TONE[state] },
      migration?.phase ?? "-",
      migration?.requiresRelease === undefined ? "-" : `>= ${migration.requiresRelease}`,
      migration === undefined ? "?" : migration.down ? "down" : "forward fix",
      detail,
    ]),
    color,
    maxWidths: [40, 0, 0, 0, 0, 50],
  });
}

export function secondsText(seconds: number | undefined): string {
  if (seconds === undefined) return "cannot be told";
  if (seconds < 0.05) return "milliseconds";
  return seconds < 90 ? `about ${seconds.toFixed(1)} s` : `about ${Math.round(seconds / 60)} min`;
}

const LEVEL: Readonly<Record<string, Tone>> = { hazard: "bad", note: "warn", allowed: "dim" };

function showStatement(statement: StatementReport, color: boolean): string[] {
  const { file, line, column, direction, sql, locks, seconds, source, known, findings } = statement;
  const one = sql.replace(/\s+/g, " ").trim();
  const held = locks.map(({ relation, mode }) => `${mode} on ${relation} (holds up ${blocks(mode)})`);
  return [
    `${file}:${line}:${column} ${direction}  ${one.length > 100 ? `${one.slice(0, 99)}…` : one}`,
    `    locks  ${held.join("; ") || "nothing that anybody waits for"}`,
    `    for    ${secondsText(seconds)} (${source})`,
    ...known.map((line) => `    on     ${line}`),
    ...findings.flatMap(({ rule, level, why, safe, squawk, reason }) => [
      `    ${paint({ text: level, tone: LEVEL[level] ?? "dim" }, color)}  ${rule}: ${why}${squawk.length > 0 && !rule.startsWith("squawk:") ? ` [squawk: ${squawk.join(", ")}]` : ""}`,
      ...(reason === undefined ? [`            safe: ${safe}`] : [`            allowed: ${reason}`]),
    ]),
  ];
}

export function showLint(report: LintReport, color: boolean): string {
  const hazards = hazardsOf(report).length;
  const lines = report.statements.flatMap((statement) => showStatement(statement, color));
  const open = report.unanswered.map((question) => `    ${question}`);
  return [
    ...lines,
    ...report.unused.map((line) => paint({ text: line, tone: "warn" }, color)),
    ...(open.length > 0 ? ["Not answered, because no database was asked:", ...open] : []),
    `${report.statements.length} statements, ${hazards} ${hazards === 1 ? "hazard" : "hazards"}`,
  ].join("\n");
}

const short = (seconds: number | null): string =>
  seconds === null ? "-" : seconds < 1 ? `${Math.ceil(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;

function longestLock(pass: Pass): string {
  // Strongest mode first; of one mode the longest.
  const [lock] = pass.locks;
  return lock ? `${lock.mode} ${lock.relation} ${short(lock.seconds)}` : "none";
}

export function showRehearsal(migrations: readonly RehearsedMigration[], color: boolean): string {
  const row = (name: string, what: string, pass: Pass | null): Cell[][] =>
    pass
      ? [
          [
            name,
            what,
            short(pass.seconds),
            longestLock(pass),
            short(pass.blockedWriteSeconds),
            short(pass.blockedReadSeconds),
            short(pass.longestQuerySeconds),
            bytesText(pass.walBytes),
            bytesText(pass.diskBytes),
          ],
        ]
      : [];
  return renderTable({
    head: [
      "Migration",
      "Run",
      "Took",
      "Strongest lock",
      "Write waited",
      "Read waited",
      "Longest query",
      "WAL",
      "Disk",
    ],
    rows: migrations.flatMap(({ name, up, down, again, downAgain }) => [
      ...row(name, "up", up),
      ...row("", "down", down),
      ...row("", "up, loaded", again),
      ...row("", "down, loaded", downAgain),
    ]),
    color,
    maxWidths: [20, 6, 0, 18, 6, 6, 7, 0, 0],
  });
}
