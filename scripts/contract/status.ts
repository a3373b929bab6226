// Are we honouring the contract, and how do we know? Pure: contract and evidence in, one row a clause out.
import type { Clause, ClauseCadence, Contract } from "../../policies/contract/contract";
import type { DeclaredResource } from "../../policies/contract/resources";
import type { Platform } from "../../policies/service/service";
import type { Predicate, Verdict } from "../core/evidence";
import { ageText } from "../core/instant";
import type { Identity } from "../core/job";
import { counting, type Recorded } from "./counts";

/** From best to worst; a clause is as good as the worst of its proofs. */
export const STATES = ["in force", "due", "unproven", "inconclusive", "overdue", "failing"] as const;
export type State = (typeof STATES)[number];

/** States in which the contract is being broken: `ops status` then exits with `overdue`. */
export const BROKEN: readonly State[] = ["overdue", "failing"];

/** States in which nobody can say that it is honoured. */
export const UNTOLD: readonly State[] = ["unproven", "inconclusive"];

export interface LastEvidence {
  job: string;
  verdict: Verdict;
  finished: Date;
}

export interface StatusRow {
  clause: string;
  obligation: string;
  cadence: ClauseCadence;
  /** Jobs whose evidence proves the clause. */
  proofs: readonly string[];
  /** Resources of the cloud that are declared for it, e.g. `prod-data rds.BackupPolicy postgres`: no evidence. */
  declared: readonly string[];
  /** Of the job that decides the state; otherwise the newest of the clause. */
  last: LastEvidence | undefined;
  state: State;
  /** One sentence: why this state. */
  reason: string;
}

