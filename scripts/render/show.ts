// Changes of manifests as text for a terminal and as Markdown for a pull request.

import type { PropertyChange } from "../core/difference";
import { paint, type Tone } from "../core/table";
import type { ObjectChange, Verdict } from "./difference";
import type { Json } from "./model";

const WIDEST = 90;

function brief(value: Json | undefined): string {
  if (value === undefined) return "(none)";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const short = text.replace(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, "sha256:$1…").replaceAll("\n", "⏎");
  return short.length > WIDEST ? `${short.slice(0, WIDEST - 1)}…` : short;
}

const propertyLine = ({ path, before, after }: PropertyChange<Json>): string =>
  `${path}: ${brief(before)} → ${brief(after)}`;

const MARK: Readonly<Record<Verdict, { sign: string; tone: Tone; past: string }>> = {
  create: { sign: "+", tone: "good", past: "created" },
  update: { sign: "~", tone: "warn", past: "changed" },
  delete: { sign: "-", tone: "bad", past: "deleted" },
};

/** `2 created, 1 changed`; `no change`. */
export function countChanges(changes: readonly ObjectChange[]): string {
  const counted = Object.entries(MARK).flatMap(([verdict, { past }]) => {
    const number = changes.filter((change) => change.verdict === verdict).length;
    return number > 0 ? [`${number} ${past}`] : [];
  });
  return counted.join(", ") || "no change";
}

export function showChanges(changes: readonly ObjectChange[], color: boolean): string {
  const lines = changes.flatMap(({ verdict, environment, app, kind, name, properties, dangers }) => {
    const { sign, tone } = MARK[verdict];
    return [
      `${paint({ text: `${sign} ${verdict}`, tone }, color)}  ${environment}  ${app}  ${kind} ${name}`,
      ...dangers.map((danger) => paint({ text: `    ! ${danger}`, tone: "bad" }, color)),
      ...properties.map((property) => `    ${propertyLine(property)}`),
    ];
  });
  return [...lines, ...(lines.length > 0 ? [""] : []), countChanges(changes)].join("\n");
}

/** A property may hold anything: nothing of it may end the cell or the code span. */
const inTable = (text: string): string =>
  text.replaceAll("|", "\\|").replaceAll("`", "'").replaceAll("<", "&lt;");

/** Properties of one object that are worth a row; the rest is counted. */
const SHOWN = 12;

/** A comment for a pull request: dangers first, then a table for each environment. */
export function markdownChanges(title: string, changes: readonly ObjectChange[]): string {
  const dangers = changes.flatMap(({ environment, kind, name, verdict, dangers: all }) =>
    all.map((danger) => `> - **${verdict} ${environment} ${kind} ${inTable(name)}**: ${inTable(danger)}`),
  );
  const environments = [...new Set(changes.map(({ environment }) => environment))];
  const tables = environments.flatMap((environment) => {
    const own = changes.filter((change) => change.environment === environment);
    const rows = own.map(({ verdict, app, kind, name, properties, dangers: all }) => {
      const shown = properties.slice(0, SHOWN).map((each) => `\`${inTable(propertyLine(each))}\``);
      const more = properties.length > SHOWN ? [`… and ${properties.length - SHOWN} more`] : [];
      const sign = all.length > 0 ? "⚠️ " : "";
      return `| ${sign}${verdict} | ${app} | ${kind} ${inTable(name)} | ${[...shown, ...more].join("<br>")} |`;
    });
    return [
      "",
      `#### ${environment}: ${countChanges(own)}`,
      "",
      "| what | app | object | properties |",
      "|---|---|---|---|",
      ...rows,
    ];
  });
  return [
    `### ${title}: ${countChanges(changes)}`,
    ...(dangers.length > 0 ? ["", "> [!CAUTION]", ...dangers] : []),
    ...tables,
  ].join("\n");
}
