// Makes the plan that takes transactions back: reads what they did, holds it against the source as it is now, and writes nothing there.
import path from "node:path";
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { fail, pass } from "../../core/finding";
import { showObject } from "../../postgres/object-name";
import type { Session } from "../../postgres/port";
import { isId } from "../../restore/copy-record";
import { rootsOf } from "../images/compare";
import type { RepairTools } from "../port";
import { type Changes, requireOneDatabase } from "../transactions";
import { isoOf } from "../wal/time";
import type { Policy } from "./decide";
import { maySilenceTriggers, repairer, requireFitLogin } from "./login";
import { digestOf, isApplicable, type Plan, parsePlan, planText, totalOf } from "./plan";
import { tallyOf } from "./tally-of";

export interface PlanRequest {
  policy: Policy;
  triggers: "off" | "fire";
  /** More rows are not written by one plan. */
  mostRows: number;
  /** Names of invariants that need not hold afterwards. */
  without: readonly string[];
}

export interface PlannedUndo {
  plan: Plan;
  text: string;
  /** Of the plan. */
  file: string;
  checks: Check[];
  changes: Changes;
}

export function planFile({ rowFiles }: Pick<RepairTools, "rowFiles">, id: string): string {
  return path.join(rowFiles.directory, `${id}.plan.json`);
}

export function rowsFile({ rowFiles }: Pick<RepairTools, "rowFiles">, id: string): string {
  return path.join(rowFiles.directory, `${id}.rows`);
}

/** Plans that nobody applied: their rows are people's data, and are not kept for ever. */
const KEPT_DAYS = 14;

/** Removes plans that are older, with their rows. An id begins with the day on which it was made. */
async function removeOld(context: RepairTools): Promise<void> {
  const { host, rowFiles, clock } = context;
  if (!(await host.exists(rowFiles.directory))) return;
  const limit = new Date(clock.now().getTime() - KEPT_DAYS * 86_400_000);
  const oldest = limit.toISOString().slice(0, 10).replaceAll("-", "");
  for (const name of await host.list(rowFiles.directory))
    if (isId(name.split(".")[0] ?? "") && name.slice(0, 8) < oldest)
      await rowFiles.remove(path.join(rowFiles.directory, name));
}

/** A plan as it was written, and its text. @throws OpsError unknownTarget, config */
export async function readPlan(context: RepairTools, id: string): Promise<{ plan: Plan; text: string }> {
  const file = planFile(context, id);
  const text = await context.host.readText(file).catch((cause: unknown) => {
    throw new OpsError("unknownTarget", `there is no plan ${id} here`, {
      expected: file,
      todo: "make one with `ops data undo`; plans stay on the machine that made them",
      cause,
    });
  });
  return { plan: parsePlan(text, file), text };
}

/**
 * @param read writes the rows that are to be taken back into a file of this name
 * @throws OpsError whatever keeps it from being made; nothing is left then
 */
export async function makePlan(
  context: RepairTools,
  request: PlanRequest,
  read: (name: string) => Promise<Changes>,
): Promise<PlannedUndo> {
  await removeOld(context);
  const id = context.newId();
  const changes = await read(path.basename(rowsFile(context, id)));
  try {
    return await planOf(context, request, id, changes);
  } catch (error) {
    await context.rowFiles.remove(changes.file);
    throw error;
  }
}

