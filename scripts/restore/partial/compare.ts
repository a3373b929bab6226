// Is what was loaded what the copy has? Rows by the same fingerprints as everywhere, definitions by the server's own text.
import { compareSequences } from "../../backup/checkpoint";
import type { Check } from "../../core/evidence";
import { inconclusive, judge } from "../../core/finding";
import type { PhaseProgress } from "../../core/progress";
import { bothRead } from "../../postgres/both-read";
import type { DatabaseState } from "../../postgres/database-state";
import { compareContent, qualified, type TableName } from "../../postgres/fingerprint";
import type { Database } from "../../postgres/port";
import { readState } from "../../postgres/read-state";
import { compareDigests } from "../../postgres/schema-digest";
import { tableParts } from "../../postgres/table-definitions";
import { type Selection, selects } from "./selection";

export interface Side {
  server: Database;
  database: string;
}

/** Definitions of tables, the server's own text, without names of their schemas' oids. */
const DEFINITIONS = `
  with wanted as (
    select c.oid, format('%I.%I', n.nspname, c.relname) as name
      from unnest($1::text[], $2::text[]) as w(schema, name)
      join pg_namespace n on n.nspname = w.schema join pg_class c on c.relnamespace = n.oid and c.relname = w.name
     where c.relkind in ('r', 'p')
  )
  ${tableParts("not format('%s/%s', k.tableoid, k.oid) = any($3::text[])")}
  union all
  select format('owner of %s', w.name), to_jsonb(pg_get_userbyid(c.relowner))
    from wanted w join pg_class c on c.oid = w.oid`;

/** What belongs to the database itself, or would act on other servers; it is named, not loaded. */
export const OF_DATABASE = /^((ACL|COMMENT|SECURITY LABEL) )?(DATABASE|SUBSCRIPTION)\b/;

/**
 * @param refused what the server said to entries that it did not take
 */
export async function compareLoaded(
  selection: Selection,
  copy: Side,
  loaded: Side,
  refused: readonly string[],
  progress: PhaseProgress,
): Promise<Check[]> {
  const only = selects(selection);
  const read = async ({ server, database }: Side): Promise<DatabaseState> => {
    const onBlocks = (done: number, total: number): void => progress.update(done * 8192, total * 8192, "B");
    const options = { portable: true, onBlocks, ...(only ? { only } : {}) };
    return (await readState(server, [database], options))[database]!;
  };
  const [want, have] = [await read(copy), await read(loaded)];
  const recomputed = new Set(selection.recomputed.map(qualified));
  const both = bothRead(want, have);
  const stored = (tables: DatabaseState["tables"]) =>
    tables.filter((table) => !recomputed.has(qualified(table)));
  const content = compareContent(stored(both.want), stored(both.have)).map(
    (d) => `${qualified(d)}: ${d.what}`,
  );
  const rows = stored(both.want).reduce((sum, table) => sum + table.rows, 0);
  const nothing = want.excluded.map((e) => `${qualified(e)} (${e.why})`).join(", ");
  const structure = selection.relations
    ? compareDigests(
        await definitions(copy, selection.relations, selection.unwanted),
        await definitions(loaded, selection.relations, new Set()),
      )
    : compareDigests(want.schema, have.schema).filter((line) => !OF_DATABASE.test(line));
  const sequences = compareSequences(want.sequences.filter(only ?? (() => true)), have.sequences);
  const leftOut = selection.leftOut.length > 0 ? `; left out: ${selection.leftOut.join("; ")}` : "";
  return [
    {
      name: "loaded-content",
      ...(want.tables.length === 0
        ? inconclusive(`there is no row to compare: ${nothing}`)
        : content.length === 0 && both.unread.length > 0
          ? inconclusive(`not read: ${both.unread.join("; ")}; everything else is equal`)
          : judge(content, `${stored(both.want).length} tables, ${rows} rows, equal to the copy's`)),
    },
    {
      name: "loaded-structure",
      ...judge(
        [...structure, ...refused],
        `columns, constraints, indexes, rules, triggers and policies as on the copy${leftOut}`,
      ),
    },
    {
      name: "loaded-sequences",
      ...judge(sequences, "every sequence goes on where the copy's stands"),
    },
  ];
}

async function definitions(
  { server, database }: Side,
  tables: readonly TableName[],
  unwanted: ReadonlySet<string>,
): Promise<Record<string, string>> {
  const rows = await server.query<{ name: string; definition: unknown }>(database, DEFINITIONS, [
    tables.map((table) => table.schema),
    tables.map((table) => table.name),
    [...unwanted],
  ]);
  return Object.fromEntries(rows.map(({ name, definition }) => [name, JSON.stringify(definition)]));
}
