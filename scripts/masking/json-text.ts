// Changes values inside a JSON text at paths, and not one other byte of it: numbers keep their digits, objects their order.

export type Segment = string | typeof ELEMENT;
/** Any element of a list. */
export const ELEMENT = Symbol("element");

/** `contacts[].phone` -> contacts, any element, phone. */
export function segmentsOf(path: string): Segment[] {
  return path.split(".").flatMap((part) => {
    const name = part.replace(/(\[\])+$/, "");
    const lists = (part.length - name.length) / 2;
    return [...(name === "" ? [] : [name]), ...Array<Segment>(lists).fill(ELEMENT)];
  });
}

export const showSegments = (segments: readonly Segment[]): string =>
  segments
    .map((each) => (each === ELEMENT ? "[]" : `.${each}`))
    .join("")
    .replace(/^\./, "");

/** Whether a value at `at` is what `path` names, or lies in it. */
export const liesIn = (at: readonly Segment[], path: readonly Segment[]): boolean =>
  path.length <= at.length && path.every((segment, index) => segment === at[index]);

/** @param change asked for each text and number; undefined leaves it. @throws SyntaxError when the text is no JSON */
export function mapScalars(
  text: string,
  change: (value: string, at: readonly Segment[]) => string | undefined,
): string {
  const walk = new Walk(text, change);
  walk.value([]);
  return walk.done();
}

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{},:])/gsy;

class Walk {
  private at = 0;
  private copied = 0;
  private readonly parts: string[] = [];

  constructor(
    private readonly text: string,
    private readonly change: (value: string, at: readonly Segment[]) => string | undefined,
  ) {}

  done(): string {
    return [...this.parts, this.text.slice(this.copied)].join("");
  }

  value(path: readonly Segment[]): void {
    const token = this.next();
    if (token === "{") this.members(path);
    else if (token === "[") this.elements(path);
    else if (token.startsWith('"')) this.put(token, this.change(JSON.parse(token) as string, path), true);
    else if (/^[-\d]/.test(token)) this.put(token, this.change(token, path), false);
  }

  private members(path: readonly Segment[]): void {
    for (let token = this.next(); token !== "}"; token = this.next()) {
      const name = JSON.parse(token === "," ? this.next() : token) as string;
      this.next(); // the colon
      this.value([...path, name]);
    }
  }

  private elements(path: readonly Segment[]): void {
    while (this.peek() !== "]") {
      if (this.peek() === ",") this.next();
      this.value([...path, ELEMENT]);
    }
    this.next();
  }

  /** A number may begin with no zero; what is no number any more becomes a text. */
  private put(token: string, value: string | undefined, isText: boolean): void {
    if (value === undefined) return;
    const written = !isText && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) ? value : JSON.stringify(value);
    this.parts.push(this.text.slice(this.copied, this.at - token.length), written);
    this.copied = this.at;
  }

  private peek(): string {
    const before = this.at;
    const token = this.next();
    this.at = before;
    return token;
  }

  private next(): string {
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this.text)?.[1];
    if (found === undefined) throw new SyntaxError("no JSON");
    this.at = TOKEN.lastIndex;
    return found;
  }
}
