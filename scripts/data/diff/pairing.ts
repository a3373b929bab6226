// Rows of a table at two moments, put together by what tells them apart. They wait on disk, because a table may not fit into memory.
import { createHash } from "node:crypto";
import type { Root } from "../images/catalogue";
import { equalImages, type Image, keyOf } from "../images/change";
import type { RowFileTools, RowWriter } from "../port";

const HELD = 100_000;
const MOST_PARTS = 128;

/** Two files of rows: of the earlier and of the later moment. */
interface Files {
  before: RowWriter;
  after: RowWriter;
}

/** Told each row that is not the same at both moments; null = it was not there. */
export type OnPair = (before: Image | null, after: Image | null) => Promise<void>;

export class Pairing {
  private count = 0;
  private readonly made: Files[];

  private constructor(
    private readonly context: RowFileTools,
    private readonly name: string,
    private readonly root: Root,
    private readonly files: Files,
    private readonly held: number,
  ) {
    this.made = [files];
  }

  /**
   * @param name of the files that it makes and removes; @param root as it is at the later moment
   * @param held rows of both moments that are put together at once; of more, part by part
   */
  static async open(context: RowFileTools, name: string, root: Root, held = HELD): Promise<Pairing> {
    return new Pairing(context, name, root, await filesOf(context, name), held);
  }

  add(side: keyof Files, image: Image): void {
    this.files[side].write(image);
    this.count++;
  }

  /** Once every row was added. */
  close(): void {
    close(this.files);
  }

  isEmpty(): boolean {
    return this.count === 0;
  }

  /** Once it was closed. */
  async pair(onPair: OnPair): Promise<void> {
    const parts = Math.min(MOST_PARTS, Math.ceil(this.count / this.held));
    if (parts <= 1) return this.pairIn(this.files, onPair);
    const split: Files[] = [];
    for (let part = 0; part < parts; part++)
      split.push(await filesOf(this.context, `${this.name}.part-${part}`));
    this.made.push(...split);
    for (const side of ["before", "after"] as const)
      for await (const image of this.rows(this.files[side])) {
        const digest = createHash("sha256").update(keyOf(this.root, image)).digest();
        split[digest.readUInt8() % parts]![side].write(image);
      }
    for (const files of split) close(files);
    for (const files of split) await this.pairIn(files, onPair);
  }

  /** Whatever there is of it. */
  async remove(): Promise<void> {
    for (const { before, after } of this.made.splice(0))
      for (const { file } of [before, after]) await this.context.rowFiles.remove(file);
  }

  private async pairIn(files: Files, onPair: OnPair): Promise<void> {
    const held = new Held();
    for await (const image of this.rows(files.before)) held.add(keyOf(this.root, image), image);
    for await (const after of this.rows(files.after)) {
      const before = held.take(keyOf(this.root, after));
      if (before === null || !equalImages(before, after)) await onPair(before, after);
    }
    for (const image of held.left()) await onPair(image, null);
  }

  private rows({ file }: RowWriter): AsyncIterable<Image> {
    return this.context.rowFiles.read(file) as AsyncIterable<Image>;
  }
}

async function filesOf({ rowFiles }: RowFileTools, name: string): Promise<Files> {
  return { before: await rowFiles.create(`${name}.before`), after: await rowFiles.create(`${name}.after`) };
}

function close({ before, after }: Files): void {
  before.close();
  after.close();
}

/** Rows by key. Where nothing tells rows apart, equal ones are counted. */
class Held {
  private readonly rows = new Map<string, { image: Image; count: number }[]>();

  add(key: string, image: Image): void {
    const same = this.rows.get(key);
    const last = same?.at(-1);
    if (last && equalImages(last.image, image)) last.count++;
    else if (same) same.push({ image, count: 1 });
    else this.rows.set(key, [{ image, count: 1 }]);
  }

  take(key: string): Image | null {
    const same = this.rows.get(key);
    const last = same?.at(-1);
    if (!last) return null;
    if (--last.count === 0) same!.pop();
    return last.image;
  }

  *left(): Iterable<Image> {
    for (const same of this.rows.values())
      for (const { image, count } of same) for (let n = 0; n < count; n++) yield image;
  }
}
