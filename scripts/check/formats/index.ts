// The formats of a report, by name. One more is one row.
import type { Report } from "../report";
import type { Format, FormatOptions } from "./format";
import { github } from "./github";
import { json } from "./json";
import { junit } from "./junit";
import { markdown } from "./markdown";
import { pretty } from "./pretty";
import { sarif } from "./sarif";

/** For machines, and for files; `pretty` is for people. */
export const FORMATS: Readonly<Record<string, Format>> = { json, sarif, junit, github, markdown };

export function write(name: string, report: Report, options: FormatOptions): string {
  return (name === "pretty" ? pretty : FORMATS[name]!)(report, options);
}
