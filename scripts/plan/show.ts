// Plans and changes as text for a terminal and as Markdown for a pull request.
import { paint, type Tone } from "../core/table";
import { type Change, type ChangedProperty, nameOf, type Verdict } from "./difference";
import {
  cloudResources,
  type PlannedResource,
  type PlannedValue,
  type StackPlan,
  shortType,
  showValue,
} from "./model";
import { SETTINGS } from "./settings";

const WIDEST = 60;

export function brief(value: PlannedValue | undefined): string {
  const text = showValue(value).replaceAll("\n", "⏎");
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

function settingsOf({ type, inputs, options }: PlannedResource): string {
  const shown = (SETTINGS[type] ?? []).filter((name) => inputs[name] !== undefined);
  const settings = shown.map((name) => `${name}=${brief(inputs[name])}`);
  return [...settings, ...(options.protect ? ["protected"] : [])].join("  ");
}

/** A stack as a tree of components and resources. */
export function showTree(plan: StackPlan, color: boolean): string {
  const children = new Map<string, PlannedResource[]>();
  for (const resource of plan.resources) {
    if (resource.type.startsWith("pulumi:")) continue;
    const siblings = children.get(resource.parent);
    if (siblings) siblings.push(resource);
    else children.set(resource.parent, [resource]);
  }
  const root = plan.resources.find(({ parent }) => parent === "")?.urn ?? "";
  const lines = (urn: string, indent: string): string[] => {
    const below = children.get(urn) ?? [];
    return below.flatMap((resource, index) => {
      const last = index === below.length - 1;
      const label = `${shortType(resource.type)} ${resource.name}`;
      const detail = resource.custom ? settingsOf(resource) : "";
      const line = `${indent}${last ? "└─ " : "├─ "}${label}${detail ? `  ${paint({ text: detail, tone: "dim" }, color)}` : ""}`;
      return [line, ...lines(resource.urn, `${indent}${last ? "   " : "│  "}`)];
    });
  };
  const reads = plan.references.length > 0 ? `, reads ${plan.references.join(", ")}` : "";
  return [`${plan.stack}  ${cloudResources(plan).length} resources${reads}`, ...lines(root, "")].join("\n");
}

const MARK: Readonly<Record<Verdict, { sign: string; tone: Tone }>> = {
  create: { sign: "+", tone: "good" },
  update: { sign: "~", tone: "warn" },
  replace: { sign: "±", tone: "bad" },
  delete: { sign: "-", tone: "bad" },
  rename: { sign: "→", tone: "dim" },
};

function propertyLine({ path, before, after, replaces }: ChangedProperty): string {
  return `${path}: ${brief(before)} → ${brief(after)}${replaces ? "  (replaces)" : ""}`;
}

export interface Grouped {
  change: Change;
  /** Changes that follow from it, directly or not. */
  followers: readonly Change[];
}

/** Changes of their own, each with what follows from it; what follows from another stack's change stands alone. */
export function grouped(changes: readonly Change[]): Grouped[] {
  const names = new Map(changes.map((change) => [nameOf(change), change]));
  const originOf = (change: Change): Change => {
    const seen = new Set<Change>();
    let at = change;
    while (at.follows !== undefined && !seen.has(at)) {
      seen.add(at);
      const next = names.get(at.follows);
      if (!next) break;
      at = next;
    }
    return at;
  };
  const origins = changes.filter((change) => originOf(change) === change);
  return origins.map((change) => ({
    change,
    followers: changes.filter((other) => other !== change && originOf(other) === change),
  }));
}

export function countVerdicts(changes: readonly Change[]): string {
  const verdicts: Verdict[] = ["create", "update", "replace", "delete", "rename"];
  const counts = verdicts
    .map((verdict) => ({ verdict, count: changes.filter((change) => change.verdict === verdict).length }))
    .filter(({ count }) => count > 0);
  return counts.length > 0
    ? counts.map(({ verdict, count }) => `${count} to ${verdict}`).join(", ")
    : "no change";
}

export function showChanges(changes: readonly Change[], color: boolean): string {
  const lines = grouped(changes).flatMap(({ change, followers }) => {
    const { verdict, resource, properties, dangers } = change;
    const { sign, tone } = MARK[verdict];
    const unsure = change.verdictUnknown ? ", or replace: nobody has declared which" : "";
    const head = `${sign} ${verdict}${unsure}  ${change.stack}  ${shortType(resource.type)} ${resource.name}`;
    return [
      `${paint({ text: head, tone }, color)}  ${resource.source ?? ""}`.trimEnd(),
      ...dangers.map((danger) => `    ${paint({ text: `DANGER: ${danger}`, tone: "bad" }, color)}`),
      ...(change.follows ? [`    follows from a change of ${change.follows}`] : []),
      ...(change.formerUrn ? [`    was ${change.formerUrn}`] : []),
      ...properties.map((property) => `    ${propertyLine(property)}`),
      ...followers.map(
        (other) => `    · ${other.verdict} ${shortType(other.resource.type)} ${other.resource.name} follows`,
      ),
    ];
  });
  return [...lines, countVerdicts(changes)].join("\n");
}

const inTable = (text: string): string =>
  text.replaceAll("|", "\\|").replaceAll("`", "'").replaceAll("<", "&lt;");

/** A comment for a pull request: dangers first, then one table, details folded. */
export function markdownChanges(title: string, changes: readonly Change[], notes: readonly string[]): string {
  const groups = grouped(changes);
  const dangers = groups.flatMap(({ change, followers }) =>
    [change, ...followers].flatMap((each) =>
      each.dangers.map((danger) => `- **${each.verdict} ${inTable(nameOf(each))}**: ${danger}`),
    ),
  );
  const rows = groups.map(({ change, followers }) => {
    const { resource, verdict, properties } = change;
    const what = properties.map((property) => `\`${inTable(propertyLine(property))}\``).join("<br>");
    const cell = [what, followers.length > 0 ? `${followers.length} more follow` : ""]
      .filter(Boolean)
      .join("<br>");
    const unsure = change.verdictUnknown ? " or replace" : "";
    const sign = change.dangers.length > 0 ? "⚠️ " : "";
    return `| ${sign}${verdict}${unsure} | ${change.stack} | \`${shortType(resource.type)}\` ${inTable(resource.name)} | ${cell} | ${resource.source ?? ""} |`;
  });
  return [
    `### ${title}: ${countVerdicts(changes)}`,
    ...(dangers.length > 0 ? ["", "> [!CAUTION]", ...dangers.map((line) => `> ${line}`)] : []),
    ...(rows.length > 0
      ? ["", "| what | stack | resource | properties | source |", "|---|---|---|---|---|", ...rows]
      : []),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ].join("\n");
}
