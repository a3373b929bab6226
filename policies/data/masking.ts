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

export interface MaskedDatabase {
  database: string;
  /** Large objects have no columns: they are removed from a masked copy, or kept for a reason. Default removed. */
  largeObjects?: { kept: string };
  tables: readonly MaskedTable[];
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

/**
 * What is declared of one platform; undefined when nothing is.
 * @throws DeclarationError naming every problem as file:line:column
 */
export function loadMasking(root: string, platform: string): MaskedPlatform | undefined {
  const declaration = readDeclaration<Masking>(root, FILE, schema);
  if (isReadable(declaration)) checkUnique(declaration);
  return accept([declaration])[0]?.platforms.find((each) => each.platform === platform);
}
