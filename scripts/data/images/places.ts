// Which row versions a transaction ended and made, taken together: a row that it changed five times was changed once. Pure.
import type { Place, RowChange } from "../wal/record";

/** Of one row: the version that was there before, and the one that the transaction left. Neither: it came and went within. */
export interface RowPlaces {
  old?: FilePlace;
  new?: FilePlace;
}

/** `database/filenode`, and where in it. Offset 0: somewhere in the block. */
export interface FilePlace extends Place {
  file: string;
}

/** 2^16 places a block are more than any block has. */
const PER_BLOCK = 65_536;

interface Row {
  old: FilePlace | undefined;
  now: FilePlace | undefined;
}

/** Feed it the changes of one transaction and of those of its subtransactions that committed, in the order of WAL. */
export class Places {
  private readonly rows = new Set<Row>();
  /** Versions that the transaction itself made, by file and place. */
  private readonly made = new Map<string, Map<number, Row>>();
  /** Blocks into which it wrote several rows at once. */
  private readonly filled = new Map<string, Set<number>>();
  /** Rows that left a partition and have not arrived in another. */
  private readonly moving: Row[] = [];

  constructor(private readonly most: number) {}

  /** @throws RangeError when it is more rows than were allowed */
  add({ kind, file: name, old, new: made, moved }: RowChange): void {
    const file = withoutTablespace(name);
    if (kind === "insert") {
      if (made!.offset === 0) this.fill(file, made!.block);
      else this.make(this.moving.shift() ?? this.begin(undefined), { file, ...made! });
      return;
    }
    const row = this.take(file, old!);
    row.now = undefined;
    if (kind === "update") this.make(row, { file, ...made! });
    else if (moved) this.moving.push(row);
    else if (row.old === undefined) this.rows.delete(row);
  }

  /** In no order. Rows of blocks that were filled at once are not among them, unless they were changed again. */
  *result(): Generator<RowPlaces> {
    for (const { old, now } of this.rows) yield { ...(old ? { old } : {}), ...(now ? { new: now } : {}) };
  }

  /** Blocks of each file that were filled by several rows at once: which rows of them are the transaction's, their own word must tell. */
  blocks(): ReadonlyMap<string, ReadonlySet<number>> {
    return this.filled;
  }

  private begin(old: FilePlace | undefined): Row {
    const row: Row = { old, now: undefined };
    this.rows.add(row);
    if (this.rows.size > this.most) throw new RangeError(`more than ${this.most} rows`);
    return row;
  }

  private fill(file: string, block: number): void {
    const blocks = this.filled.get(file) ?? new Set();
    this.filled.set(file, blocks.add(block));
  }

  private make(row: Row, place: FilePlace): void {
    row.now = place;
    const ofFile = this.made.get(place.file) ?? new Map<number, Row>();
    this.made.set(place.file, ofFile.set(key(place), row));
  }

  /** The row whose present version is there. */
  private take(file: string, place: Place): Row {
    const ofFile = this.made.get(file);
    const mine = ofFile?.get(key(place));
    if (mine === undefined) return this.begin({ file, ...place });
    ofFile!.delete(key(place));
    return mine;
  }
}

function key({ block, offset }: Place): number {
  return block * PER_BLOCK + offset;
}

/** `tablespace/database/filenode` → `database/filenode` */
export function withoutTablespace(file: string): string {
  return file.slice(file.indexOf("/") + 1);
}
