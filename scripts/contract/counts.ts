// Which evidence counts towards a clause at all. Passing is not enough: it must be of this platform, by schedule where the
// contract asks for a schedule, and about something real. Pure.
import type { Clause } from "../../policies/contract/contract";
import { uncounted } from "../../policies/service/backup-window";
import { examplesIn } from "../../policies/service/example-data";
import type { Platform } from "../../policies/service/service";
import type { Predicate } from "../core/evidence";

/** What jobs rest on that is declared, read when it is asked for; any of it may be example data. */
export interface Foundations {
  /** Undefined where the environment has none. */
  platform(): unknown;
  roster(): unknown;
  /** External systems that a copy is kept away from. */
  integrations(): unknown;
}

/** Declarations that a job's evidence rests on beside the platform's, which all rest on. */
const RESTS_ON: Readonly<Record<string, readonly (keyof Foundations)[]>> = {
  roster: ["roster"],
  release: ["roster"], // its approvers
  verify: ["integrations"], // a copy that cannot reach what does not exist is kept away from nothing
  drill: ["integrations"],
};

/**
 * Why a job's evidence puts nothing in force: what it rests on is invented. Undefined when all of it is real.
 * @param job its name; @param foundations of the environment
 */
export function unfounded(job: string, foundations: Foundations): string | undefined {
  for (const name of ["platform", ...(RESTS_ON[job] ?? [])] as const) {
    const examples = examplesIn(asData(foundations[name]()));
    const [first] = examples;
    if (first) {
      const verb = name === "integrations" ? "are" : "is";
      return `the ${name} ${verb} example data: ${first.found} (${examples.length} in all)`;
    }
  }
  return undefined;
}

/** Declarations are plain YAML data, whatever their type calls them. */
function asData(value: unknown): Parameters<typeof examplesIn>[0] {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** An entry of the ledger, with what decides whether it counts; whoever may read its facts says it. */
export interface Recorded {
  predicate: Predicate;
  /** A backup that somebody or something else than the schedule asked for. */
  onDemand?: boolean;
  /** A release that came to its commit: not refused by a gate, not broken off before it. */
  released?: boolean;
}

export interface Counted {
  counting: Predicate[];
  /** Of those that do not count, why not the last one. */
  because: string | undefined;
}

/** Of the commands of `ops data` those that prove something: a check of every rule, rows that were put back, what is masked. */
const DATA_PROOFS = ["data-check", "data-repair", "data-unrepair", "data-masking"];

/** Why an entry says nothing of a clause although its job proves it. */
const SAYS_NOTHING: Readonly<Record<string, (entry: Recorded) => string | undefined>> = {
  release: ({ released }) => (released === true ? undefined : "nothing was released by it"),
  // The job has other commands: a query checks nothing, and a plan puts no row back.
  data: ({ predicate }) =>
    DATA_PROOFS.includes(predicate.kind) ? undefined : `${predicate.kind} proves nothing by itself`,
};

/** Of a job's evidence that names the clause, what counts. */
export function counting(
  { proofs }: Pick<Clause, "proofs">,
  job: string,
  evidence: readonly Recorded[],
  platform: Platform | undefined,
): Counted {
  const scheduled = proofs.scheduled?.includes(job) === true;
  const judged = evidence.map((entry) => ({
    predicate: entry.predicate,
    why:
      SAYS_NOTHING[job]?.(entry) ??
      (scheduled
        ? uncounted(platform?.schedule, new Date(entry.predicate.started), entry.onDemand === true)
        : undefined),
  }));
  return {
    counting: judged.filter(({ why }) => why === undefined).map(({ predicate }) => predicate),
    because: judged.findLast(({ why }) => why !== undefined)?.why,
  };
}
