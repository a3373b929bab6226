// What plans, repairs and their undoing say to people and leave in evidence: numbers, names of tables, digests. No value of any row.
import * as v from "valibot";
import { clusterFacts } from "../../backup/memory";
import { shanghai } from "../../core/instant";
import type { Outcome } from "../../core/outcome";
import { renderTable } from "../../core/table";
import { type Facts, SHA256 } from "../../evidence/facts";
import type { RepairTools } from "../port";
import type { Between } from "../transactions";
import type { Applied } from "./apply";
import { approvalText } from "./approval";
import type { PlannedUndo } from "./make-plan";
import { digestOf, isApplicable, type Plan, planText, totalOf } from "./plan";
import type { Unrepaired } from "./unrepair";

/** Left by a plan, and read back by whoever wants to know what a repair was about. */
export const REPAIR_FACTS = v.object({ repair: v.string(), planDigest: SHA256 });
export type RepairFacts = Facts<typeof REPAIR_FACTS>;

export async function planOutcome(
  context: Pick<RepairTools, "ledger"> & { color: boolean },
  { plan, text, file, checks, changes }: PlannedUndo,
): Promise<Outcome> {
  const digest = digestOf(text);
  const facts: RepairFacts = { repair: plan.id, planDigest: digest };
  const total = totalOf(plan);
  return {
    checks,
    measurements: [
      { name: "rows-changed", value: plan.rows.count, unit: "rows" },
      { name: "rows-to-write", value: total.writes, unit: "rows" },
      { name: "conflicts", value: total.conflicts, unit: "rows" },
    ],
    artifacts: [await context.ledger.store(`${plan.id}.plan.json`, "application/json", text)],
    facts: {
      ...facts,
      ...clusterFacts(plan.cluster ?? undefined),
      transactions: plan.transactions.map(({ xid }) => xid),
      ...(plan.between ? { between: plan.between } : {}),
      ...total,
    },
    summary: planLines(plan, file, digest, changes.backup, context.color).join("\n"),
    json: { plan, file, digest },
  };
}

function planLines(plan: Plan, file: string, digest: string, backup: string, color: boolean): string[] {
  const { policy, triggers, transactions } = plan;
  const silent = plan.tables.flatMap(({ triggers: names }) => names);
  return [
    ...(plan.between ? [betweenText(plan.between)] : []),
    ...transactions.map(
      ({ xid, at, lsn }) => `Transaction ${xid}, committed ${shanghai(new Date(at))} Asia/Shanghai at ${lsn}`,
    ),
    tableOfRows(plan, color),
    ...plan.tables.flatMap(({ statements }) => statements.map((statement) => `  ${statement}`)),
    `Policy      ${policy}; triggers ${triggers}${silent.length > 0 ? ` (${silent.join(", ")})` : ""}; rows read from a copy of ${backup}`,
    `Plan        ${file}  sha256 ${digest}`,
    ...(isApplicable(plan)
      ? [
          `To apply    ops data apply ${plan.id}`,
          "Approval    a commit signed by each of two people of the roster, whose message says:",
          ...approvalText(plan.id, digest)
            .split("\n")
            .map((line) => `              ${line}`),
        ]
      : []),
  ];
}

/** Two moments, as people are told of them. */
export function betweenText({ from, to }: Between): string {
  const until = to === null ? "now" : `${shanghai(new Date(to))} Asia/Shanghai`;
  return `Between ${shanghai(new Date(from))} Asia/Shanghai and ${until}`;
}

function tableOfRows({ tables }: Plan, color: boolean): string {
  return renderTable({
    head: [
      "Table",
      "Update",
      "Insert",
      "Delete",
      "As it should be",
      "Merged",
      "Changed since",
      "Gone",
      "Made again",
    ],
    rows: tables.map((table) => [
      `${table.schema}.${table.name}`,
      ...[
        table.update,
        table.insert,
        table.delete,
        table.nothing,
        table.merged,
        table.changed,
        table.gone,
        table.returned,
      ].map(String),
    ]),
    color,
  });
}

export function appliedOutcome(plan: Plan, { checks, written, conflicts, before }: Applied): Outcome {
  const facts: RepairFacts = { repair: plan.id, planDigest: digestOf(planText(plan)) };
  return {
    checks,
    measurements: [
      { name: "rows-written", value: written, unit: "rows" },
      { name: "conflicts", value: conflicts, unit: "rows" },
    ],
    artifacts: [],
    facts: { ...facts, ...clusterFacts(plan.cluster ?? undefined), written, conflicts },
    summary: [
      `Repair      ${plan.id}: ${written} rows written${before > 0 ? `, going on behind ${before} of an earlier run` : ""}; ${conflicts} left as they are`,
      `To undo it  ops data unrepair ${plan.id} --apply`,
    ].join("\n"),
    json: { ...facts, written, conflicts },
  };
}

export function unrepairedOutcome(
  of: string,
  write: boolean,
  { id, checks, written, changed, rows }: Unrepaired,
): Outcome {
  const left = changed > 0 ? `; ${changed} stay, because somebody changed them since` : "";
  return {
    checks: write ? checks : checks.filter(({ name }) => name !== "rows-written"),
    measurements: [{ name: "rows-written", value: written, unit: "rows" }],
    artifacts: [],
    facts: { repair: id, of, written, changed },
    ...(write ? {} : { record: false }),
    summary: write
      ? [
          `Repair      ${of} taken back: ${written} of ${rows} rows are what they were before it${left}`,
          `To undo it  ops data unrepair ${id} --apply`,
        ].join("\n")
      : `Would take back up to ${rows} rows of repair ${of}${left}. Nothing was written: --apply does it.`,
    json: { repair: id, of, written, changed, rows },
  };
}
