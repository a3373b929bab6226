// What a user names after `--only` and `--load-into`: a database, a schema or a table, in SQL's way of quoting.
import { OpsError } from "../core/errors";
import { quote, type TableName } from "./fingerprint";

/** NAMEDATALEN - 1: PostgreSQL would cut off a longer name without an error. */
const NAME_BYTES = 63;

/** A whole database, or one table of it. */
export interface ObjectName {
  database: string;
  table: TableName | undefined;
}

export interface LoadTarget {
  database: string;
  schema: string | undefined;
}

/** Like SQL, except that names without quotes are taken as they are written: `Learning` is not `learning`. */
export function nameParts(text: string): string[] | undefined {
  const name = '(?:"(?:[^"]|"")+"|[^."]+)';
  if (!new RegExp(String.raw`^${name}(?:\.${name})*$`, "u").test(text)) return undefined;
  const found = [...text.matchAll(new RegExp(name, "gu"))].map(([part]) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part,
  );
  const usable = found.every((part) => Buffer.byteLength(part) <= NAME_BYTES && !part.includes("\0"));
  return usable ? found : undefined;
}

/** `database` or `database.schema.table`. @throws OpsError usage */
export function parseObject(text: string): ObjectName {
  const [database, schema, name, ...more] = nameParts(text) ?? [];
  if (database !== undefined && schema === undefined) return { database, table: undefined };
  if (database !== undefined && name !== undefined && more.length === 0)
    return { database, table: { schema: schema!, name } };
  throw wrong("--only", text, "<database> or <database>.<schema>.<table>");
}

/** `database` or `database.schema`. @throws OpsError usage */
export function parseTarget(text: string): LoadTarget {
  const [database, schema, ...more] = nameParts(text) ?? [];
  if (database !== undefined && more.length === 0) return { database, schema };
  throw wrong("--load-into", text, "<database> or <database>.<schema>");
}

export function showObject({ database, table }: ObjectName): string {
  return [database, ...(table ? [table.schema, table.name] : [])].map(shown).join(".");
}

export function showTarget({ database, schema }: LoadTarget): string {
  return [database, ...(schema === undefined ? [] : [schema])].map(shown).join(".");
}

function shown(name: string): string {
  return /[."\s]/.test(name) ? quote(name) : name;
}

function wrong(option: string, text: string, expected: string): OpsError {
  return new OpsError("usage", `${option} ${text}`, {
    expected: `${expected}, each name at most ${NAME_BYTES} bytes`,
    todo: `put a name that holds a dot or a quote into double quotes: 'learning."odd.name"."t"'`,
  });
}
