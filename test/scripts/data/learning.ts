// Databases of the sandbox's schema in a cluster of a test's own: made once, copied by whoever damages one.
import { Client } from "pg";
import { loadDataRules } from "../../../policies/data/load";
import type { DataRule } from "../../../policies/data/quality";
import { loadPlatform } from "../../../policies/service/load";
import { loadRoster } from "../../../policies/service/roster";
import type { RuleResult } from "../../../scripts/data/quality/result";
import { type RunOptions, runRules } from "../../../scripts/data/quality/run-rules";
import { createClock } from "../../../scripts/machine/clock";
import type { Database } from "../../../scripts/postgres/port";
import { migrate } from "../../../scripts/sandbox/adapter/migrations";
import { type Cluster, startCluster } from "../../e2e/cluster";
import { ROOT } from "../../policies/repository";

export const PLATFORM = loadPlatform(ROOT, "sandbox", { sandbox: "/s", socket: "/t", copies: "/c" });
export const RULES: readonly DataRule[] = loadDataRules(ROOT, PLATFORM.data!, loadRoster(ROOT));

export const core = { clock: createClock(), signal: new AbortController().signal, random: Math.random };

/** The template's database: nobody is connected to it. */
export const LEARNING = "learning";

/** A cluster whose database `learning` is what `ops sandbox up` makes, very small. */
export async function startLearning(): Promise<Cluster> {
  const cluster = await startCluster();
  await cluster.psql("postgres", `create database ${LEARNING}`);
  const client = new Client({ host: cluster.directory, user: "postgres", database: LEARNING });
  await client.connect();
  await migrate(client, 0.005, () => {});
  await client.end();
  return cluster;
}

export const OPTIONS: Omit<RunOptions, "databases"> = {
  limitSeconds: 120,
  copy: false,
  statements: {},
  secret: Buffer.from("a secret of this test"),
};

/** Runs rules of the sandbox over a copy under another name. */
export async function runOn(
  database: Database,
  name: string,
  options: Partial<RunOptions> = {},
  rules: readonly DataRule[] = RULES,
): Promise<RuleResult[]> {
  const here = rules.map((rule) => ("sql" in rule ? { ...rule, database: name } : rule));
  return runRules(core, database, here, { ...OPTIONS, databases: [name], ...options });
}

/** The ids of rules that found something, and everything that could not be looked at. */
export const foundIn = (results: readonly RuleResult[]): string[] =>
  results.filter(({ count }) => count > 0).map(({ rule }) => rule.id);

export const unableIn = (results: readonly RuleResult[]): string[] =>
  results.flatMap(({ rule, unable }) => unable.map((why) => `${rule.id}: ${why}`));
