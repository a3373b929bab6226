// Which databases of a cluster are read, and which are left out and why: nothing is left out without its name being said.
import type { Database } from "./port";
import { type Asked, askNow } from "./read-shared";

export interface LeftOutDatabase {
  name: string;
  why: string;
  /** It may hold rows that nobody has looked at: then nothing that is said of the whole cluster is proven. */
  unread?: true;
}

export interface ListedDatabases {
  /** Those whose content is read. */
  content: string[];
  /** Those of them that are templates; earlier versions did not read these. */
  templates: string[];
  leftOut: LeftOutDatabase[];
}

/**
 * New databases are made from these two, and CREATE DATABASE fails while we are connected to what it copies. No other name is left
 * out: an owner may declare a database that is in use a template.
 */
const OF_NEW_DATABASES = ["template0", "template1"];

interface Listed extends Record<string, unknown> {
  name: string;
  template: boolean;
  connections: boolean;
  /** `DROP DATABASE` was interrupted: files of it are gone, and the server lets nobody in. */
  invalid: boolean;
}

export async function listDatabases({ query }: Asked): Promise<ListedDatabases> {
  const rows = await query<Listed>(
    `select datname::text as name, datistemplate as template, datallowconn as connections, datconnlimit = -2 as invalid
       from pg_database order by 1`,
  );
  const why = rows.map(whyLeftOut);
  const content = rows.filter((_, i) => why[i] === undefined);
  return {
    content: content.map(({ name }) => name),
    templates: content.filter(({ template }) => template).map(({ name }) => name),
    leftOut: rows.flatMap(({ name }, i) => (why[i] === undefined ? [] : [{ name, ...why[i] }])),
  };
}

function whyLeftOut({ name, connections, invalid }: Listed): Omit<LeftOutDatabase, "name"> | undefined {
  if (OF_NEW_DATABASES.includes(name)) return { why: "template of new databases" };
  if (invalid) return { why: "invalid: DROP DATABASE was interrupted" };
  return connections ? undefined : { why: "allows no connections", unread: true };
}

export async function contentDatabases(database: Database): Promise<string[]> {
  return (await listDatabases(askNow(database))).content;
}

export function showLeftOut({ name, why }: LeftOutDatabase): string {
  return `${name} (${why})`;
}
