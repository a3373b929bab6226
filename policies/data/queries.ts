// The catalogue of reviewed queries: read, and held to what a schema cannot say. Connects to nothing.
import { accept, declarationsIn, isReadable, type Readable, readDeclaration } from "../engine/declaration";
import { oneOf } from "../engine/suggest";
import schema from "../schemas/data-queries.schema.json";
import type { Roster } from "../service/roster";
import { bindPlaceholders } from "./placeholders";
import { fits, VALUE_KINDS, type ValueKind } from "./values";

const FOLDER = "policies/data/queries";

/** Kinds of personal values; each is masked in its own way. */
export type PersonalKind = "name" | "mobile" | "id-number" | "email" | "address" | "personal";
export type ColumnKind = "plain" | "number" | PersonalKind;

export interface QueryParameter {
  kind: ValueKind;
  choices?: readonly string[];
  default?: string;
  description: string;
}

export interface DataQuery {
  id: string;
  title: { zh: string; en: string };
  clause: string;
  database: string;
  owner: string;
  parameters: Readonly<Record<string, QueryParameter>>;
  columns: readonly { name: string; title: string; kind: ColumnKind }[];
  rows: number;
  seconds: number;
  sql: string;
}

interface QueryFile {
  queries: readonly DataQuery[];
}

/** @throws DeclarationError naming every problem of every file as file:line:column */
export function loadDataQueries(root: string, roster: Pick<Roster, "roles" | "people">): DataQuery[] {
  const owners = [...roster.roles, ...roster.people].map(({ name }) => name);
  const seen = new Map<string, string>();
  const declarations = declarationsIn(root, FOLDER).map((name) => {
    const declaration = readDeclaration<QueryFile>(root, `${FOLDER}/${name}.yaml`, schema);
    if (isReadable(declaration)) checkFile(declaration, owners, seen);
    return declaration;
  });
  return accept(declarations).flatMap(({ queries }) => queries);
}

function checkFile(
  { file, value, report }: Readable<QueryFile>,
  owners: readonly string[],
  seen: Map<string, string>,
): void {
  for (const [index, query] of value.queries.entries()) {
    const at = `/queries/${index}`;
    const before = seen.get(query.id);
    if (before !== undefined) report(`${at}/id`, `${query.id} stands in ${before} already`, "unique ids");
    seen.set(query.id, file);
    if (!owners.includes(query.owner))
      report(`${at}/owner`, `nobody on the roster is called ${query.owner}`, oneOf(query.owner, owners));
    const names = query.columns.map(({ name }) => name);
    for (const [place, name] of names.entries())
      if (names.indexOf(name) < place)
        report(`${at}/columns/${place}/name`, `${name} stands twice`, "unique names");
    const known = Object.keys(query.parameters);
    const used = bindPlaceholders(query.sql).names;
    for (const name of used)
      if (!known.includes(name)) report(`${at}/sql`, `unknown parameter :${name}`, oneOf(name, known));
    for (const name of known)
      if (!used.includes(name))
        report(`${at}/sql`, `:${name} is declared and not used`, "each parameter in the SQL");
    for (const [name, { kind, choices = [], default: value }] of Object.entries(query.parameters))
      for (const one of [...choices, ...(value === undefined ? [] : [value])])
        if (!fits(kind, one))
          report(`${at}/parameters/${name}`, `found "${one}"`, VALUE_KINDS[kind].expected);
  }
}
