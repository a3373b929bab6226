// Gathers the rows of transactions, table by table.
import type { Root } from "./catalogue";
import { type ChangedRow, type ChangedTable, type Image, kindOf, written } from "./change";

/** Gives tables their positions, whichever transaction changed their rows. */
export class Tables {
  readonly list: ChangedTable[] = [];
  private readonly positions = new Map<string, number>();

  position({ database, schema, name, columns, key, uniques }: Root): number {
    const id = JSON.stringify([database, schema, name]);
    const known = this.positions.get(id);
    if (known !== undefined) return known;
    this.positions.set(id, this.list.length);
    return this.list.push({ database, schema, name, columns, key, uniques: uniques ?? [] }) - 1;
  }
}

/** Takes the rows of one transaction, and leaves out what came to nothing. */
export class Collector {
  rows = 0;

  constructor(
    private readonly tables: Tables,
    private readonly onRow: (row: ChangedRow) => void,
  ) {}

  add(root: Root, before: Image | null, after: Image | null): void {
    const only = (image: Image | null): Image | null => image && written(image, root.columns);
    const row = { table: this.tables.position(root), before: only(before), after: only(after) };
    if (kindOf(row) === undefined) return;
    this.rows++;
    this.onRow(row);
  }
}
