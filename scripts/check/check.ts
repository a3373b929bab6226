// Rules over everything that is declared: gather subjects from every surface, hold the rules against them, apply waivers. What
// it found is kept by content, so that an unchanged repository costs a look into a file.
import { createHash } from "node:crypto";
import { DeclarationError } from "../../policies/engine/declaration";
import { evaluate, worldOf } from "../../policies/engine/evaluate";
import { type FileKind, kindOf } from "../../policies/engine/files";
import { readManifests } from "../../policies/engine/kubernetes/read";
import type { Rule } from "../../policies/engine/rule";
import { loadRules } from "../../policies/engine/rules";
import { SURFACES, type Subject, type Surface } from "../../policies/engine/subject";
import {
  applyWaivers,
  readWaivers,
  WAIVER_RULE,
  WAIVERS_FILE,
  waiverSubject,
} from "../../policies/engine/waivers";
import type { Problem } from "../../policies/engine/yaml";
import { OpsError } from "../core/errors";
import type { StackPlan } from "../plan/model";
import type { PlanTools } from "../plan/port";
import { deployedSubjects } from "./deployed";
import type { CheckTools, SourceTree } from "./port";
import { type Judged, type Report, reportOf } from "./report";
import { planSubjects } from "./stack";

/** Planned from the template, so that its rules are held against something. */
const SAMPLE_DRILL = "drill-sample";

/** What a report depends on, besides the date: rules, subjects, and the code that brings them together. */
const DECIDES = [
  "stacks",
  "k8s",
  "policies",
  "runbooks",
  ".github",
  "scripts/check",
  "scripts/plan",
  "package-lock.json",
];

type CheckContext = CheckTools & PlanTools;

interface Gathered {
  subjects: Subject[];
  problems: Problem[];
}

/** The whole repository as it lies there. @param date ISO day */
export async function checkRepository(context: CheckContext, date: string): Promise<Report> {
  const tree = await context.subjects.tree();
  return await kept(context, [date, tree.digest(DECIDES), tree.files.join("\n")], async () => {
    const stacks = await declaredStacks(context, tree);
    return await judgeTree(tree, stacks, date, tree);
  });
}

/** Another commit, under the rules and waivers of this checkout: what a change brings is told apart from what was there. */
export async function checkCommit(
  context: CheckContext,
  ref: string,
  date: string,
): Promise<{ commit: string; report: Report }> {
  const own = await context.subjects.tree();
  const tree = await context.subjects.tree(ref);
  const commit = tree.commit!;
  const report = await kept(context, [date, commit, own.digest(DECIDES)], async () => {
    const names = await stackNames(context);
    const stacks = await planned(
      async (some) => (await context.infrastructure.evaluateAt(commit, some)).plans,
      names,
    );
    return await judgeTree(tree, stacks, date, own);
  });
  return { commit, report };
}

/** A preview or an exported state in place of the plan; the other surfaces are there to be referred to, not judged. */
export async function checkDeployed(context: CheckContext, file: string, date: string): Promise<Report> {
  const tree = await context.subjects.tree();
  const { path } = context.subjects.locate(file);
  const read = context.subjects.read(path);
  const deployed = "text" in read ? deployedSubjects(path, read.text) : refused(path, read.refusal);
  const world = filesOf(tree, tree.files);
  const subjects = [...deployed.subjects, ...world.subjects];
  const judged = await judge(subjects, deployed.problems, date, tree, tree, ["stack"], false);
  return reportOf(date, judged, () => undefined);
}

/** Files that no surface of the repository has: Kubernetes manifests from elsewhere, or files of the surface that is named. */
export async function checkFiles(
  context: CheckContext,
  files: readonly string[],
  surface: Surface,
  date: string,
): Promise<Report> {
  const tree = await context.subjects.tree();
  const read = context.subjects.read;
  const gathered = unique(
    files
      .filter((file) => /\.(ya?ml|md)$/.test(file))
      .map((file) => gather(read, file, foreignKind(file, surface))),
  );
  const judged = await judge(gathered.subjects, gathered.problems, date, tree, tree, [surface], false);
  return reportOf(date, judged, (file) => textOf(read(file)));
}

/** A file from elsewhere is what the row with the same ending says, else a manifest. */
function foreignKind(file: string, surface: Surface): FileKind {
  if (surface === "kubernetes") return { surface, glob: "", read: readManifests };
  const inside = /(?:^|\/)((?:policies|runbooks|\.github|k8s)\/.+)$/.exec(file)?.[1];
  return kindOf(inside ?? file) ?? { surface, glob: "", read: readManifests };
}

async function kept(
  { subjects }: CheckContext,
  parts: readonly string[],
  make: () => Promise<Report>,
): Promise<Report> {
  const key = `report-${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}`;
  const known = subjects.recall(key);
  if (known !== undefined) return JSON.parse(known) as Report;
  const report = await make();
  subjects.keep(key, JSON.stringify(report));
  return report;
}

async function judgeTree(tree: SourceTree, stacks: Planned, date: string, own: SourceTree): Promise<Report> {
  const text = (file: string): string | undefined => textOf(tree.read(file));
  const remembered = new Map<string, string | undefined>();
  const once = (file: string): string | undefined => {
    if (!remembered.has(file)) remembered.set(file, text(file));
    return remembered.get(file);
  };
  const files = filesOf(tree, tree.files);
  const subjects = [...planSubjects(stacks.plans, once), ...files.subjects];
  const problems = [...stacks.problems, ...files.problems];
  const judged = await judge(subjects, problems, date, tree, own, SURFACES, problems.length === 0);
  return reportOf(date, judged, once);
}

