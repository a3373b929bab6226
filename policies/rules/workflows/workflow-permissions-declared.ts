// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

export default defineRule({
  id: "workflow-permissions-declared",
  severity: "high",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "Every workflow declares its permissions at the top, and they only read",
  why: "Without the declaration every job gets whatever the repository's default is, which may be to write everything.",
  remedy:
    "Put permissions: { contents: read } or permissions: {} at the top, and what one job needs into that job.",
  check(subject) {
    const { permissions } = subject.properties;
    if (permissions === "read-all" || permissions === undefined || permissions === null)
      return finding(
        "permissions",
        "no least set of permissions is declared at the top; expected { contents: read } or {}",
      );
    if (!isRecord(permissions))
      return finding("permissions", `found ${String(permissions)}; expected { contents: read } or {}`);
    return Object.entries(permissions).flatMap(([name, level]) =>
      level === "read" || level === "none"
        ? []
        : finding(
            ["permissions", name],
            `every job may ${String(level)} ${name}; expected this in the one job that needs it`,
          ),
    );
  },
  examples: {
    good: {
      subjects: `permissions: { contents: read }\njobs: { test: { permissions: { issues: write } } }\n`,
    },
    bad: { subjects: `permissions: { contents: read, issues: write }\njobs: { test: {} }\n` },
  },
});
