// The service contract as data: types and pure questions about it.

export type ClauseCadence = "hourly" | "daily" | "weekly" | "monthly" | "quarterly" | "yearly" | "event";

export interface ContractNumber {
  /** e.g. `respond`, `fix`, `people`, `average-min`. */
  name: string;
  value: number;
  /** `s`, `min`, `h`, `d`, `working-d` (Chinese working calendar), `people`, `%`. */
  unit: string;
}

export interface Clause {
  /** e.g. `DR-RESTORE`. */
  id: string;
  /** Place in the contract, e.g. `四`. */
  source: string;
  /** The original Chinese, one excerpt a line, each verbatim. */
  original: string;
  /** What it obliges us to, in English. */
  obligation: string;
  numbers: readonly ContractNumber[];
  cadence: ClauseCadence;
  /** Names of jobs, rules and runbooks (path under runbooks/ without .md) that prove it. Empty lists = unproven. */
  proofs: {
    jobs: readonly string[];
    /** Those of the jobs whose evidence counts only when they ran by schedule: in the platform's declared window, not on demand. */
    scheduled?: readonly string[];
    /** What the jobs show, where that is not the whole clause: it is then never in force by them alone. */
    part?: string;
    rules: readonly string[];
    runbooks: readonly string[];
  };
}

export interface Contract {
  title: string;
  clauses: readonly Clause[];
}

export function clauseOf(contract: Contract, id: string): Clause | undefined {
  return contract.clauses.find((clause) => clause.id === id);
}

/** A figure of a clause, e.g. `figure(contract, "SLA-P1", "fix")`; undefined when the contract has none. */
export function figure(contract: Contract, id: string, name: string): ContractNumber | undefined {
  return clauseOf(contract, id)?.numbers.find((number) => number.name === name);
}
