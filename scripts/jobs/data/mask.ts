// `ops data mask`: what is declared personal, and with --check whether anything personal is not.
import type { ColumnRule } from "../../../policies/data/masking";
import { OpsError } from "../../core/errors";
import { renderTable } from "../../core/table";
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";
import { checkSource } from "../../masking/check";

export default defineCommand({
  summary: "Show which columns are masked in copies, or with --check find personal ones that nobody declared",
  arguments: {
    check: {
      kind: "flag",
      description: "look into the source: names, comments and the form of a few values a column",
    },
  },
  clauses: ["CONF-PLEDGE"],
  evidence: { kind: "data-masking" },
  effect: "reads",
  offlineFor: ({ check }) => check !== true,
  examples: [
    { command: "ops data mask --platform sandbox", what: "What is declared in policies/data/masking.yaml." },
    {
      command: "ops data mask --platform sandbox --check",
      what: "Fails while a column looks personal and is not declared; prints no value.",
    },
  ],
  plan: async ({ platformName }, { check }) =>
    check
      ? [
          `list the columns of every database of ${platformName}`,
          "read a few rows of each table that can be read without running code of theirs; keep no value",
          "name what looks personal and is not declared, and what is declared and not there",
        ]
      : ["read policies/data/masking.yaml"],
  async run(context, { check }) {
    const declared = context.masking.declared();
    if (check) {
      const { checks, facts } = await checkSource(context, declared);
      for (const each of checks) context.progress.check(each);
      return { checks, measurements: [], artifacts: [], facts };
    }
    if (!declared)
      throw new OpsError("config", `of ${context.platformName} no personal columns are declared`, {
        expected: "its columns, under platforms in policies/data/masking.yaml",
        todo: "`ops data mask --check` names what looks personal",
      });
    const rows = declared.databases.flatMap(({ database, tables }) =>
      tables.flatMap(({ table, columns }) =>
        Object.entries(columns).map(([column, rule]) => [database, table, column, shown(rule)]),
      ),
    );
    return viewOnly({
      record: false,
      summary: renderTable({
        head: ["Database", "Table", "Column", "As"],
        rows,
        color: context.color,
        maxWidths: [0, 0, 0, 60],
      }),
      json: declared,
    });
  },
});

function shown(rule: ColumnRule): string {
  if (typeof rule === "string") return rule;
  if ("elements" in rule) return `each element: ${rule.elements}`;
  if ("plain" in rule) return `plain: ${rule.plain}`;
  return Object.entries(rule.json)
    .map(([path, each]) => `${path}: ${typeof each === "string" ? each : "plain"}`)
    .join("; ");
}
