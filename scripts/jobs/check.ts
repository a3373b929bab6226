// `ops check`: every rule over everything that is declared, without a cloud and without credentials.
import { SEVERITIES } from "../../policies/engine/rule";
import { loadRules } from "../../policies/engine/rules";
import { SURFACES } from "../../policies/engine/subject";
import { coverage } from "../check/coverage";
import { explain } from "../check/explain";
import { FORMATS } from "../check/formats";
import { outcomeOf } from "../check/outcome";
import { POLICY_CHECK } from "../check/prove";
import { checkScope, compareScope } from "../check/scope";
import type { Context } from "../context";
import { OpsError } from "../core/errors";
import { shanghaiDate } from "../core/instant";
import type { Outcome } from "../core/outcome";
import { viewOnly } from "../core/view-only";
import { defineJob } from "../job";

export default defineJob({
  name: "check",
  purpose: "change",
  summary:
    "Check programs, manifests, workflows and service files against every rule; findings name clause, line and owner",
  clauses: POLICY_CHECK.clauses,
  cadence: "event",
  effect: "reads",
  evidence: { kind: POLICY_CHECK.kind },
  arguments: {
    paths: {
      kind: "list",
      positional: true,
      description: "files and folders, separated by commas (default: the whole repository)",
    },
    surface: { kind: "choice", choices: SURFACES, description: "only this surface" },
    preview: {
      kind: "text",
      value: "file",
      excludes: ["state", "paths", "base"],
      description: "check this output of `pulumi preview --json` instead",
    },
    state: {
      kind: "text",
      value: "file",
      excludes: ["paths", "base"],
      description: "check this output of `pulumi stack export` instead",
    },
    base: {
      kind: "text",
      names: "commit",
      value: "ref",
      description: "fail only on findings that this commit does not have",
    },
    format: {
      kind: "choice",
      choices: ["pretty", ...Object.keys(FORMATS)],
      default: "pretty",
      description: "format of standard output, or of the file that --output names",
    },
    output: {
      kind: "text",
      value: "file",
      description: "write --format to this file; standard output stays readable",
    },
    failOn: {
      kind: "choice",
      choices: [...SEVERITIES, "none"],
      default: "low",
      description: "least severity that makes the command fail",
    },
    explain: {
      kind: "text",
      names: "rule",
      excludes: ["paths", "surface", "preview", "state", "base", "format", "output", "failOn", "coverage"],
      description: "show what this rule wants, why, and its examples",
    },
    coverage: {
      kind: "flag",
      excludes: ["paths", "surface", "preview", "state", "base", "format", "failOn"],
      description: "print which clauses and items have rules",
    },
    date: { kind: "day", description: "evaluate expiry as of this date (default: today)" },
  },
  examples: [
    { command: "ops check", what: "The whole repository; leaves evidence." },
    {
      command: "ops check k8s/rendered/prod",
      what: "Only the files below this folder, as part of the whole repository.",
    },
    { command: "ops check --base origin/main", what: "Fail only on findings that this branch adds." },
    {
      command: "ops check --format sarif --output check.sarif",
      what: "A file for code scanning, and a report for people.",
    },
    { command: "ops check --explain rds-deletion-protection", what: "One rule with its examples." },
  ],
  offline: true,
  target: "checkout",
  plan: async (_, { paths, preview, state, base, output, coverage: table, explain: rule }) =>
    rule !== undefined
      ? [`explain the rule ${rule}`]
      : table
        ? [`print which clauses and items have rules${output === undefined ? "" : ` into ${output}`}`]
        : [
            (preview ?? state)
              ? `read the resources in ${preview ?? state}`
              : "read programs, manifests, workflows and service files, or what is remembered of them",
            `check ${paths.join(", ") || "everything"} against the rules`,
            ...(base ? [`do the same for ${base} and leave out what was there before`] : []),
            ...(output === undefined ? [] : [`write ${output}`]),
          ],
  async run(context, args) {
    const { explain: rule, base, output } = args;
    if (rule !== undefined) return await explained(rule);
    if (args.coverage) return await covered(context, output);
    const date = args.date ?? shanghaiDate(context.clock.now());
    const [report, whole] = await checkScope(context, args, date);
    const comparison = base ? await compareScope(context, args, base, report, date) : undefined;
    const outcome = await outcomeOf(context, { ...args, output }, report, comparison);
    // A part proves nothing about the whole, and what cannot be read proves nothing at all.
    const record = whole && !comparison && report.problems.length === 0;
    return { ...outcome, record, ...(record ? { inputs: { git: await context.subjects.commit() } } : {}) };
  },
});

async function explained(id: string): Promise<Outcome> {
  const rule = (await loadRules()).find((each) => each.id === id);
  if (!rule) throw new OpsError("usage", `no rule is called ${id}`);
  return viewOnly({ record: false, summary: explain(rule) });
}

async function covered({ contract, subjects, host }: Context, output: string | undefined): Promise<Outcome> {
  const table = coverage(await loadRules(), contract, subjects.standards());
  if (output === undefined) return viewOnly({ record: false, document: table });
  await host.writeOutput(output, table);
  return viewOnly({ record: false, summary: `wrote ${output}` });
}
