// Reads which columns hold personal data and as what they are masked. Connects to nothing.
import { accept, isReadable, type Readable, readDeclaration } from "../engine/declaration";
import schema from "../schemas/masking.schema.json";

const FILE = "policies/data/masking.yaml";

/** What a value is; each kind has a function of scripts/masking that puts a pseudonym of the same form in its place. */
export type Kind =
  | "name"
  | "national-id"
  | "mobile"
  | "mail"
  | "address"
  | "wechat-openid"
  | "bank-card"
  | "code"
  | "free-text"
  | "free-text-numbers";

/** Looks personal and is not, with the reason. */
export interface Plain {
  plain: string;
}

/** Of a column of arrays, of JSON by path (`contacts[].phone`; a path that names an object or list means all in it), or of one value. */
export type ColumnRule = Kind | { elements: Kind } | { json: Readonly<Record<string, Kind | Plain>> } | Plain;

export interface MaskedTable {
  /** `schema.table`, quoted as in SQL; of a partitioned table or a parent, all its partitions and children. */
  table: string;
  columns: Readonly<Record<string, ColumnRule>>;
}

/** Rows of a table, and what goes with them. */
export interface ForgottenRows {
  table: string;
  /** Of a dependent table: its column that holds the primary key of the row above. */
  column?: string;
  /** `mask` gives every declared column of the row a pseudonym that nobody can take back; `keep` only leads on to dependents. */
  how: "delete" | "mask" | "keep";
  dependents?: readonly ForgottenRows[];
}

export interface MaskedDatabase {
  database: string;
  /** Large objects have no columns: they are removed from a masked copy, or kept for a reason. Default removed. */
  largeObjects?: { kept: string };
  tables: readonly MaskedTable[];
  /** Tables of people, of whom one may ask that he is deleted (`ops data forget`). */
  forget?: readonly ForgottenRows[];
}

export interface MaskedPlatform {
  platform: string;
  databases: readonly MaskedDatabase[];
}

interface Masking {
  platforms: readonly MaskedPlatform[];
}

function checkUnique({ value, report }: Readable<Masking>): void {
  const once = (names: readonly string[], at: (index: number) => string): void => {
    for (const [index, name] of names.entries())
      if (names.indexOf(name) < index) report(at(index), `${name} stands twice`, "each once");
  };
  once(
    value.platforms.map(({ platform }) => platform),
    (index) => `/platforms/${index}/platform`,
  );
  for (const [p, { databases }] of value.platforms.entries()) {
    once(
      databases.map(({ database }) => database),
      (index) => `/platforms/${p}/databases/${index}/database`,
    );
    for (const [d, { tables }] of databases.entries())
      once(
        tables.map(({ table }) => table),
        (index) => `/platforms/${p}/databases/${d}/tables/${index}/table`,
      );
  }
}

function checkForgotten({ value, report }: Readable<Masking>): void {
  const walk = (
    rows: readonly ForgottenRows[],
    at: string,
    below: boolean,
    tables: readonly MaskedTable[],
  ): void => {
    for (const [index, { table, column, how, dependents = [] }] of rows.entries()) {
      const place = `${at}/${index}`;
      if (below !== (column !== undefined))
        report(
          place,
          `${table} ${below ? "names no column" : "names a column"}`,
          "a column for dependent tables only",
        );
      const kinds = Object.values(tables.find((each) => each.table === table)?.columns ?? {});
      if (how === "mask" && !kinds.some((rule) => typeof rule === "string" || !("plain" in rule)))
        report(
          `${place}/how`,
          `nothing of ${table} is declared to be masked`,
          "delete, or a declared column",
        );
      walk(dependents, `${place}/dependents`, true, tables);
    }
  };
  for (const [p, { databases }] of value.platforms.entries())
    for (const [d, { forget = [], tables }] of databases.entries())
      walk(forget, `/platforms/${p}/databases/${d}/forget`, false, tables);
}

/**
 * What is declared of one platform; undefined when nothing is.
 * @throws DeclarationError naming every problem as file:line:column
 */
export function loadMasking(root: string, platform: string): MaskedPlatform | undefined {
  const declaration = readDeclaration<Masking>(root, FILE, schema);
  if (isReadable(declaration)) {
    checkUnique(declaration);
    checkForgotten(declaration);
  }
  return accept([declaration])[0]?.platforms.find((each) => each.platform === platform);
}
