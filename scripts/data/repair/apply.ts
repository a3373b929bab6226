// Applies a plan that was reviewed: first everything that can be refused before a row is written, then the rows, in short transactions.
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { inconclusive, pass } from "../../core/finding";
import type { Session } from "../../postgres/port";
import { systemIdentifierOf } from "../../postgres/system-identifier";
import type { ChangedRow } from "../images/change";
import { lookedFor } from "../images/change";
import { rootsOf } from "../images/compare";
import type { RepairTools } from "../port";
import { type Dealt, Incomplete, writeBatches } from "./batches";
import { decide } from "./decide";
import { maySilenceTriggers, repairer, requireFitLogin, requireNoSuperuser } from "./login";
import { digestOf, isApplicable, type Plan, planText, totalOf } from "./plan";
import { beginRepair, findRepair, openQuarantine } from "./quarantine";
import { brokenReferences, listReferences } from "./references";
import { tallyOf } from "./tally-of";
import { lockRow, type Writable, writable, writeRow } from "./write";

export interface Applied {
  checks: Check[];
  written: number;
  conflicts: number;
  /** Rows of the list that an earlier run had dealt with. */
  before: number;
}

/** @param file the plan's rows */
export async function applyPlan(context: RepairTools, plan: Plan, file: string): Promise<Applied> {
  await requireSamePlace(context, plan);
  const checks: Check[] = [];
  const database = plan.tables[0]?.database;
  if (database === undefined)
    throw new OpsError("usage", "the plan names no table", { expected: "rows to put back" });
  const session = await repairer(context).session(database);
  try {
    await lockRepairs(session);
    await requireNoSuperuser(session);
    await openQuarantine(session);
    const known = await findRepair(session, plan.id);
    if (known?.finished) throw done(plan.id);
    if (known && known.plan !== digestOf(planText(plan))) throw other(plan.id);
    checks.push(await requireIntact(context, plan, file));
    const roots = await rootsOf(session, plan.tables);
    await requireFitLogin(session, roots, plan.triggers === "fire");
    if (plan.triggers === "off") await requireSilence(session);
    checks.push({
      name: "preconditions",
      ...pass("the cluster, the tables' columns and the login's rights are as planned"),
    });
    if (!known) checks.push(await requireNoSurprise(context, plan, file));
    if (!known) await beginRepair(session, plan.id, digestOf(planText(plan)));
    const tables = [];
    for (const root of roots) tables.push(await writable(session, root));
    return await write(context, session, plan, file, { tables, position: known?.position ?? 0, checks });
  } finally {
    await session.close();
  }
}

interface Writing {
  tables: readonly Writable[];
  position: number;
  checks: Check[];
}

async function write(
  context: RepairTools,
  session: Session,
  plan: Plan,
  file: string,
  { tables, position, checks }: Writing,
): Promise<Applied> {
  const references = await listReferences(
    session,
    tables.map(({ root }) => root),
  );
  const late: string[] = [];
  const { written, notes } = await context.progress.phase("put rows back", (progress) =>
    writeBatches(context, session, {
      id: plan.id,
      position,
      rows: context.rowFiles.read(file) as AsyncIterable<ChangedRow>,
      silent: plan.triggers === "off",
      onRows: (done) => progress.update(done, plan.rows.count, "rows"),
      async deal(row, at): Promise<Dealt> {
        const table = tables[row.table]!;
        const { root } = table;
        const image = lookedFor(root, row);
        const locked = image ? await lockRow(session, table, image) : null;
        const { deed, conflict } = decide(row, locked?.image ?? null, plan.policy);
        if (conflict && plan.policy === "stop") throw changedMeanwhile(plan, at);
        const note = conflict ? { note: conflict } : {};
        if (deed.do === "nothing") return note;
        const is = await writeRow(session, table, locked, deed);
        const { schema, name, columns } = root;
        const names = columns.map((column) => column.name);
        return { ...note, written: { root, schema, name, columns: names, was: locked?.image ?? null, is } };
      },
      async check(rows, last) {
        const broken = plan.triggers === "off" ? await brokenReferences(session, references, rows) : [];
        if (broken.length > 0) throw breaks(plan, broken, last ? OpsError : Incomplete);
        if (last) late.push(...(await brokenInvariants(context, session, plan)));
      },
    }),
  );
  const conflicts = notes.length;
  checks.push(
    {
      name: "rows-written",
      ...pass(
        `${written} rows written, each kept as it was in ops_quarantine; ${conflicts} left as somebody changed them since`,
      ),
    },
    {
      name: "foreign-keys",
      ...pass(
        plan.triggers === "off"
          ? `${references.length} foreign keys hold for every row that was written`
          : "held by their own triggers",
      ),
    },
    {
      name: "invariants",
      ...(late.length === 0
        ? pass(`${plan.invariants.length} conditions held before the last commit`)
        : inconclusive(`not to be told in time: ${late.join(", ")}; run \`ops data check\``)),
    },
  );
  return { checks, written, conflicts, before: position };
}

