// What a format of a report is.
import type { Comparison } from "../compare";
import type { Report } from "../report";

export interface FormatOptions {
  color: boolean;
  /** Given with --base: only what is new counts as wrong. */
  comparison?: Comparison;
}

export type Format = (report: Report, options: FormatOptions) => string;
