// What a transaction made of one row, and of which table: the unit of showing, undoing and putting back.

/** The texts of a row's columns, in the order of its table's columns. */
export type Image = readonly (string | null)[];

/** Generated columns are NULL in every image: they follow from the others, and are never compared or written. */
export function written(image: Image, columns: readonly Column[]): Image {
  return columns.some(({ generated }) => generated)
    ? image.map((value, index) => (columns[index]?.generated ? null : value))
    : image;
}

export interface Column {
  name: string;
  /** As PostgreSQL writes it, e.g. `numeric(10,2)`. */
  type: string;
  /** Object id of its base type: below 10000 PostgreSQL's own. */
  oid: number;
  /** Of a domain: the type that it is made of. */
  base: string | null;
  /** That type is not PostgreSQL's own. */
  own: boolean;
  /** An enum: its values are words of the schema. */
  label: boolean;
  /** Computed from others: never written. */
  generated: boolean;
  /** GENERATED ALWAYS AS IDENTITY: written only where that is said. */
  identity: boolean;
}

/** A table that rows are read from and written to by name: of a partitioned one the whole. */
export interface ChangedTable {
  database: string;
  schema: string;
  name: string;
  columns: readonly Column[];
  /** Positions of the columns that tell its rows apart; empty when nothing does. */
  key: readonly number[];
  /** Of every unique index of columns alone: no two rows have the same there. Default: none is known. */
  uniques?: readonly (readonly number[])[];
}

export interface ChangedRow {
  /** Position in the list of tables. */
  table: number;
  /** As it was; null: it was not there. */
  before: Image | null;
  /** As the transaction left it; null: it was gone. */
  after: Image | null;
}

/** What the transaction did to the row; undefined when nothing came of it. */
export function kindOf({ before, after }: ChangedRow): "inserted" | "updated" | "deleted" | undefined {
  if (before === null) return after === null ? undefined : "inserted";
  if (after === null) return "deleted";
  return equalImages(before, after) ? undefined : "updated";
}

export function equalImages(one: Image, other: Image): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** Positions at which they differ. */
export function differences(one: Image, other: Image): number[] {
  return one.flatMap((value, index) => (value === other[index] ? [] : [index]));
}

/** What tells the row apart: its key or, where the table has none, all of it. */
export function keyOf({ key }: Pick<ChangedTable, "key">, image: Image): string {
  return JSON.stringify(key.length === 0 ? image : key.map((index) => image[index] ?? null));
}

/** The image by which the row is found now; undefined where only its absence is expected and nothing could tell it from another. */
export function lookedFor(
  { key }: Pick<ChangedTable, "key">,
  { before, after }: ChangedRow,
): Image | undefined {
  if (after !== null) return after;
  return key.length === 0 ? undefined : (before ?? undefined);
}