/** @throws OpsError fail when one is broken; @returns names of those that take too long to be asked with rows locked */
async function brokenInvariants(context: RepairTools, session: Session, plan: Plan): Promise<string[]> {
  const late: string[] = [];
  for (const { name, database, sql } of context.platform.invariants) {
    if (!plan.invariants.includes(name) || database !== plan.tables[0]?.database) continue;
    await session.query("savepoint invariant");
    try {
      const [row] = await session.query<{ broken: boolean }>(`select exists (${sql}) as broken`);
      if (row?.broken) throw breaks(plan, [`invariant ${name}`]);
      await session.query("release savepoint invariant");
    } catch (error) {
      if (error instanceof OpsError && error.exit === "fail") throw error;
      await session.query("rollback to savepoint invariant");
      late.push(name);
    }
  }
  return late;
}

/** @throws OpsError proofs */
async function requireIntact({ rowFiles }: RepairTools, plan: Plan, file: string): Promise<Check> {
  const digest = await rowFiles.digest(file).catch(() => undefined);
  if (digest !== plan.rows.sha256)
    throw new OpsError("proofs", "the rows beside the plan are not those that were planned", {
      expected: `sha256 ${plan.rows.sha256}`,
      todo: "make the plan again; no row was written",
    });
  const name = digestOf(planText(plan)).slice(0, 16);
  return {
    name: "plan-intact",
    ...pass(`the plan and its ${plan.rows.count} rows are those of digest ${name}`),
  };
}

/** @throws OpsError usage, proofs */
async function requireSamePlace(context: RepairTools, plan: Plan): Promise<void> {
  if (plan.platform !== context.platform.name || plan.environment !== context.environment)
    throw new OpsError("usage", `the plan is of platform ${plan.platform} in ${plan.environment}`, {
      expected: `a plan of ${context.platform.name} in ${context.environment}`,
    });
  const running = await systemIdentifierOf(context.servers.source(context.platform));
  if (plan.cluster === null || running === plan.cluster) return;
  throw new OpsError("proofs", `the source is cluster ${running}`, {
    expected: `cluster ${plan.cluster}, whose transactions the plan takes back`,
    todo: "nothing was written; see that the platform file names the right server",
  });
}

/** What happened since the plan was made must not make it write more, or stop. */
async function requireNoSurprise(context: RepairTools, plan: Plan, file: string): Promise<Check> {
  const several = plan.transactions.length > 1;
  const tally = await tallyOf(context, plan.tables, file, { policy: plan.policy, several });
  const tables = tally.result().map((table, index) => ({ ...table, triggers: plan.tables[index]!.triggers }));
  const now = totalOf({ tables });
  if (!isApplicable({ policy: plan.policy, tables }))
    throw new OpsError(
      "proofs",
      `${now.conflicts} rows were changed by others since, and the plan says to stop then`,
      {
        expected: "no conflict",
        todo: "make the plan again with --policy keep-newer or take-older; nothing was written",
      },
    );
  return {
    name: "still-as-planned",
    ...pass(`${now.writes} rows to write, ${totalOf(plan).writes} were planned`),
  };
}

/** Two repairs at once would each see half of the other. */
export async function lockRepairs(session: Session): Promise<void> {
  const [row] = await session.query<{ got: boolean }>(
    "select pg_try_advisory_lock(hashtextextended('netedu-ops repair', 0)) as got",
  );
  if (row?.got) return;
  throw new OpsError("locked", "another repair is being applied to this database", {
    expected: "one at a time",
    todo: "wait for it",
  });
}

async function requireSilence(session: Session): Promise<void> {
  if (await maySilenceTriggers(session)) return;
  throw new OpsError("config", "the login may not keep triggers silent", {
    expected: "PostgreSQL 15 or later, and: grant set on parameter session_replication_role to the login",
    todo: "grant it, or make the plan again with --triggers fire",
  });
}

function done(id: string): OpsError {
  return new OpsError("usage", `repair ${id} was applied already`, {
    expected: "a plan that was not",
    todo: `\`ops data unrepair ${id}\` takes it back`,
  });
}

function other(id: string): OpsError {
  return new OpsError("proofs", `repair ${id} was begun with another plan of this name`, {
    expected: "the plan that it was begun with",
  });
}

function changedMeanwhile({ id }: Plan, at: number): OpsError {
  return new OpsError("proofs", `row ${at + 1} of the plan was changed by somebody since it was looked at`, {
    expected: "rows as they were planned; the plan says to stop at a conflict",
    todo: `what was committed before it can be taken back: \`ops data unrepair ${id}\`; or make a plan with another --policy`,
  });
}

function breaks({ id }: Plan, what: readonly string[], kind: typeof OpsError = OpsError): OpsError {
  return new kind("fail", `the repair would break ${what.join("; ")}`, {
    expected: "conditions that hold before each commit",
    todo: `this batch was not written; what was committed before it can be taken back: \`ops data unrepair ${id}\``,
  });
}
