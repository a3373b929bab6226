// The rows that a transaction changed as they are on the source now, and who changed them since. Reads no more than it must, and runs
// nothing of theirs: by the key's index where the key's types are PostgreSQL's own, otherwise through a COPY of the table.
import { OpsError } from "../../core/errors";
import { literal, qualified, quote } from "../../postgres/fingerprint";
import type { Session } from "../../postgres/port";
import type { Root } from "./catalogue";
import { type Column, type Image, keyOf, written } from "./change";
import { CopyText } from "./copy-text";
import { streamRows } from "./read";

export interface PresentRow {
  image: Image;
  /** Of whom last changed it; undefined where the table could only be read whole. */
  xmin: string | undefined;
}

/** Types whose `=` is PostgreSQL's own and tells apart what their text tells apart, or less. */
const COMPARABLE = new Set([16, 18, 19, 20, 21, 23, 25, 26, 1042, 1043, 1082, 1114, 1184, 1700, 2950]);

/** Holds the table as what the catalogue said it is: nobody can put a view in its place meanwhile. Nobody waits behind us. */
export async function holdTable(session: Session, root: Root): Promise<void> {
  await session.query(`lock table ${relation(root)} in access share mode nowait`);
  const [row] = await session.query<{ same: boolean }>(
    `select c.oid = $3::oid and c.relkind::text = $4 as same from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2`,
    [root.schema, root.name, root.oid, root.kind],
  );
  if (row?.same) return;
  throw new OpsError("inconclusive", `${qualified(root)} became another table meanwhile`, {
    expected: "the table that was listed a moment ago",
    todo: "run the job again",
  });
}

export function isFoundByKey({ key, columns, hazardous }: Root): boolean {
  return (
    !hazardous && key.length > 0 && key.every((at) => !columns[at]!.own && COMPARABLE.has(columns[at]!.oid))
  );
}

/**
 * Rows with these keys, by `keyOf`. The table is held.
 * @param images rows of which the key alone is looked at
 */
export async function readPresent(
  session: Session,
  root: Root,
  images: readonly Image[],
): Promise<Map<string, PresentRow>> {
  const found = new Map<string, PresentRow>();
  if (images.length === 0) return found;
  if (isFoundByKey(root)) {
    await streamRows(session, byKey(root, images), ([xmin, ...image]) => {
      found.set(keyOf(root, image), { image: written(image, root.columns), xmin: xmin ?? undefined });
    });
    return found;
  }
  const wanted = new Set(images.map((image) => keyOf(root, image)));
  await readWhole(session, root, (image) => {
    const key = keyOf(root, image);
    if (wanted.has(key)) found.set(key, { image, xmin: undefined });
  });
  return found;
}

function byKey(root: Root, images: readonly Image[]): string {
  const { key, columns } = root;
  const arrays = key.map(
    (at) => `${literal(arrayText(images.map((image) => image[at] ?? null)))}::${typeOf(columns[at]!)}[]`,
  );
  const names = key.map((_, index) => `k${index}`);
  const same = key.map((at, index) => `${reference(columns[at]!)} = u.k${index}`);
  return `select ${listed(columns)} from ${relation(root)} r join unnest(${arrays.join(", ")}) as u(${names.join(", ")}) on ${same.join(" and ")}`;
}

/** Every row, by COPY of the table itself: nothing of the table's is planned. A partitioned table's rows lie in its partitions. */
export async function readWhole(session: Session, root: Root, onRow: (image: Image) => void): Promise<void> {
  const parts =
    root.kind === "p"
      ? await session.query<{ schema: string; name: string }>(
          `select n.nspname::text as schema, c.relname::text as name
             from pg_partition_tree($1::oid::regclass) t join pg_class c on c.oid = t.relid join pg_namespace n on n.oid = c.relnamespace
            where t.isleaf and c.relkind = 'r' order by 1, 2`,
          [root.oid],
        )
      : [root];
  const stored = root.columns.filter(({ generated }) => !generated);
  for (const part of parts) {
    const text = new CopyText((row) => {
      let at = 0;
      onRow(root.columns.map(({ generated }) => (generated ? null : (row[at++] ?? null))));
    });
    // A table need not have a column.
    const list = stored.length === 0 ? "" : ` (${stored.map(({ name }) => quote(name)).join(", ")})`;
    await session.copyOut(`copy ${qualified(part)}${list} to stdout`, (chunk) => text.add(chunk));
  }
}

/** As it stands in a statement: a partitioned table with its partitions, any other without what inherits from it. */
export function relation(root: Root): string {
  return `${root.kind === "p" ? "" : "only "}${qualified(root)}`;
}

function listed(columns: readonly Column[]): string {
  return ["r.xmin", ...columns.map(({ name }) => `r.${quote(name)}`)].join(", ");
}

/** Only the name of a type of PostgreSQL's own is ever written out, without its modifier. */
function typeOf({ type, base }: Column): string {
  return (base ?? type).replace(/\(.*\)/, "");
}

function reference(column: Column): string {
  const name = `r.${quote(column.name)}`;
  return column.base === null ? name : `${name}::${typeOf(column)}`;
}

/** An array literal of texts. */
export function arrayText(values: readonly (string | null)[]): string {
  const item = (value: string | null): string =>
    value === null ? "NULL" : `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return `{${values.map(item).join(",")}}`;
}
