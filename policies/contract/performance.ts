// Response times and errors that the running platform is held to: by alerts, by the analysis of a canary, by probes. Figures
// come from the contract; the share of errors, of which it says nothing, is ours.
import { type Contract, figure } from "./contract";

/** How the contract groups operations; every request is measured as one of them (label `operation`). */
export const OPERATIONS = ["interactive", "simple-query", "complex-query"] as const;
export type Operation = (typeof OPERATIONS)[number];

export const CLAUSE_OF: Readonly<Record<Operation, string>> = {
  interactive: "PERF-INTERACT",
  "simple-query": "PERF-SIMPLE",
  "complex-query": "PERF-COMPLEX",
};

/** Share of requests that may end in a server error (5xx), 0…1. Ours: the contract names no figure. */
export const ALLOWED_ERRORS = 0.01;

/** Share of requests that "peak" is read at: one request in a hundred may take longer. Ours: the contract says 峰值 only. */
export const PEAK_QUANTILE = 0.99;

export interface ResponseTime {
  operation: Operation;
  clause: string;
  /** Seconds that requests may take on average. */
  average: number;
  /** Seconds at peak (`PEAK_QUANTILE`); absent where the contract gives none. */
  peak?: number;
}

function seconds(contract: Contract, clause: string, name: string): number | undefined {
  const found = figure(contract, clause, name);
  if (found && found.unit !== "s") throw new Error(`clause ${clause}: ${name} is in ${found.unit}, not in s`);
  return found?.value;
}

/**
 * What the contract allows for every operation: the upper end of each of its ranges (2 s of 1–2 s).
 * @throws Error when a clause has no `average-max` in seconds
 */
export function allowedResponseTimes(contract: Contract): ResponseTime[] {
  return OPERATIONS.map((operation) => {
    const clause = CLAUSE_OF[operation];
    const average = seconds(contract, clause, "average-max");
    if (average === undefined) throw new Error(`clause ${clause} has no average-max`);
    const peak = seconds(contract, clause, "peak-max");
    return { operation, clause, average, ...(peak === undefined ? {} : { peak }) };
  });
}
