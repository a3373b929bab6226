// HTML, SVG and XML written so that data can never become markup: whatever is interpolated is escaped unless it is Markup itself.
import { printable } from "./text";

/** A piece of finished markup; made by `markup`, or by `constant` from text that holds no data. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Markup | string | number | undefined | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe as element content and inside a quoted attribute. */
export function escapeMarkup(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Template tag: `markup\`<td>${name}</td>\``. Lists are joined, `undefined` is nothing. */
export function markup(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.map((string, index) => string + rendered(parts[index])).join(""));
}

/** Style sheets contain `>` and quotes; they are ours, constant, and never hold data. */
export function constant(text: string): Markup {
  return new Markup(text);
}

/** Text whose line breaks are meant, which `markup` otherwise makes spaces. */
export function lines(text: string): Part[] {
  return text.split("\n").flatMap((line, index) => (index === 0 ? [line] : [new Markup("\n"), line]));
}

function rendered(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(rendered).join("");
  return escapeMarkup(String(part));
}
