// A report as one JSON document, whole: passes too.

import type { Report } from "../report";
import type { FormatOptions } from "./format";

export function json(report: Report, { comparison }: FormatOptions): string {
  return `${JSON.stringify(comparison ? { ...report, comparison } : report, null, 2)}\n`;
}
