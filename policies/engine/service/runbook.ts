// A runbook as a subject: what its headings and its first lines say of it.
import { sourceOf, tooLarge } from "../source";
import type { Path, Place, Subject } from "../subject";
import type { PlannedValue } from "../value";
import type { Problem } from "../yaml";

/** Lines of the head that rules ask for: property → what it is read from. */
const HEAD: Readonly<Record<string, RegExp>> = {
  "review-due": /\bReview by: *(\S+)/,
  reviewed: /\bReviewed: *(\S+)/,
  priority: /\bPriority (P\d)\b/,
};

/**
 * Properties: `title`, `sections` (second-level headings in order), `area` (`alerts` or `procedures`), `clauses`,
 * and where the text has them `review-due`, `reviewed` (ISO dates as written), `priority`.
 */
export function readRunbook(file: string, text: string): { subjects: Subject[]; problems: Problem[] } {
  const source = sourceOf(file, text);
  const large = tooLarge(source);
  if (large) return { subjects: [], problems: [large] };
  const outside = withoutCode(text);
  const offsets = new Map<string, number>();
  const properties: Record<string, PlannedValue> = { area: file.split("/").at(-2) ?? "" };
  const note = (name: string, value: PlannedValue, offset: number): void => {
    properties[name] = value;
    offsets.set(name, offset);
  };
  const title = /^# +(.+?)\s*$/m.exec(outside);
  if (title) note("title", title[1]!, title.index);
  const sections = [...outside.matchAll(/^## +(.+?)\s*$/gm)];
  note(
    "sections",
    sections.map((match) => match[1]!),
    sections[0]?.index ?? 0,
  );
  for (const [index, section] of sections.entries()) offsets.set(`sections/${index}`, section.index);
  const head = outside.slice(0, sections[0]?.index ?? outside.length);
  for (const [name, pattern] of Object.entries(HEAD)) {
    const match = pattern.exec(head);
    if (match) note(name, match[1]!, match.index + match[0].indexOf(match[1]!));
  }
  const clauses = [...head.matchAll(/\b[A-Z]{2,4}-[A-Z0-9]+\b/g)];
  note("clauses", [...new Set(clauses.map(([id]) => id))], clauses[0]?.index ?? 0);
  const at = (path: Path): Place => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(path.slice(0, length).join("/"));
      if (offset !== undefined) return source.place(offset);
    }
    return source.place(0);
  };
  const name = file.replace(/^runbooks\//, "").replace(/\.md$/, "");
  return {
    subjects: [
      {
        surface: "service",
        type: "runbook",
        id: file,
        name,
        environment: "",
        properties,
        references: () => [],
        at,
      },
    ],
    problems: [],
  };
}

/** Blanks out fenced code, keeping every offset: a comment in a shell example is no heading. */
function withoutCode(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, (code) => code.replace(/[^\n]/g, " "));
}