export interface Status {
  rows: readonly StatusRow[];
  totals: Readonly<Record<State, number>>;
  /** Where contract and jobs contradict each other; the rows cannot be trusted then. */
  problems: readonly string[];
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Seconds for which evidence stays young: the longest month, quarter and year of the calendar. */
const PERIOD: Readonly<Record<ClauseCadence, number>> = {
  hourly: HOUR,
  daily: DAY,
  weekly: 7 * DAY,
  monthly: 31 * DAY,
  quarterly: 92 * DAY,
  yearly: 366 * DAY,
  event: Number.POSITIVE_INFINITY,
};

/** From this part of the period on, evidence is `due`. */
const DUE_FROM = 0.75;

/** A nightly job does not end at the same minute each night: the platform says how old is still fresh. */
function periodOf(cadence: ClauseCadence, platform: Platform | undefined): number {
  return cadence === "daily" && platform ? platform.schedule.maxAgeHours * HOUR : PERIOD[cadence];
}

interface Judgement {
  state: State;
  reason: string;
  latest: Predicate | undefined;
  /** Milliseconds since the epoch; the older, the weaker the link. */
  passed: number;
}

const finished = (predicate: Predicate): number => Date.parse(predicate.finished);

/** The newest; of two that finished together the one that stands later in the ledger. */
function newest(evidence: readonly Predicate[]): Predicate | undefined {
  return evidence.reduce<Predicate | undefined>(
    (best, next) => (best && finished(best) > finished(next) ? best : next),
    undefined,
  );
}

/** What a job's evidence is judged by. */
interface Judged {
  job: string;
  evidence: readonly Predicate[];
  /** Why other evidence of the job does not count, where there is some. */
  because: string | undefined;
  period: number;
  environment: string;
  now: Date;
}

function judge({ job, evidence, because, period, environment, now }: Judged): Judgement {
  const age = (predicate: Predicate): number => (now.getTime() - finished(predicate)) / 1000;
  const counted = evidence.filter((predicate) => finished(predicate) <= now.getTime());
  const latest = newest(counted);
  const pass = newest(counted.filter(({ verdict }) => verdict === "pass"));
  const judgement = (state: State, reason: string): Judgement => ({
    state,
    reason: `${job} ${reason}`,
    latest,
    passed: pass ? finished(pass) : Number.NEGATIVE_INFINITY,
  });

  if (!latest) {
    if (because !== undefined)
      return judgement("unproven", `has left no evidence in ${environment} that counts: ${because}`);
    const future =
      evidence.length > 0 ? `, apart from ${evidence.length} dated in the future (check the clock)` : "";
    return judgement("unproven", `has left no evidence in ${environment}${future}`);
  }
  if (latest.verdict !== "pass") {
    // A run that could not tell heals no failure before it, and keeps nothing in force.
    const told = newest(counted.filter(({ verdict }) => verdict !== "inconclusive"));
    const failed = told?.verdict === "fail";
    const said = saidBy(failed ? told : latest, age);
    const since = failed && told !== latest ? `; could not tell ${ageText(age(latest))} ago` : "";
    const before = pass ? `last pass ${ageText(age(pass))} ago` : "never passed";
    const late = pass !== undefined && age(pass) >= period;
    return judgement(failed ? "failing" : late ? "overdue" : "inconclusive", `${said}${since}; ${before}`);
  }
  const seconds = age(latest);
  const passed = `passed ${ageText(seconds)} ago`;
  if (seconds >= period) return judgement("overdue", `last ${passed}; due every ${ageText(period)}`);
  if (seconds >= period * DUE_FROM)
    return judgement("due", `${passed}; owed again in ${ageText(period - seconds)}`);
  return judgement(
    "in force",
    period === Number.POSITIVE_INFINITY ? passed : `${passed}; due every ${ageText(period)}`,
  );
}

/** What shows a part of a clause never puts the whole of it in force. */
function inPart({ proofs: { part } }: Clause, judgement: Judgement): Judgement {
  if (part === undefined || !["in force", "due"].includes(judgement.state)) return judgement;
  return { ...judgement, state: "inconclusive", reason: `${judgement.reason}; that is a part: ${part}` };
}

function saidBy(predicate: Predicate, age: (predicate: Predicate) => number): string {
  const culprits = predicate.checks.filter(({ verdict }) => verdict === predicate.verdict);
  const named = culprits.length > 0 ? ` (${culprits.map(({ name }) => name).join(", ")})` : "";
  return `said ${predicate.verdict} ${ageText(age(predicate))} ago${named}`;
}

function rowOf(clause: Clause, judgements: readonly Judgement[], declared: readonly string[]): StatusRow {
  const row = {
    clause: clause.id,
    obligation: clause.obligation,
    cadence: clause.cadence,
    proofs: clause.proofs.jobs,
    declared,
  };
  const [worst] = [...judgements].sort(
    (a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state) || (a.passed < b.passed ? -1 : 1),
  );
  if (!worst) {
    const reason =
      clause.proofs.runbooks.length > 0 ? "no proof declared (a runbook is not proof)" : "no proof declared";
    return { ...row, last: undefined, state: "unproven", reason };
  }
  const shown = worst.latest ?? newest(judgements.flatMap(({ latest }) => latest ?? []));
  const last = shown && { job: shown.job, verdict: shown.verdict, finished: new Date(shown.finished) };
  return { ...row, last, state: worst.state, reason: worst.reason };
}

/** `clauses` are those of the job and of its commands: evidence of either bears its name. */
type DeclaredJob = Pick<Identity, "name" | "clauses">;

/** What the contract says of jobs and what jobs say of the contract must agree. */
export function contradictions(contract: Contract, jobs: readonly DeclaredJob[]): string[] {
  const known = new Set(contract.clauses.map(({ id }) => id));
  const unknownClauses = jobs.flatMap(({ name, clauses }) =>
    clauses
      .filter((id) => !known.has(id))
      .map((id) => `job ${name} serves clause ${id}, which the contract does not have`),
  );
  const brokenProofs = contract.clauses.flatMap(({ id, proofs }) =>
    proofs.jobs.flatMap((name) => {
      const job = jobs.find((candidate) => candidate.name === name);
      if (!job) return [`clause ${id} is proven by job ${name}, which does not exist`];
      return job.clauses.includes(id)
        ? []
        : [`clause ${id} is proven by job ${name}, which does not serve it`];
    }),
  );
  return [...brokenProofs, ...unknownClauses];
}

/** What the contract is held against. */
export interface Held {
  contract: Contract;
  entries: readonly Recorded[];
  environment: string;
  /** Of the environment; undefined where it has none. */
  platform: Platform | undefined;
  now: Date;
  jobs: readonly DeclaredJob[];
  /** Default none. */
  declared?: readonly DeclaredResource[];
  /** Why a job's evidence puts nothing in force whatever it says; see `unfounded`. Default: everything is real. */
  unfounded?(job: string): string | undefined;
}

/**
 * One row a clause, in the contract's order. Only evidence of this environment (and of this platform, when one is given)
 * that names the clause counts: the sandbox's never puts production in force.
 */
export function assess({
  contract,
  entries,
  environment,
  platform,
  now,
  jobs,
  declared = [],
  unfounded = () => undefined,
}: Held): Status {
  const evidence = entries
    .filter(({ predicate }) => predicate.environment === environment)
    // A self-test proves something of the verifier and nothing of this platform's backups.
    .filter(({ predicate }) => predicate.facts.selfTest === undefined)
    .filter(({ predicate }) => platform === undefined || predicate.platform === platform.name);
  const rows = contract.clauses.map((clause) => {
    const serving = evidence.filter(({ predicate }) => predicate.clauses.includes(clause.id));
    const period = periodOf(clause.cadence, platform);
    const judgements = clause.proofs.jobs.map((job): Judgement => {
      const own = serving.filter(({ predicate }) => predicate.job === job);
      const invented = own.length > 0 ? unfounded(job) : undefined;
      const { counting: counted, because } =
        invented === undefined ? counting(clause, job, own, platform) : { counting: [], because: invented };
      return inPart(clause, judge({ job, evidence: counted, because, period, environment, now }));
    });
    const own = declared.filter((resource) => resource.clause === clause.id);
    return rowOf(
      clause,
      judgements,
      own.map(({ stack, type, name }) => `${stack} ${type} ${name}`),
    );
  });
  const count = (state: State): number => rows.filter((row) => row.state === state).length;
  const totals: Record<State, number> = {
    "in force": count("in force"),
    due: count("due"),
    unproven: count("unproven"),
    inconclusive: count("inconclusive"),
    overdue: count("overdue"),
    failing: count("failing"),
  };
  return { rows, totals, problems: contradictions(contract, jobs) };
}
