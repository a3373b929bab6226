// Runs rules over databases: in parallel, under one exported snapshot a database, each statement guarded and with a limit.
// It does not know whether it reads the source, a standby or a copy.
import type { DataRule, GenericRule, RuleKey, SqlRule } from "../../../policies/data/quality";
import { VALUE_KINDS } from "../../../policies/data/values";
import { codeOf, OpsError } from "../../core/errors";
import type { Core } from "../../core/tools";
import { quote } from "../../postgres/fingerprint";
import { beginReading, exportSnapshot, openReader } from "../../postgres/hold";
import type { Database, Row, Session } from "../../postgres/port";
import { PLANNERS } from "./generic";
import type { Circumstances, Probe } from "./generic/probe";
import { Emptied, type GuardedReader, guardedQuery, openGuarded, Unable, unableOf } from "./guarded-read";
import { shownKey } from "./keys";
import { bindNamed } from "./parameters";
import { addResults, emptyResult, type RuleResult, type SampledRow } from "./result";

export interface RunOptions extends Circumstances {
  /** Of the whole run, seconds. */
  limitSeconds: number;
  /** Databases of rules that name none. */
  databases: readonly string[];
  /** JSON by the statement's name. */
  statements: Readonly<Record<string, string>>;
  /** For digests of personal keys. */
  secret: Buffer;
  /** Statements that run at the same time. Default 2. */
  workers?: number;
  onRule?: (done: number, total: number) => void;
}

interface Task {
  rule: DataRule;
  database: string;
}

/** One result a rule, in the order given. @throws OpsError unavailable when a session is lost */
export async function runRules(
  { clock, signal }: Pick<Core, "clock" | "signal">,
  source: Database,
  rules: readonly DataRule[],
  options: RunOptions,
): Promise<RuleResult[]> {
  const results = new Map(rules.map((rule) => [rule, emptyResult(rule)]));
  const tasks = rules.flatMap((rule) => tasksOf(rule, options));
  const ends = clock.seconds() + options.limitSeconds;
  let done = 0;
  for (const database of new Set(tasks.map((task) => task.database))) {
    const queue = tasks.filter((task) => task.database === database);
    const add = (rule: DataRule, result: RuleResult): void => {
      results.set(rule, addResults(results.get(rule)!, result));
      options.onRule?.(++done, tasks.length);
    };
    const snapshot = await openSnapshot(source, database);
    if (snapshot instanceof Unable) {
      for (const { rule } of queue) add(rule, { ...emptyResult(rule), unable: [snapshot.message] });
      continue;
    }
    const worker = async (): Promise<void> => {
      const reader = await openGuarded(source, database, snapshot.exported, options.copy);
      try {
        for (let task = queue.shift(); task; task = queue.shift()) {
          signal.throwIfAborted();
          const began = clock.seconds();
          const result = await runOne(reader, task, options, () => ends - clock.seconds());
          add(task.rule, { ...result, seconds: clock.seconds() - began });
        }
      } finally {
        await reader.close();
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(options.workers ?? 2, queue.length) }, worker));
    } finally {
      await snapshot.session.close();
    }
  }
  return rules.map((rule) => {
    const result = results.get(rule)!;
    const { statement } = rule as Partial<SqlRule>;
    return statement !== undefined && options.statements[statement.name] === undefined
      ? { ...result, notApplicable: `no statement was given (--statement ${statement.name}=<file>)` }
      : result;
  });
}

function tasksOf(rule: DataRule, { databases, statements }: RunOptions): Task[] {
  if ("sql" in rule) {
    const { statement, database } = rule;
    return statement === undefined || statements[statement.name] !== undefined ? [{ rule, database }] : [];
  }
  const all = rule.database === undefined ? databases : [rule.database];
  return all.map((database) => ({ rule, database }));
}

