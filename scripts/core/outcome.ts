// What a job returns; the runner turns it into signed evidence and prints it.
import type { ExitName } from "./errors";
import type { Artifact, Check, Measurement } from "./evidence";

export interface Outcome {
  checks: Check[];
  measurements: Measurement[];
  artifacts: Artifact[];
  facts: Record<string, unknown>;
  inputs?: Record<string, string>;
  /** False when this run leaves no evidence (a listing, a clean-up). Default true. */
  record?: boolean;
  /** Rendered for a pull request or a step summary. */
  markdown?: string;
  /** Printed to standard output at the end (human modes). */
  summary?: string;
  /** A machine's format: written to standard output as it is, alone, instead of the summary. */
  document?: string;
  /** Printed instead of the summary with --json. */
  json?: unknown;
  /** Exit code of a job whose verdict is about something other than itself; by default it follows the verdict. */
  exit?: ExitName;
}
