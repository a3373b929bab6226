// What a job claims and how verdicts combine. Pure: no clock, no I/O, no signing (that is the ledger adapter's business).

export type Verdict = "pass" | "fail" | "inconclusive";
/** A single check may also be impossible for an adapter; it then says so and is never counted as passed. */
export type CheckVerdict = Verdict | "not-applicable";

/** One judged answer. */
export interface Finding {
  verdict: CheckVerdict;
  /** One sentence a reader can act on: what was found; on failure also what was expected. */
  detail: string;
}

export interface Check extends Finding {
  /** Stable kebab-case name, e.g. `wal-contiguity`. */
  name: string;
  /** Wall time of the check in seconds. */
  seconds?: number;
  /** Another check that proves enough when this one cannot tell; only what `COVERS` allows. */
  coveredBy?: Cover;
}

/** A check that may cover others. */
export type Cover = keyof typeof COVERS;

/**
 * What may cover which checks: fixed, because evidence must not excuse a check by saying so. Where no interface is up and no route
 * leads out, an integration that nobody can reach from outside either is out of reach all the same; the source and the repository
 * may lie behind sockets and paths, of which that says nothing. `verify-evidence.mjs` says the same in its own words.
 */
const COVERS = {
  "isolation-no-way-out": /^isolation-(?!(?:no-way-out|source|repository(?:-\d+)?)$)[a-z0-9-]+$/,
} as const;

export interface Measurement {
  /** Stable kebab-case name, e.g. `rto`. */
  name: string;
  value: number;
  /** SI or UCUM-like unit: `s`, `B`, `B/s`, `rows`, `1`. */
  unit: string;
  /** Upper bound that was promised, in the same unit; absent when nothing is promised. */
  target?: number;
}

/** A file that belongs to the evidence, addressed by content; stored beside the ledger. */
export interface Artifact {
  name: string;
  mediaType: string;
  sha256: string;
  bytes: number;
}

/** The in-toto predicate of every job. Instants are ISO 8601 in UTC. */
export interface Predicate {
  job: string;
  kind: string;
  clauses: readonly string[];
  environment: string;
  platform: string;
  started: string;
  finished: string;
  verdict: Verdict;
  measurements: readonly Measurement[];
  checks: readonly Check[];
  artifacts: readonly Artifact[];
  /** What the result depends on: `git`, `postgres`, `pgbackrest`, `node`, arguments… No secrets. */
  inputs: Readonly<Record<string, string>>;
  actor: string;
  /** Job-specific facts that later jobs read back (labels, checkpoint names, predictions). No personal data. */
  facts: Readonly<Record<string, unknown>>;
}

/** `a: isolation-sms` is the check isolation-sms of scenario a. */
const SCENARIO = /^[a-z]: /;

/** An inconclusive check whose declared cover, of the same scenario or of all in common, is there and passed throughout. */
export function isCovered(check: Check, checks: readonly Check[]): boolean {
  const { coveredBy, name } = check;
  // What was signed may hold anything there, and a list of one name would be looked up as that name.
  if (check.verdict !== "inconclusive" || typeof coveredBy !== "string" || !Object.hasOwn(COVERS, coveredBy))
    return false;
  const [scenario = ""] = SCENARIO.exec(name) ?? [];
  if (!COVERS[coveredBy].test(name.slice(scenario.length))) return false;
  const covers = checks.filter((other) => other.name === coveredBy || other.name === scenario + coveredBy);
  return covers.length > 0 && covers.every(({ verdict }) => verdict === "pass");
}

/**
 * The verdict of a job from its checks: any failure fails; otherwise anything inconclusive that no other check covers is inconclusive;
 * a job that checked nothing cannot tell and is inconclusive. Not-applicable and covered checks do not count either way.
 */
export function overall(checks: readonly Check[]): Verdict {
  const counted = checks.filter((check) => check.verdict !== "not-applicable" && !isCovered(check, checks));
  if (counted.some((check) => check.verdict === "fail")) return "fail";
  if (counted.length === 0 || counted.some((check) => check.verdict === "inconclusive"))
    return "inconclusive";
  return "pass";
}

/** A measurement with a target misses it when it is larger, or not a number at all. */
export function missesTarget(measurement: Measurement): boolean {
  return measurement.target !== undefined && !(measurement.value <= measurement.target);
}
