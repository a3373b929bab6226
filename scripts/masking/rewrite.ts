// Puts pseudonyms in the place of values, table by table, on a copy of our own. Values are masked in this process, a batch at a time,
// so that the key never is where the copy is. What the database defines (checks, generated columns, indexes, domains) runs while
// rows are written, as PostgreSQL has it: on a copy in a container without a way out, and nowhere else.
import { codeOf, OpsError } from "../core/errors";
import { literal, qualified, quote } from "../postgres/fingerprint";
import type { Session } from "../postgres/port";
import type { TableToMask } from "./declared";
import type { Mask } from "./mask";
import { changeOf } from "./rule";

/** Rows that are in memory at a time: so many, and so many bytes as stored (a compressed value may be some times longer). */
const BATCH_ROWS = 1000;
const BATCH_BYTES = 1024 * 1024;
const LOOKED_AHEAD = 5000;

export interface Rewritten {
  rows: number;
  /** Values that have another one in their place now. */
  values: number;
  /** Columns of which a value came out as it was, though there is something to mask in it. */
  unchanged: string[];
}

/**
 * What a server says of a value may hold it: neither its log nor anything of ours may. Triggers and rules do not fire, but those
 * that are told to fire always; `rewrite` switches them off.
 */
export const QUIET = [
  "set session_replication_role = replica",
  "set log_min_messages = panic",
  "set log_min_error_statement = panic",
  "set log_statement = 'none'",
  "set log_min_duration_statement = -1",
  "set enable_hashjoin = off",
  "set enable_mergejoin = off",
];

/** Rows of a table: those whose column, as text, is one of these. */
export interface Which {
  column: string;
  keys: readonly string[];
}

/** The condition that names them; nothing where all are meant. */
export const whereOf = (which: Which | undefined): string =>
  which === undefined ? "" : ` where ${quote(which.column)}::text in (${which.keys.map(literal).join(", ")})`;

/** One transaction a table. @param which rows, default all. @throws OpsError fail, naming the table and the server's code, never its words */
export async function rewrite(
  session: Session,
  { table, masked }: TableToMask,
  mask: Mask,
  onRows: (rows: number) => void = () => {},
  which?: Which,
): Promise<Rewritten> {
  const name = qualified(table);
  try {
    await session.query("begin");
    const asBefore = await silence(session, table.oid, name);
    const kept = table.columns.filter(({ generated }) => !generated).map((column) => column.name);
    const columns = kept.map(quote).join(", ");
    await session.query(
      `create temp table ops_rows on commit drop as select ${columns} from only ${name} with no data`,
    );
    const done = await fill(session, { name, kept, masked, where: whereOf(which) }, mask, onRows);
    // All are gone before the first comes back: a pseudonym may be what another row was called.
    await session.query(`delete from only ${name}${whereOf(which)}`);
    await session.query(
      `insert into ${name} (${columns}) overriding system value select ${columns} from pg_temp.ops_rows`,
    );
    for (const statement of asBefore) await session.query(statement);
    await session.query("commit");
    return done;
  } catch (error) {
    await session.query("rollback").catch(() => {});
    throw refused(error, name);
  }
}

interface Filling {
  name: string;
  kept: readonly string[];
  masked: TableToMask["masked"];
  where: string;
}

async function fill(
  session: Session,
  { name, kept, masked, where }: Filling,
  mask: Mask,
  onRows: (rows: number) => void,
): Promise<Rewritten> {
  const changes = masked.map(({ column, rule }) => ({
    name: column.name,
    // Of JSON only some values are masked, and perhaps none of this row.
    whole: typeof rule === "string",
    change: changeOf(mask, rule, column.room ?? Number.POSITIVE_INFINITY),
  }));
  const [read, write] = [reading(name, masked), writing(name, kept, masked)];
  const done: Rewritten = { rows: 0, values: 0, unchanged: [] };
  for await (const batch of batches(session, name, masked, where)) {
    const rows = await session.query<Record<string, string | null>>(read, [batch]);
    const columns = changes.map(({ change, whole, name: column }, index) =>
      rows.map((row) => {
        const value = row[`c${index}`];
        if (value === null || value === undefined) return null;
        const other = change(value);
        if (other !== value) done.values++;
        else if (whole && /[\p{L}\p{N}]/u.test(value) && !done.unchanged.includes(column))
          done.unchanged.push(column);
        return other;
      }),
    );
    await session.query(write, [rows.map((row) => row.at), ...columns]);
    done.rows += rows.length;
    onRows(done.rows);
  }
  return done;
}

