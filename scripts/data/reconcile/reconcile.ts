// What third parties know that the database does not: statements since a restore point held against the tables that must have the
// same items. Reads the source as every job does; of statements only numbers and times are taken.
import path from "node:path";
import type { StatementForm } from "../../../policies/data/statements";
import type { Check } from "../../core/evidence";
import { fail, inconclusive, pass } from "../../core/finding";
import type { Core, Operated } from "../../core/tools";
import type { EvidenceTools } from "../../evidence/port";
import type { MachineTools } from "../../machine/port";
import { isNamed, type ListedTable, listMaskable } from "../../masking/catalogue";
import { qualified, quote } from "../../postgres/fingerprint";
import { isLockTimeout, openReader } from "../../postgres/hold";
import { readInPeace } from "../../postgres/let-go";
import type { Database, PostgresTools } from "../../postgres/port";
import { type Entry, openOf, remembered } from "./state";
import { type Item, readStatement } from "./statement";

export type ReconcileTools = Core & Operated & MachineTools & PostgresTools & EvidenceTools;

/** A provider books by its own clock, a little before or after we do. */
const MARGIN_SECONDS = 600;
/** Numbers that are asked for at once. */
const ASKED = 2000;

export interface Reconciled {
  checks: Check[];
  /** Still to be decided, or done. */
  open: (Entry & { place: string; number: string })[];
}

/** @param directory where statements lie @throws OpsError config, unavailable */
export async function reconcile(
  context: ReconcileTools,
  forms: readonly StatementForm[],
  { since, directory }: { since: Date; directory: string },
): Promise<Reconciled> {
  const known = remembered(await context.ledger.entries(), context.platform.name, since.toISOString());
  const names = await context.host.list(directory);
  const checks: Check[] = [];
  const open: Reconciled["open"] = [];
  for (const form of forms) {
    const files = names.filter((name) => matches(name, form.files)).sort();
    const items = await itemsOf(context, form, files, directory, since);
    const there = await thereOf(context, form, items);
    const mine = new Map([...known].filter(([, { provider }]) => provider === form.name));
    const now = items.map((item) => ({
      ...item,
      provider: form.name,
      there: there?.has(item.number) ?? false,
    }));
    const left = there ? openOf(mine, now) : [];
    const places = new Map(items.map((item) => [item.id, item]));
    open.push(
      ...left.map((each) => ({
        ...each,
        place: places.get(each.id)?.place ?? "in no statement that was given now",
        number: places.get(each.id)?.number ?? "",
      })),
    );
    checks.push({ name: `statement-${form.name}`, ...judged(form, files, items, there, left) });
  }
  return { checks, open };
}

function judged(
  form: StatementForm,
  files: readonly string[],
  items: readonly Item[],
  there: ReadonlySet<string> | undefined,
  left: readonly Entry[],
): Check["detail"] extends string ? Pick<Check, "verdict" | "detail"> : never {
  if (!there) return inconclusive(`${form.matches.table} cannot be read now`);
  if (left.length > 0) {
    const not = left.filter(({ as }) => as === "replayed").length;
    const said = not > 0 ? `; ${not} said to be replayed are not there` : "";
    return fail(
      `${left.length} of ${items.length} items are not in ${form.matches.table}, and not waived${said}`,
    );
  }
  if (files.length === 0)
    return inconclusive(`no file is called ${form.files}: nothing is known of what it would say`);
  return pass(`${items.length} items in ${files.length} files, all in ${form.matches.table} or waived`);
}

function matches(name: string, pattern: string): boolean {
  const form = pattern
    .split("*")
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${form}$`, "u").test(name);
}

async function itemsOf(
  { host }: MachineTools,
  form: StatementForm,
  files: readonly string[],
  directory: string,
  since: Date,
): Promise<Item[]> {
  const from = since.getTime() - MARGIN_SECONDS * 1000;
  const items = new Map<string, Item>();
  for (const file of files) {
    const text = await host.readInput(path.join(directory, file));
    // A day's statement may repeat what the one before had.
    for (const item of readStatement(form, file, text))
      if (item.at.getTime() >= from) items.set(item.id, item);
  }
  return [...items.values()];
}

/** Which of the numbers the table has; undefined where it cannot be read without running code of theirs, or now. */
async function thereOf(
  context: ReconcileTools,
  form: StatementForm,
  items: readonly Item[],
): Promise<ReadonlySet<string> | undefined> {
  const source = context.servers.source(context.platform);
  const { done } = await context.progress.phase(`look for items of ${form.name}`, () =>
    readInPeace(context, source, (watched) => found(watched, form, items)),
  );
  return done;
}

async function found(
  source: Database,
  { matches: { database, table, column } }: StatementForm,
  items: readonly Item[],
): Promise<ReadonlySet<string> | undefined> {
  const session = await openReader(source, database);
  try {
    const listed = await listMaskable(session);
    const tables = listed.filter((each) => each.kind === "r" && isNamed(each, table));
    const readable = tables.filter(
      (each) => !each.hazardous && each.columns.some((one) => one.name === column && one.own),
    );
    if (tables.length === 0 || readable.length < tables.length) return undefined;
    const there = new Set<string>();
    for (const each of tables) {
      await session.query("begin read only");
      await session.query("set local lock_timeout = '1ms'");
      await session.query(`lock table only ${qualified(each)} in access share mode nowait`);
      const same = await session.query("select from pg_class where oid = $1::oid and oid = $2::regclass", [
        each.oid,
        qualified(each),
      ]);
      if (same.length === 0) return undefined;
      const asked = askedBy(each, column);
      for (let at = 0; at < items.length; at += ASKED) {
        const rows = await session.query<{ number: string }>(
          `select ${quote(column)}::text as number from only ${qualified(each)} where ${asked.condition}`,
          [asked.fit(items.slice(at, at + ASKED).map(({ number }) => number))],
        );
        for (const { number } of rows) there.add(number);
      }
      await session.query("commit");
    }
    return there;
  } catch (error) {
    if (isLockTimeout(error)) return undefined;
    throw error;
  } finally {
    await session.close();
  }
}

/** Asked in the column's own type, so that an index serves; what cannot be of that type is not there. */
function askedBy(
  table: ListedTable,
  column: string,
): { condition: string; fit(numbers: readonly string[]): string[] } {
  const base = table.columns.find(({ name }) => name === column)?.base ?? "";
  const name = quote(column);
  if (base === "int8" || base === "int4")
    return {
      condition: `${name} = any($1::int8[])`,
      fit: (numbers) => numbers.filter((number) => /^\d{1,18}$/.test(number)),
    };
  const same = base === "text" || base === "varchar" ? name : `${name}::text`;
  return { condition: `${same} = any($1::text[])`, fit: (numbers) => [...numbers] };
}