async function planOf(
  context: RepairTools,
  request: PlanRequest,
  id: string,
  changes: Changes,
): Promise<PlannedUndo> {
  const { policy, triggers, mostRows, without } = request;
  requireOnlyRows(changes);
  requireOneDatabase(changes.tables);
  const tally = await tallyOf(context, changes.tables, changes.file, {
    policy,
    several: changes.transactions.length > 1,
  });
  const names = await triggersOf(context, changes, triggers);
  const plan: Plan = {
    id,
    made: context.clock.now().toISOString(),
    environment: context.environment,
    platform: context.platform.name,
    cluster: changes.cluster ?? null,
    transactions: changes.transactions.map(({ xid, lsn, at }) => ({ xid, lsn, at: isoOf(at) })),
    ...(changes.between ? { between: changes.between } : {}),
    policy,
    triggers,
    tables: tally.result().map((table, index) => ({ ...table, triggers: names[index]! })),
    rows: { count: changes.rows, sha256: await context.rowFiles.digest(changes.file) },
    invariants: context.platform.invariants
      .filter(({ name, database }) => database === changes.tables[0]?.database && !without.includes(name))
      .map(({ name }) => name),
  };
  const { writes } = totalOf(plan);
  if (writes > mostRows)
    throw new OpsError("usage", `the plan would write ${writes} rows`, {
      expected: `at most ${mostRows}`,
      todo: "raise --most-rows, if that many rows are meant",
    });
  const text = planText(plan);
  const file = planFile(context, id);
  await context.host.writeText(file, text, { mode: 0o600 });
  return { plan, text, file, changes, checks: [...changes.checks, ...checksOf(plan)] };
}

/** What was done to whole tables is not taken back row by row. @throws OpsError usage */
function requireOnlyRows({ fates, rows, between }: Changes): void {
  const structural = fates.filter(({ how }) => how !== "emptied");
  const [first] = structural;
  if (first) {
    const names = structural.map(({ table, how }) => `${table.schema}.${table.name} was ${how}`).join(", ");
    throw new OpsError("usage", `more than rows: ${names}`, {
      expected: "changes of rows alone, or emptied tables",
      todo:
        first.how === "made"
          ? "a table that was not there then is taken away by a migration: leave it out"
          : besides(first.table),
    });
  }
  if (between && rows === 0)
    throw new OpsError("usage", "no row is to be taken back: none differs, or none is chosen", {
      expected: "rows that are not what they were",
      todo: "see what differs: `ops data diff`",
    });
}

function besides({ database, schema, name }: Changes["fates"][number]["table"]): string {
  const table = showObject({ database, table: { schema, name } });
  return `bring the table back beside the others: ops restore --to <before it> --only ${table} --load-into ${database}.<new schema>`;
}

const TRIGGERS = `
  select t.tgname::text as name from pg_trigger t
   where t.tgrelid = $1 and not t.tgisinternal and t.tgenabled in ('O', 'A') order by 1`;

/** The login is looked at as well: a plan that nobody may apply is none. */
async function triggersOf(
  context: RepairTools,
  { tables }: Changes,
  triggers: Plan["triggers"],
): Promise<string[][]> {
  const [first] = tables;
  if (!first) return [];
  const session: Session = await repairer(context).session(first.database);
  try {
    const roots = await rootsOf(session, tables);
    await requireFitLogin(session, roots, triggers === "fire");
    if (triggers === "off" && !(await maySilenceTriggers(session)))
      throw new OpsError("config", "the repairing login may not keep triggers silent", {
        expected: "PostgreSQL 15 or later, and: grant set on parameter session_replication_role to the login",
        todo: "grant it, or let triggers fire with --triggers fire",
      });
    const names: string[][] = [];
    for (const { oid } of roots)
      names.push((await session.query<{ name: string }>(TRIGGERS, [oid])).map(({ name }) => name));
    return names;
  } finally {
    await session.close();
  }
}

function checksOf(plan: Plan): Check[] {
  const { writes, conflicts, nothing, merged } = totalOf(plan);
  const said = `${writes} rows to write, ${nothing} with nothing to do, ${merged} of which others changed other columns since`;
  return [
    {
      name: "conflicts",
      ...(isApplicable(plan)
        ? pass(`${said}; ${conflicts} changed by others since, left by policy ${plan.policy}`)
        : fail(
            `${said}; ${conflicts} rows were changed by others since in the same columns, and the policy is to stop: choose --policy keep-newer or take-older`,
          )),
    },
    { name: "plan-made", ...pass(`digest ${digestOf(planText(plan))}`) },
  ];
}