/** @param tree that files are looked up in @param own that waivers are read from */
async function judge(
  subjects: readonly Subject[],
  problems: readonly Problem[],
  date: string,
  tree: SourceTree,
  own: SourceTree,
  surfaces: readonly Surface[],
  whole: boolean,
): Promise<Judged> {
  const today = new Date(`${date}T00:00:00Z`);
  const rules: Rule[] = await loadRules(surfaces);
  const world = worldOf(subjects, { today, hasFile: (path) => tree.has(path) });
  const spoken = subjects.filter(({ surface }) => surfaces.includes(surface));
  const excuses = waiversOf(own);
  const found = evaluate(spoken, rules, world);
  const { results, findings: ownFindings } = applyWaivers(found, excuses.waivers, today, whole);
  // What is wrong with an exception belongs to the commit that has it, whoever's exceptions excuse.
  const { waivers, problems: unreadable } = tree === own ? excuses : waiversOf(tree);
  const findings = tree === own ? ownFindings : applyWaivers(found, waivers, today, whole).findings;
  const file = subjects.find(({ type, surface }) => type === "waivers" && surface === "service");
  const waiverResults = (surfaces.includes("service") ? findings : []).map(
    ({ waiver, index, findings: wrong }) => ({
      rule: WAIVER_RULE as Rule,
      subject: waiverSubject(waiver, index, file?.at ?? (() => undefined)),
      verdict: wrong.length > 0 ? ("fail" as const) : ("pass" as const),
      findings: wrong,
    }),
  );
  return {
    rules: [...rules, WAIVER_RULE],
    subjects: [...spoken, ...waiverResults.map(({ subject }) => subject)],
    results: [...results, ...waiverResults],
    problems: [...problems, ...(surfaces.includes("service") ? unreadable : [])],
    surfaces,
  };
}

function waiversOf(tree: SourceTree): ReturnType<typeof readWaivers> {
  return tree.has(WAIVERS_FILE)
    ? readWaivers(textOf(tree.read(WAIVERS_FILE)) ?? "")
    : { waivers: [], problems: [] };
}

function filesOf(tree: SourceTree, files: readonly string[]): Gathered {
  return unique(
    files.flatMap((file) => {
      const kind = kindOf(file);
      return kind ? [gather((each) => tree.read(each), file, kind)] : [];
    }),
  );
}

function gather(read: SourceTree["read"], file: string, kind: FileKind): Gathered {
  const content = read(file);
  return "text" in content ? kind.read(file, content.text) : refused(file, content.refusal);
}

function refused(file: string, message: string): Gathered {
  return { subjects: [], problems: [{ file, line: 1, column: 1, message }] };
}

const textOf = (read: ReturnType<SourceTree["read"]>): string | undefined =>
  "text" in read ? read.text : undefined;

/** Two files may declare one object; both are looked at, and the second one's id says so. */
function unique(gathered: readonly Gathered[]): Gathered {
  const seen = new Map<string, number>();
  const subjects = gathered.flatMap((each) =>
    each.subjects.map((subject) => {
      const count = (seen.get(subject.id) ?? 0) + 1;
      seen.set(subject.id, count);
      return count === 1 ? subject : { ...subject, id: `${subject.id}#${count}` };
    }),
  );
  return { subjects, problems: gathered.flatMap(({ problems }) => problems) };
}

interface Planned {
  plans: StackPlan[];
  problems: Problem[];
}

async function stackNames({ infrastructure }: CheckContext): Promise<string[]> {
  const known = await infrastructure.stacks();
  return known.some((name) => name.startsWith("drill-")) ? [...known] : [...known, SAMPLE_DRILL];
}

/** Plans depend on less than reports do, and cost more: they are kept apart. */
async function declaredStacks(context: CheckContext, tree: SourceTree): Promise<Planned> {
  const { subjects, infrastructure } = context;
  const rules = (file: string): boolean => file.startsWith("policies/rules/") || file === WAIVERS_FILE;
  const policies = tree.files.filter((file) => file.startsWith("policies/") && !rules(file));
  const key = `plans-${tree.digest(["stacks", "k8s", "scripts/plan", "package-lock.json", ...policies])}`;
  const known = subjects.recall(key);
  if (known !== undefined) return JSON.parse(known) as Planned;
  const stacks = await planned(
    (some) => infrastructure.evaluate(some),
    () => stackNames(context),
  );
  if (stacks.problems.length === 0) subjects.keep(key, JSON.stringify(stacks));
  return stacks;
}

/** A stack that cannot be evaluated is a problem at its place; the others are still looked at. */
async function planned(
  evaluateStacks: (names: readonly string[]) => Promise<StackPlan[]>,
  names: readonly string[] | (() => Promise<string[]>),
): Promise<Planned> {
  const attempt = async (some: readonly string[]): Promise<Planned> => {
    try {
      return { plans: await evaluateStacks(some), problems: [] };
    } catch (error) {
      if (error instanceof DeclarationError) return { plans: [], problems: [...error.problems] };
      if (!(error instanceof OpsError) || error.exit !== "config") throw error;
      return {
        plans: [],
        problems: [{ file: "stacks/index.ts", line: 1, column: 1, message: error.message }],
      };
    }
  };
  const all = typeof names === "function" ? await names() : names;
  const together = await attempt(all);
  if (together.problems.length === 0) return together;
  const apart: Planned[] = [];
  for (const name of all) apart.push(await attempt([name]));
  const shown = new Map(
    apart.flatMap(({ problems }) => problems.map((each) => [JSON.stringify(each), each] as const)),
  );
  return { plans: apart.flatMap(({ plans }) => plans), problems: [...shown.values()] };
}
