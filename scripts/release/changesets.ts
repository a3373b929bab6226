// Changesets (`.changeset/<name>.md`, the format of github.com/changesets): what changed, in the words of who changed it,
// and the notes made of them. Pure: text in, text out.
import { type Problem, parseYaml } from "../../policies/engine/yaml";
import type { App } from "../../policies/service/releases";
import { BUMPS, type Bump, isApp } from "./versions";

export interface Changeset {
  /** The file's name without `.md`. */
  id: string;
  bumps: Readonly<Partial<Record<App, Bump>>>;
  /** First line says it all; the rest explains. */
  summary: string;
  /** Entries of the change ledger that it belongs to, from lines `Change: cr-2026-001`. */
  changes: readonly string[];
}

export interface ChangesetFile {
  id: string;
  text: string;
}

const SHAPE = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/;
const CHANGE = /^Change: *(\S+) *$/gm;

/** One file; a problem instead of a changeset when it says nothing that can be understood. */
export function parseChangeset({ id, text }: ChangesetFile): Changeset | Problem {
  const file = `.changeset/${id}.md`;
  const problem = (message: string, expected: string): Problem => ({
    file,
    line: 1,
    column: 1,
    message,
    expected,
  });
  const [, front, body = ""] = SHAPE.exec(text) ?? [];
  if (front === undefined) return problem("no front matter", "apps and bumps between two lines of ---");
  const { value, problems } = parseYaml(file, front);
  if (problems[0]) return problems[0];
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  for (const [app, bump] of entries) {
    if (!isApp(app)) return problem(`there is no app "${app}"`, "an app of k8s/releases");
    if (!(BUMPS as readonly unknown[]).includes(bump))
      return problem(`${app}: ${String(bump)}`, `one of ${BUMPS.join(", ")}`);
  }
  const summary = body.replace(CHANGE, "").trim();
  if (summary === "") return problem("it says nothing", "a sentence under the front matter");
  const changes = [...body.matchAll(CHANGE)].map((match) => match[1]!);
  return { id, bumps: Object.fromEntries(entries) as Changeset["bumps"], summary, changes };
}

const HEADINGS: Readonly<Record<Bump, string>> = {
  major: "Breaking",
  minor: "New",
  patch: "Corrected",
};

export interface NotesOf {
  app: App;
  from: string | undefined;
  to: string;
}

/** Notes in Markdown: a heading an app, under it what changed, largest first. Says so where nothing was written down. */
export function renderNotes(changes: readonly NotesOf[], changesets: readonly Changeset[]): string {
  const sections = changes.map(({ app, from, to }) => {
    const title = `## ${app} ${to}${from ? ` (was ${from})` : ""}`;
    const parts = BUMPS.toReversed().flatMap((bump) => {
      const lines = changesets.filter(({ bumps }) => bumps[app] === bump).map(item);
      return lines.length > 0 ? [`### ${HEADINGS[bump]}\n\n${lines.join("\n")}`] : [];
    });
    return [title, ...(parts.length > 0 ? parts : ["No changeset says what changed."])].join("\n\n");
  });
  return `${sections.join("\n\n")}\n`;
}

function item({ summary, changes }: Changeset): string {
  const text = summary.replace(/\r?\n/g, "\n  ");
  return `- ${text}${changes.length > 0 ? ` (${changes.join(", ")})` : ""}`;
}