/** @returns Unable when there is no such database, or it lets nobody in */
async function openSnapshot(
  source: Database,
  database: string,
): Promise<{ session: Session; exported: string } | Unable> {
  let session: Session;
  try {
    session = await openReader(source, database);
  } catch (error) {
    const why: unknown = error instanceof OpsError ? error.cause : error;
    if (!["3D000", "55000", "42501"].includes(codeOf(why))) throw error;
    return new Unable(`database ${database} is not there, or lets nobody in (SQLSTATE ${codeOf(why)})`);
  }
  try {
    await beginReading(session, undefined);
    const { exported } = await exportSnapshot(session);
    return { session, exported };
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function runOne(
  reader: GuardedReader,
  { rule, database }: Task,
  options: RunOptions,
  left: () => number,
): Promise<RuleResult> {
  const asked = { reader, rule, secret: options.secret, left };
  if ("sql" in rule) {
    const given = Object.fromEntries(
      Object.entries(rule.parameters).map(([name, { kind, default: value }]) => [
        name,
        { type: VALUE_KINDS[kind].type, value },
      ]),
    );
    const statement = rule.statement && options.statements[rule.statement.name];
    const { text, values } = bindNamed(rule.sql, { ...given, statement: { type: "json", value: statement } });
    return rowsFound(asked, undefined, { sql: text, values, keys: rule.keys });
  }
  return runGeneric(asked, rule, database, options);
}

interface Asked {
  reader: GuardedReader;
  rule: DataRule;
  secret: Buffer;
  /** Seconds that the whole run still has. */
  left(): number;
}

async function runGeneric(
  asked: Asked,
  rule: GenericRule,
  database: string,
  options: RunOptions,
): Promise<RuleResult> {
  let probes: Probe[];
  try {
    probes = await PLANNERS[rule.generic](asked.reader.catalogue, rule, options);
  } catch (error) {
    if (error instanceof Emptied) return { ...emptyResult(rule), notApplicable: error.message };
    const unable = unableOf(error, rule.seconds);
    if (!(unable instanceof Unable)) throw unable;
    return { ...emptyResult(rule), unable: [`${database}: ${unable.message}`] };
  }
  let result = emptyResult(rule);
  for (const probe of probes) {
    if (rule.ignore.includes(probe.object)) continue;
    const object = options.databases.length > 1 ? `${database}: ${probe.object}` : probe.object;
    if ("wrong" in probe)
      result = addResults(result, { ...emptyResult(rule), count: 1, told: [`${object}: ${probe.wrong}`] });
    else if ("unable" in probe)
      result = addResults(result, { ...emptyResult(rule), unable: [`${object}: ${probe.unable}`] });
    else result = addResults(result, await rowsFound(asked, object, { ...probe, values: [] }));
  }
  return result;
}

async function rowsFound(
  { reader, rule, secret, left }: Asked,
  object: string | undefined,
  { sql, values, keys }: { sql: string; values: readonly unknown[]; keys: readonly RuleKey[] },
): Promise<RuleResult> {
  const unable = (why: string): RuleResult => ({
    ...emptyResult(rule),
    unable: [object === undefined ? why : `${object}: ${why}`],
  });
  const seconds = Math.min(rule.seconds, left());
  if (seconds <= 0) return unable("the time of the whole run was up before it");
  try {
    const rows = await guardedQuery<Row>(reader, counting(sql, keys, rule), values, seconds);
    const count = Number(rows[0]?.n ?? 0);
    const sample = rows
      .filter((row) => row.shown === true)
      .map(
        (row): SampledRow => ({
          ...(object === undefined ? {} : { object }),
          key: Object.fromEntries(
            keys.map((key, i) => [key.column, shownKey(key, row[`k${i}`] as string | null, secret)]),
          ),
        }),
      );
    return { ...emptyResult(rule), count: Math.min(count, rule.most), atLeast: count > rule.most, sample };
  } catch (error) {
    if (!(error instanceof Unable)) throw error;
    if (!(error instanceof Emptied)) return unable(error.message);
    // Of a generic rule it is one table among many.
    return object === undefined ? { ...emptyResult(rule), notApplicable: error.message } : emptyResult(rule);
  }
}

/**
 * The number of rows, up to one more than are counted, and the keys of the first. A key is printed by the output function of its type:
 * a cast, and what makes JSON of a value, would ask for casts that its owner may have made.
 */
function counting(sql: string, keys: readonly RuleKey[], { most, sample }: DataRule): string {
  const shown = keys.map(
    ({ column }, i) =>
      `case when r.${quote(column)} is not null then format('%s', r.${quote(column)}) end as k${i}`,
  );
  const none = keys.map((_, i) => `null::pg_catalog.text as k${i}`);
  return `with ops_wrong as materialized (select q.* from (${sql}) as q limit ${most + 1})
    (select true as shown, (select count(*) from ops_wrong)::pg_catalog.text as n, ${shown.join(", ")} from ops_wrong as r limit ${sample})
    union all
    (select false, (select count(*) from ops_wrong)::pg_catalog.text, ${none.join(", ")})`;
}
