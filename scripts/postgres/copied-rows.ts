// Hashes the rows that COPY gives out as text: a line each, in any order. Pure; knows no connection.
import { createHash, type Hash } from "node:crypto";

const NEW_LINE = 0x0a;

/** Sums the first 64 bits of each line's SHA-256, as fingerprints computed by the server sum their hashes. */
export class CopiedRows {
  private rows = 0;
  private sum = 0n;
  private line: Hash | undefined;

  /** @param chunk cut anywhere; a line break inside a value is written as `\n` by COPY, so every byte 10 ends a row */
  add(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, from)) {
      this.line ??= createHash("sha256");
      this.sum += this.line.update(chunk.subarray(from, end)).digest().readBigInt64BE();
      this.rows++;
      this.line = undefined;
      from = end + 1;
    }
    if (from < chunk.length) {
      this.line ??= createHash("sha256");
      this.line.update(chunk.subarray(from));
    }
  }

  /** Once everything was added. @returns one bucket of the whole table; `sum` is decimal text */
  result(): { rows: number; sum: string } {
    return { rows: this.rows, sum: this.sum.toString() };
  }
}