function reading(name: string, masked: TableToMask["masked"]): string {
  const columns = masked.map(({ column }, index) => `${quote(column.name)}::text as c${index}`);
  return `select ctid::text as at, ${columns.join(", ")} from only ${name} where ctid = any($1::tid[])`;
}

function writing(name: string, kept: readonly string[], masked: TableToMask["masked"]): string {
  const columns = kept.map((column) => {
    const index = masked.findIndex((each) => each.column.name === column);
    // Cast to the type without its length: what is too long is refused, not cut off.
    return index < 0 ? `t.${quote(column)}` : `m.c${index}::${masked[index]!.column.type}`;
  });
  const given = masked.map((_, index) => `$${index + 2}::text[]`).join(", ");
  const names = masked.map((_, index) => `c${index}`).join(", ");
  return `insert into pg_temp.ops_rows (${kept.map(quote).join(", ")}) select ${columns.join(", ")}
            from unnest($1::tid[], ${given}) as m(at, ${names}) join only ${name} as t on t.ctid = m.at`;
}

/** Where rows are, by sizes as stored, which are told without reading what lies outside of the row. */
async function* batches(
  session: Session,
  name: string,
  masked: TableToMask["masked"],
  where: string,
): AsyncGenerator<string[]> {
  const size = masked.map(({ column }) => `coalesce(pg_column_size(${quote(column.name)}), 0)`).join(" + ");
  await session.query(
    `declare ops_places cursor for select ctid::text as at, ${size} as size from only ${name}${where}`,
  );
  let [batch, bytes] = [[] as string[], 0];
  for (;;) {
    const places = await session.query<{ at: string; size: number }>(`fetch ${LOOKED_AHEAD} from ops_places`);
    if (places.length === 0) break;
    for (const place of places) {
      if (batch.length === BATCH_ROWS || (batch.length > 0 && bytes + place.size > BATCH_BYTES)) {
        yield batch;
        [batch, bytes] = [[], 0];
      }
      batch.push(place.at);
      bytes += place.size;
    }
  }
  if (batch.length > 0) yield batch;
  await session.query("close ops_places");
}

/**
 * Switches off what would fire all the same, and lets rows be deleted of tables that are published without a key.
 * @returns statements that put everything back
 */
async function silence(session: Session, oid: string, name: string): Promise<string[]> {
  const found = await session.query<{ what: string; object: string; state: string }>(
    `select 'trigger' as what, tgname::text as object, tgenabled::text as state from pg_trigger
      where tgrelid = $1::oid and not tgisinternal and tgenabled in ('A', 'R')
     union all
     select 'rule', rulename::text, ev_enabled::text from pg_rewrite
      where ev_class = $1::oid and ev_type <> '1' and ev_enabled in ('A', 'R')
     union all
     select 'identity', '', relreplident::text from pg_class where oid = $1::oid and relreplident in ('d', 'n')`,
    [oid],
  );
  const back: string[] = [];
  for (const { what, object, state } of found) {
    if (what === "identity") {
      await session.query(`alter table only ${name} replica identity full`);
      back.push(`alter table only ${name} replica identity ${state === "d" ? "default" : "nothing"}`);
      continue;
    }
    await session.query(`alter table only ${name} disable ${what} ${quote(object)}`);
    back.push(
      `alter table only ${name} enable ${state === "A" ? "always" : "replica"} ${what} ${quote(object)}`,
    );
  }
  return back;
}

const WHY: Readonly<Record<string, string>> = {
  "22001": "a pseudonym is too long for its column",
  "23505":
    "two pseudonyms fell together in a unique column: declare it as a kind that stays unique, such as code",
  "23514": "a pseudonym breaks a check of the table",
};

/** The server's code without its words, which may quote a value. @param name what was worked on */
export function refused(error: unknown, name: string): unknown {
  if (error instanceof OpsError) return error;
  if (error instanceof SyntaxError)
    return new OpsError("fail", `${name} could not be masked: a value declared as json is none`);
  const code = codeOf(error);
  if (!/^[0-9A-Z]{5}$/.test(code)) return error;
  return new OpsError(
    "fail",
    `${name} could not be masked: the server refused it (${code}${WHY[code] ? `: ${WHY[code]}` : ""})`,
    {
      expected: "pseudonyms that fit every column, check and index of it",
      todo: "correct its kinds in policies/data/masking.yaml",
    },
  );
}
