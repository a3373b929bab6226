// PostgreSQL's csvlog and jsonlog, cut into records as they come: of a record only the beginning of each part is kept, however long it is.
// Statements in them hold what anybody sent: nothing within a statement can pass for a record. Pure.

export interface LogSink {
  /** Fields of a line of csvlog, each with whether it stood in quotes. */
  onCsv(fields: readonly CsvField[]): void;
  /** A line of jsonlog: all of it, or of a longer one its beginning and its end. */
  onJson(head: string, tail: string | undefined): void;
}

export interface CsvField {
  text: string;
  quoted: boolean;
}

/** Bytes of a field, and of a line of jsonlog at either end, that are kept. */
const FIELD_BYTES = 1_024;
const LINE_BYTES = 65_536;
/** PostgreSQL 15 writes 26. */
const MOST_FIELDS = 40;

const [QUOTE, COMMA, NEW_LINE, RETURN, BRACE] = [0x22, 0x2c, 0x0a, 0x0d, 0x7b];

/** How every line of csvlog begins. */
const BEGINNING = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Za-z0-9+:-]{1,16}$/;

type State = "start" | "plain" | "quoted" | "quote" | "json" | "lost";

/**
 * Feed it chunks cut anywhere, which nobody changes afterwards, then end it. What is no record is left out until a line begins like one; as PostgreSQL doubles every quote
 * within quotes and always quotes names, a text within a statement that looks like a line is none.
 */
export class LogLexer {
  /** Places where something was left out. */
  lost = 0;
  private state: State = "start";
  private fields: CsvField[] = [];
  private parts: Buffer[] = [];
  private kept = 0;
  private quoted = false;
  private tail: Buffer[] = [];
  private tailBytes = 0;

  constructor(private readonly sink: LogSink) {}

  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at = this.step(chunk, at);
  }

  end(): void {
    if (this.state !== "start" && this.state !== "lost") this.lost++;
    this.begin();
  }

  /** @returns where to go on */
  private step(chunk: Buffer, at: number): number {
    switch (this.state) {
      case "start":
        return this.start(chunk, at);
      case "plain":
        return this.plain(chunk, at);
      case "quoted": {
        const end = chunk.indexOf(QUOTE, at);
        this.keep(chunk.subarray(at, end < 0 ? undefined : end));
        if (end >= 0) this.state = "quote";
        return end < 0 ? chunk.length : end + 1;
      }
      case "quote":
        return this.afterQuote(chunk, at);
      case "json": {
        const end = chunk.indexOf(NEW_LINE, at);
        this.keepLine(chunk.subarray(at, end < 0 ? undefined : end));
        if (end < 0) return chunk.length;
        this.sink.onJson(textOf(this.parts), this.tail.length === 0 ? undefined : textOf(this.tail));
        this.begin();
        return end + 1;
      }
      case "lost": {
        const end = chunk.indexOf(NEW_LINE, at);
        if (end < 0) return chunk.length;
        this.begin();
        return end + 1;
      }
    }
  }

  private start(chunk: Buffer, at: number): number {
    const byte = chunk[at]!;
    if (byte === NEW_LINE || byte === RETURN) return at + 1;
    if (byte === BRACE) this.state = "json";
    else if (byte >= 0x30 && byte <= 0x39) this.state = "plain";
    else this.lose();
    return at;
  }

  private plain(chunk: Buffer, at: number): number {
    let end = at;
    for (; end < chunk.length; end++) {
      const byte = chunk[end];
      if (byte === COMMA || byte === QUOTE || byte === NEW_LINE) break;
    }
    this.keep(chunk.subarray(at, end));
    if (end === chunk.length) return end;
    if (chunk[end] !== QUOTE) return this.endField(chunk[end]!, end);
    // A quote opens a field or belongs to none.
    if (this.kept > 0 || this.fields.length === 0) return this.loseAt(end);
    [this.state, this.quoted] = ["quoted", true];
    return end + 1;
  }

  private afterQuote(chunk: Buffer, at: number): number {
    const byte = chunk[at]!;
    if (byte === QUOTE) {
      this.keep(chunk.subarray(at, at + 1));
      this.state = "quoted";
      return at + 1;
    }
    if (byte === RETURN) return at + 1;
    return byte === COMMA || byte === NEW_LINE ? this.endField(byte, at) : this.loseAt(at);
  }

  private endField(by: number, at: number): number {
    const text = textOf(this.parts);
    this.fields.push({ text: this.quoted ? text : text.replace(/\r$/, ""), quoted: this.quoted });
    [this.parts, this.kept, this.quoted, this.state] = [[], 0, false, "plain"];
    if (this.fields.length > MOST_FIELDS || (this.fields.length === 1 && !BEGINNING.test(text)))
      return this.loseAt(at);
    if (by === COMMA) return at + 1;
    this.sink.onCsv(this.fields);
    this.begin();
    return at + 1;
  }

  private keep(part: Buffer): void {
    const room = FIELD_BYTES - this.kept;
    if (room > 0 && part.length > 0) this.parts.push(part.length > room ? part.subarray(0, room) : part);
    this.kept += part.length;
  }

  private keepLine(part: Buffer): void {
    const room = Math.max(0, LINE_BYTES - this.kept);
    if (room > 0) this.parts.push(part.subarray(0, room));
    this.kept += part.length;
    if (part.length <= room) return;
    this.tail.push(part.subarray(Math.max(room, part.length - LINE_BYTES)));
    this.tailBytes += this.tail.at(-1)!.length;
    if (this.tailBytes <= 4 * LINE_BYTES) return;
    this.tail = [Buffer.concat(this.tail).subarray(-LINE_BYTES)];
    this.tailBytes = this.tail[0]!.length;
  }

  private lose(): void {
    this.lost++;
    this.state = "lost";
  }

  /** The byte there is looked at again: it may end the line. */
  private loseAt(at: number): number {
    this.lose();
    return at;
  }

  private begin(): void {
    this.state = "start";
    [this.fields, this.parts, this.tail] = [[], [], []];
    [this.kept, this.tailBytes, this.quoted] = [0, 0, false];
  }
}

function textOf(parts: readonly Buffer[]): string {
  const [first] = parts;
  return first === undefined ? "" : (parts.length === 1 ? first : Buffer.concat(parts)).toString("utf8");
}
