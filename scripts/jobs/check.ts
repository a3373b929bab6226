// `ops check`: every rule over everything that is declared, without a cloud and without credentials.
import { SEVERITIES, type Severity } from "../../policies/engine/rule";
import { loadRules } from "../../policies/engine/rules";
import { SURFACES, type Surface } from "../../policies/engine/subject";
import { oneOf } from "../../policies/engine/suggest";
import { checkCommit, checkDeployed, checkFiles, checkRepository } from "../check/check";
import { type Comparison, compare } from "../check/compare";
import { coverage } from "../check/coverage";
import { explain } from "../check/explain";
import { FORMATS, write } from "../check/formats";
import { inQuestion } from "../check/formats/shared";
import { onlySurface, type Report, reaches, within } from "../check/report";
import type { Context } from "../context";
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import { shanghaiDate } from "../core/instant";
import { type Arguments, defineJob, flag, text } from "../core/job";
import type { Outcome } from "../core/outcome";

export default defineJob({
  name: "check",
  summary:
    "Hold the rules against programs, manifests, workflows and service files, and name clause, line and owner",
  clauses: ["SEC-CONFIG", "SEC-RELEASE"],
  cadence: "event",
  effect: "reads",
  evidence: { kind: "policy-check" },
  arguments: [
    {
      name: "paths",
      kind: "string",
      positional: true,
      description: "files and folders, separated by commas (default: the whole repository)",
    },
    { name: "surface", kind: "string", choices: SURFACES, description: "only this surface" },
    { name: "preview", kind: "string", description: "check this output of `pulumi preview --json` instead" },
    { name: "state", kind: "string", description: "check this output of `pulumi stack export` instead" },
    { name: "base", kind: "string", description: "fail only on what is new since this commit" },
    {
      name: "format",
      kind: "string",
      choices: ["pretty", ...Object.keys(FORMATS)],
      default: "pretty",
      description: "of standard output, or of --output",
    },
    {
      name: "output",
      kind: "string",
      description: "write the format to this file; people still get the pretty one",
    },
    {
      name: "fail-on",
      kind: "string",
      choices: [...SEVERITIES, "none"],
      default: "low",
      description: "least severity that makes the command fail",
    },
    { name: "explain", kind: "string", description: "say what this rule wants, why, and show its examples" },
    { name: "coverage", kind: "boolean", description: "print which clauses and items have rules" },
    { name: "date", kind: "string", description: "day that expiries are held against (default: today)" },
  ],
  examples: [
    { command: "ops check", what: "The whole repository; leaves evidence." },
    { command: "ops check k8s/rendered/prod", what: "Only what lies there, told as part of the whole." },
    { command: "ops check --base origin/main", what: "Fail only on what this branch brings." },
    {
      command: "ops check --format sarif --output check.sarif",
      what: "A file for code scanning, and a report for people.",
    },
    { command: "ops check --explain rds-deletion-protection", what: "One rule with its examples." },
  ],
  offline: true,
  async plan(_, args) {
    const deployed = text(args, "preview") ?? text(args, "state");
    const base = text(args, "base");
    const rule = text(args, "explain");
    if (rule) return [`explain the rule ${rule}`];
    return [
      deployed
        ? `read the resources in ${deployed}`
        : "read programs, manifests, workflows and service files, or what is remembered of them",
      `hold the rules against ${text(args, "paths") ?? "everything"}`,
      ...(base ? [`do the same for ${base} and leave out what was there before`] : []),
    ];
  },
  async run(context, args) {
    const rule = text(args, "explain");
    if (rule) return await explained(rule);
    if (flag(args, "coverage")) return await covered(context, text(args, "output"));
    const date = dateOf(context, args);
    const [report, whole] = await chosen(context, args, date);
    const base = text(args, "base");
    const comparison = base ? await compared(context, args, base, report, date) : undefined;
    const outcome = outcomeOf(context, args, report, comparison);
    // A part proves nothing about the whole, and what cannot be read proves nothing at all.
    const record = whole && !comparison && report.problems.length === 0;
    return { ...outcome, record, ...(record ? { inputs: { git: await context.subjects.commit() } } : {}) };
  },
});

async function explained(id: string): Promise<Outcome> {
  const rules = await loadRules();
  const rule = rules.find((each) => each.id === id);
  if (!rule) {
    const expected = oneOf(
      id,
      rules.map((each) => each.id),
    );
    throw new OpsError("usage", `no rule is called ${id}`, { expected });
  }
  return { ...nothing, summary: explain(rule), exit: "ok", record: false };
}

async function covered({ contract, subjects }: Context, output: string | undefined): Promise<Outcome> {
  const table = coverage(await loadRules(), contract, subjects.standards());
  if (output) subjects.write(output, table);
  const done: Outcome = { ...nothing, exit: "ok", record: false };
  return output ? { ...done, summary: `wrote ${output}` } : { ...done, document: table };
}

const nothing = { checks: [], measurements: [], artifacts: [], facts: {} };

