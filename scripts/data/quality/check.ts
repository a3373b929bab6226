// Finds redundant, wrong and contradicting data: on the source, which never waits for it, on a standby, or on a copy of the last backup.
import type { DataPolicy, DataRule, SqlRule } from "../../../policies/data/quality";
import { clusterFacts, type MemoryReader, memoryOf } from "../../backup/memory";
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { pass } from "../../core/finding";
import type { Outcome } from "../../core/outcome";
import type { Core, Terminal } from "../../core/tools";
import { factsIn } from "../../evidence/facts";
import type { MachineTools } from "../../machine/port";
import { contentDatabases } from "../../postgres/databases";
import { withReaderOnCopy } from "../../postgres/least-rights";
import { readInPeace } from "../../postgres/let-go";
import type { Database } from "../../postgres/port";
import { findGoal } from "../../restore/lineage";
import { samples } from "../../restore/outcome";
import { RESTORE_CHECKS } from "../../restore/restore-run";
import { testRestore } from "../../restore/test-restore";
import type { RestoreCheck } from "../../restore/test-state";
import type { RestoreTools } from "../../restore/tools";
import type { DataTools } from "../port";
import { CHECK_KIND, DATA_CHECK_FACTS, type DataCheckFacts } from "./facts";
import { checkOf, type Judged, markdownOf, measurementsOf, showFindings } from "./outcome";
import type { RuleResult } from "./result";
import { type RunOptions, runRules } from "./run-rules";
import { isNarrowed, type Narrowing, selectRules } from "./select";
import { statementJson } from "./statement";
import { isDue, remember, trendOf } from "./work";

export const WHERE = ["source", "copy", "replica"] as const;

export interface CheckRequest extends Narrowing {
  on: (typeof WHERE)[number];
  /** File by the statement's name. */
  statements: Readonly<Record<string, string>>;
  limitSeconds: number;
}

export type CheckTools = RestoreTools & DataTools & MachineTools & MemoryReader & Pick<Terminal, "color">;

interface Ran {
  results: RuleResult[];
  /** What a copy's restore test said beside. */
  checks: Check[];
  cluster: string | undefined;
}

/** @throws OpsError usage, config, unavailable */
export async function checkData(context: CheckTools, request: CheckRequest): Promise<Outcome> {
  const { clock, data, progress } = context;
  const all = data.rules();
  const policy = context.platform.data!;
  refuseUnknownParameters(all, policy);
  const narrowed = isNarrowed(request);
  const before = await lastCheck(context);
  const selected = selectRules(all, request);
  const due = selected.filter((rule) => narrowed || isDue(rule, before, clock.now()));
  const options = {
    limitSeconds: request.limitSeconds,
    statements: await readStatements(context, all, request.statements),
    secret: await data.digestSecret(),
  };
  const ran = await progress.phase("check the data", (phase) =>
    RUN[request.on](context, due, {
      ...options,
      onRule: (done, total) => phase.update(done, total, "rules"),
    }),
  );
  const now = clock.now();
  const memory = remember(all, ran.results, before, policy, now);
  const judged = selected.map(
    (rule): Judged => ({
      rule,
      result: ran.results.find((result) => result.rule === rule),
      finding: memory.findings.find((finding) => finding.rule === rule.id),
      trend: trendOf(rule.id, before),
    }),
  );
  const checks = judged.map((one) => checkOf(one, now));
  for (const check of checks) progress.check(check);
  const facts: DataCheckFacts = { dataCheck: memory };
  const told = markdownOf(judged, now);
  return {
    checks: [...ran.checks, ...checks],
    measurements: measurementsOf(judged),
    artifacts: [],
    facts: { ...facts, on: request.on, ...clusterFacts(ran.cluster) },
    ...(told === "" ? {} : { markdown: told }),
    summary: [
      showFindings(judged, now, context.color),
      `${ran.results.filter(({ notApplicable }) => notApplicable === undefined).length} of ${all.length} rules run on the ${request.on}`,
      ...(narrowed ? ["A part of the rules: no evidence is left, and no clause is in force by it."] : []),
    ].join("\n"),
    json: { on: request.on, narrowed, rules: judged.map(jsonOf) },
    ...(narrowed ? { record: false } : {}),
  };
}

const jsonOf = ({ rule, result, finding, trend }: Judged): object => ({
  rule: rule.id,
  title: rule.title,
  clause: rule.clause,
  modules: rule.modules,
  ran: result !== undefined,
  before: trend.before ?? null,
  finding: finding ?? null,
  sample: result?.sample ?? [],
  told: result?.told ?? [],
  unable: result?.unable ?? [],
});

