// Takes a repair back: every row that is still as the repair left it becomes what it was before. It is a repair itself, with rows kept of its
// own, and can be taken back in turn.
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { judge, pass } from "../../core/finding";
import { HAZARDS } from "../../postgres/listing";
import type { Session } from "../../postgres/port";
import { type Catalogue, readCatalogue } from "../images/catalogue";
import { equalImages, type Image } from "../images/change";
import type { RepairTools } from "../port";
import { lockRepairs } from "./apply";
import { type Batches, type Dealt, Incomplete, writeBatches } from "./batches";
import type { Deed } from "./decide";
import { maySilenceTriggers, repairer, requireFitLogin, requireNoSuperuser } from "./login";
import {
  beginRepair,
  closeRepair,
  countKept,
  findRepair,
  findUnfinished,
  type Kept,
  openQuarantine,
  readKept,
} from "./quarantine";
import { brokenReferences, listReferences } from "./references";
import { lockRow, type Writable, writable, writeRow } from "./write";

export interface Unrepaired {
  /** Of itself. */
  id: string;
  checks: Check[];
  written: number;
  /** Rows that somebody changed since: they stay. */
  changed: number;
  rows: number;
}

const PAGE = 500;

/**
 * @param id of the repair; @param newId of this one, unless an earlier run began it; @param write false only counts
 * @throws OpsError usage when there is no such repair
 */
export async function unrepair(
  context: RepairTools,
  { id, newId, database, write }: { id: string; newId: string; database: string; write: boolean },
): Promise<Unrepaired> {
  const session = await repairer(context).session(database);
  try {
    await lockRepairs(session);
    await requireNoSuperuser(session);
    await openQuarantine(session);
    if (!(await findRepair(session, id))) throw unknown(id, database);
    const rows = await countKept(session, id);
    const tables = await tablesOf(session, id);
    const roots = [...tables.values()].map(({ root }) => root);
    const silent = await maySilenceTriggers(session);
    await requireFitLogin(session, roots, !silent);
    const references = await listReferences(session, roots);
    const begun = await findUnfinished(session, planOf(id));
    const own = begun?.id ?? newId;
    if (write) await closeRepair(session, id);
    if (!begun && write) await beginRepair(session, own, planOf(id));
    const deal = async (kept: Kept): Promise<Dealt> => {
      const table = tables.get(keyOfTable(kept))!;
      const done = await back(session, table, kept, write);
      if (done === "changed") return { note: `row ${kept.position + 1} (${kept.schema}.${kept.name})` };
      return done ? { written: { ...done, root: table.root } } : {};
    };
    const { written, notes: changed } = write
      ? await context.progress.phase("put rows back", (progress) =>
          writeBatches(context, session, {
            id: own,
            position: begun?.position ?? 0,
            rows: keptRows(session, id),
            silent,
            deal,
            onRows: (done) => progress.update(done, rows, "rows"),
            async check(all, last) {
              const broken = silent ? await brokenReferences(session, references, all) : [];
              if (broken.length > 0)
                throw new (last ? OpsError : Incomplete)(
                  "fail",
                  `taking the repair back would break ${broken.join("; ")}`,
                  {
                    expected: "foreign keys that hold before each commit",
                    todo: `this batch was not written; \`ops data unrepair ${own}\` takes back what was`,
                  },
                );
            },
          }),
        )
      : await lookThrough(session, id, deal);
    return { id: own, written, changed: changed.length, rows, checks: checksOf(rows, written, changed) };
  } finally {
    await session.close();
  }
}

/** Only tells which rows were changed since. */
async function lookThrough(
  session: Session,
  id: string,
  deal: (kept: Kept) => Promise<Dealt>,
): Promise<Batches> {
  const notes: string[] = [];
  for await (const kept of keptRows(session, id)) {
    const { note } = await deal(kept);
    if (note !== undefined) notes.push(note);
  }
  return { written: 0, notes };
}

function checksOf(rows: number, written: number, changed: readonly string[]): Check[] {
  return [
    { name: "rows-written", ...pass(`${written} of ${rows} rows are what they were before the repair`) },
    {
      name: "unchanged-since",
      ...judge(
        changed.map((row) => `${row} was changed by somebody since the repair, and stays`),
        "nobody changed them since",
      ),
    },
  ];
}

function keyOfTable({ schema, name, columns }: Kept): string {
  return JSON.stringify([schema, name, columns]);
}

async function* keptRows(session: Session, id: string): AsyncGenerator<Kept> {
  for (let below = Number.MAX_SAFE_INTEGER; ; ) {
    const page = await readKept(session, id, below, PAGE);
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    below = last.position;
  }
}

/** @throws OpsError usage when a table is not what it was */
async function tablesOf(session: Session, id: string): Promise<Map<string, Writable>> {
  const catalogue = await readCatalogue(session, HAZARDS);
  const tables = new Map<string, Writable>();
  for await (const kept of keptRows(session, id)) {
    const key = keyOfTable(kept);
    if (!tables.has(key)) tables.set(key, await writable(session, rootOf(catalogue, kept)));
  }
  return tables;
}

function rootOf({ roots }: Catalogue, { schema, name, columns }: Kept) {
  const root = [...roots.values()].find((each) => each.schema === schema && each.name === name);
  if (root && JSON.stringify(root.columns.map((column) => column.name)) === JSON.stringify(columns))
    return root;
  throw new OpsError("usage", `${schema}.${name} is not what it was when the repair was applied`, {
    expected: `a table with the columns ${columns.join(", ")}`,
    todo: "its rows as they were are in ops_quarantine.rows, to be put back by hand",
  });
}

async function back(session: Session, table: Writable, { was, became }: Kept, write: boolean) {
  // In a table without a key another row may look just like the one that the repair took out.
  const image = became ?? (table.root.key.length > 0 ? was : null);
  if (image === null && was === null) return undefined;
  const locked = image && (await lockRow(session, table, image));
  const present = locked?.image ?? null;
  if (same(present, was)) return undefined;
  if (!same(present, became)) return "changed";
  if (!write) return undefined;
  const is = await writeRow(session, table, locked, deedOf(present, was));
  const { schema, name, columns } = table.root;
  return { schema, name, columns: columns.map((column) => column.name), was: present, is };
}

function same(one: Image | null, other: Image | null): boolean {
  return one === null || other === null ? one === other : equalImages(one, other);
}

function deedOf(present: Image | null, was: Image | null): Exclude<Deed, { do: "nothing" }> {
  if (was === null) return { do: "delete" };
  if (present === null) return { do: "insert", image: was };
  const columns = was.flatMap((value, at) => (value === present[at] ? [] : [at]));
  return { do: "update", columns, image: was };
}

function unknown(id: string, database: string): OpsError {
  return new OpsError("unknownTarget", `database ${database} knows no repair ${id}`, {
    expected: "the id that `ops data apply` printed",
    todo: "look into its evidence: `ops evidence list`",
  });
}

function planOf(id: string): string {
  return `unrepair of ${id}`;
}