function dateOf(context: Context, args: Arguments): string {
  const given = text(args, "date");
  if (given === undefined) return shanghaiDate(context.clock.now());
  const time = Date.parse(`${given}T00:00:00Z`);
  if (
    !/^\d{4}-\d{2}-\d{2}$/.test(given) ||
    Number.isNaN(time) ||
    !new Date(time).toISOString().startsWith(given)
  )
    throw new OpsError("usage", `--date: ${given}`, { expected: "a day such as 2026-11-25" });
  return given;
}

/** @returns the report, and whether it speaks of the whole repository */
async function chosen(context: Context, args: Arguments, date: string): Promise<[Report, boolean]> {
  const [paths, preview, state] = [text(args, "paths"), text(args, "preview"), text(args, "state")];
  const surface = text(args, "surface") as Surface | undefined;
  const deployed = preview ?? state;
  if (deployed) {
    const others = [preview && state, paths, surface && surface !== "stack", text(args, "base")];
    if (others.some(Boolean))
      throw new OpsError("usage", "a preview or a state is checked alone", {
        expected: "one of --preview and --state, without paths, --base or another surface",
      });
    return [await checkDeployed(context, deployed, date), false];
  }
  const narrow = (report: Report): Report => (surface ? onlySurface(report, surface) : report);
  if (!paths) return [narrow(await checkRepository(context, date)), surface === undefined];
  return [narrow(await checkPaths(context, paths.split(","), surface, date)), false];
}

async function checkPaths(
  context: Context,
  named: readonly string[],
  surface: Surface | undefined,
  date: string,
): Promise<Report> {
  const located = named.map((path) => context.subjects.locate(path.trim()));
  const outside = located.filter(({ inside }) => !inside);
  if (outside.length === 0) {
    const paths = located.map(({ path }) => path);
    const whole = await checkRepository(context, date);
    return paths.includes("") ? whole : within(whole, paths);
  }
  if (outside.length < located.length)
    throw new OpsError("usage", "paths inside and outside the repository at once", { expected: "one kind" });
  const files = outside.flatMap((each) => each.files);
  return await checkFiles(context, files, surface ?? "kubernetes", date);
}

async function compared(
  context: Context,
  args: Arguments,
  base: string,
  report: Report,
  date: string,
): Promise<Comparison> {
  const { commit, report: whole } = await checkCommit(context, base, date);
  const paths = text(args, "paths")
    ?.split(",")
    .map((path) => context.subjects.locate(path.trim()).path);
  const surface = text(args, "surface") as Surface | undefined;
  const there = paths && !paths.includes("") ? within(whole, paths) : whole;
  return compare(surface ? onlySurface(there, surface) : there, report, commit);
}

function outcomeOf(
  context: Context,
  args: Arguments,
  report: Report,
  comparison: Comparison | undefined,
): Outcome {
  const threshold = (text(args, "fail-on") ?? "low") as Severity | "none";
  const format = text(args, "format") ?? "pretty";
  const output = text(args, "output");
  const bad = inQuestion(report, comparison).filter(({ rule }) =>
    reaches(report.rules[rule]!.severity, threshold),
  );
  const options = { color: context.color, ...(comparison ? { comparison } : {}) };
  const summary = write("pretty", report, options);
  const document = format === "pretty" ? undefined : write(format, report, options);
  if (output !== undefined)
    context.subjects.write(output, document ?? write("pretty", report, { ...options, color: false }));
  return {
    checks: checksOf(report, threshold),
    measurements: report.surfaces.flatMap(({ surface, subjects, results }) => [
      { name: `${surface}-subjects`, value: subjects, unit: "1" },
      { name: `${surface}-results`, value: results, unit: "1" },
    ]),
    artifacts: [],
    facts: { date: report.date, surfaces: report.surfaces, rules: report.rules.length },
    summary,
    ...(document !== undefined && output === undefined ? { document } : {}),
    markdown: write("markdown", report, options),
    json: comparison ? { ...report, comparison } : report,
    exit: report.problems.length > 0 ? "inconclusive" : bad.length > 0 ? "fail" : "ok",
  };
}

/** One check a surface. What has no subject was not checked, and says so. */
function checksOf(report: Report, threshold: Severity | "none"): Check[] {
  const checks = report.surfaces.map(({ surface, subjects, results, fail, waived, unknown }): Check => {
    const bad = report.results.filter(
      ({ rule, subject, verdict }) =>
        verdict === "fail" &&
        report.subjects[subject]!.surface === surface &&
        reaches(report.rules[rule]!.severity, threshold),
    ).length;
    const detail = `${subjects} subjects, ${results} results: ${fail} fail, ${waived} waived, ${unknown} unknown`;
    return {
      name: `rules-${surface}`,
      verdict: subjects === 0 ? "not-applicable" : bad > 0 ? "fail" : "pass",
      detail,
    };
  });
  const { problems } = report;
  const unread: Check[] =
    problems.length === 0
      ? []
      : [
          {
            name: "readable",
            verdict: "inconclusive",
            detail: `${problems.length} problems, first: ${problems[0]!.file}: ${problems[0]!.message}`,
          },
        ];
  return [...checks, ...unread];
}