/** @throws OpsError config: a parameter that no rule has is a slip of the pen, and its rule keeps the default */
function refuseUnknownParameters(rules: readonly DataRule[], { parameters }: DataPolicy): void {
  const known = new Set(rules.flatMap((rule) => Object.keys(rule.parameters)));
  const wrong = Object.keys(parameters).find((name) => !known.has(name));
  if (wrong !== undefined)
    throw new OpsError("config", `data.parameters of the platform sets ${wrong}, which no rule has`, {
      expected: `one of ${[...known].join(", ") || "none"}`,
    });
}

/** The last whole check of this cluster. */
async function lastCheck(context: MemoryReader): Promise<DataCheckFacts["dataCheck"] | undefined> {
  const entries = await memoryOf(context, "data");
  const facts = entries
    .filter(({ predicate }) => predicate.kind === CHECK_KIND)
    .flatMap((entry) => factsIn(entry, DATA_CHECK_FACTS) ?? []);
  return facts.at(-1)?.dataCheck;
}

async function readStatements(
  { host }: MachineTools,
  rules: readonly DataRule[],
  given: CheckRequest["statements"],
): Promise<Record<string, string>> {
  const declared = rules.flatMap((rule) => (rule as Partial<SqlRule>).statement ?? []);
  const read: Record<string, string> = {};
  for (const [name, file] of Object.entries(given)) {
    const statement = declared.find((one) => one.name === name);
    if (!statement)
      throw new OpsError("usage", `no rule is held against a statement ${name}`, {
        expected: `one of ${[...new Set(declared.map((one) => one.name))].join(", ") || "none"}`,
      });
    read[name] = statementJson(name, await host.readInput(file), statement.columns);
  }
  return read;
}

type Options = Omit<RunOptions, "databases" | "copy">;

const RUN: Readonly<
  Record<
    CheckRequest["on"],
    (context: CheckTools, rules: readonly DataRule[], options: Options) => Promise<Ran>
  >
> = {
  source: (context, rules, options) =>
    onServer(context, context.servers.source(context.platform), rules, options),
  replica(context, rules, options) {
    const { platform } = context;
    const { replica } = platform.data ?? {};
    if (!replica)
      throw new OpsError("usage", `platform ${platform.name} declares no replica`, {
        expected: "`data.replica` in its file",
        todo: "declare one, or use --on source or --on copy",
      });
    const standby = { ...platform, database: { ...platform.database, ...replica } };
    return onServer(context, context.servers.source(standby), rules, options, true);
  },
  copy: onCopy,
};

/** A server that others work on: whoever waits for us makes us let go. */
async function onServer(
  context: Pick<Core, "clock" | "random" | "signal" | "progress"> & Pick<CheckTools, "environment">,
  server: Database,
  rules: readonly DataRule[],
  options: Options,
  standby = false,
): Promise<Ran> {
  const [row] = await server.query<{ id: string; super: boolean }>(
    server.maintenance,
    "select system_identifier::text as id, rolsuper as super from pg_control_system(), pg_roles where rolname = current_user",
  );
  if (row?.super && context.environment !== "sandbox")
    context.progress.say("warn", `read as superuser: \`ops platform grant\` makes a role that can do less`);
  const databases = await contentDatabases(server);
  const { done } = await readInPeace(
    context,
    server,
    (watched) => runRules(context, watched, rules, { ...options, databases, copy: standby }),
    (what) => context.progress.say("info", what),
  );
  return { results: done, checks: [], cluster: row?.id };
}

/** The copy is proven to be what the source was before its data are looked at. */
async function onCopy(context: CheckTools, rules: readonly DataRule[], options: Options): Promise<Ran> {
  let results: RuleResult[] = [];
  const look: RestoreCheck<"at-target"> = {
    name: "data-rules",
    stage: "at-target",
    async look({ server, copy }) {
      const databases = await contentDatabases(server.database);
      const reader = `ops_data_${copy.id.replaceAll(/[^a-z0-9]/g, "_")}`;
      results = await withReaderOnCopy(server, databases, reader, (database) =>
        runRules(context, database, rules, { ...options, databases, copy: true }),
      );
      return pass(`${results.length} rules were run on the copy, as a role that only reads`);
    },
  };
  const goal = await findGoal(context, undefined);
  const done = await testRestore(context, goal, {
    purpose: "data check",
    restoreChecks: [...RESTORE_CHECKS, look],
    timeoutSeconds: options.limitSeconds,
    samples: await samples(context),
  });
  return { results, checks: done.checks, cluster: done.goal.set.systemIdentifier };
}
