// Reads what `COPY … TO STDOUT` gives out in its text format: rows of texts, NULL as null. Pure.

const NEW_LINE = 0x0a;

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** Feed it chunks cut anywhere. */
export class CopyText {
  private parts: Buffer[] = [];

  constructor(private readonly onRow: (row: (string | null)[]) => void) {}

  add(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, from)) {
      this.parts.push(chunk.subarray(from, end));
      const line = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
      this.onRow(fieldsOf(line.toString("utf8")));
      this.parts = [];
      from = end + 1;
    }
    if (from < chunk.length) this.parts.push(Buffer.from(chunk.subarray(from)));
  }
}

/** One line without its end. */
export function fieldsOf(line: string): (string | null)[] {
  return line.split("\t").map((field) => {
    if (field === "\\N") return null;
    return field.includes("\\") ? field.replace(/\\(.)/gs, (_, c: string) => ESCAPES[c] ?? c) : field;
  });
}
