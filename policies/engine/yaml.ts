// Reads YAML text and remembers where every value stands, so that any later finding can name its line and column.
import {
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  YAMLException,
} from "js-yaml";

/** Something wrong in a declared file, at a place an editor can jump to. Lines and columns start at 1. */
export interface Problem {
  file: string;
  line: number;
  column: number;
  message: string;
  expected?: string;
}

/** `file:line:column: message (expected …)` */
export function showProblem({ file, line, column, message, expected }: Problem): string {
  return `${file}:${line}:${column}: ${message}${expected === undefined ? "" : ` (expected ${expected})`}`;
}

/** JSON pointer (RFC 6901) of a child. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

export interface YamlDocument {
  /** `undefined` when there are syntax errors. */
  value: unknown;
  /** Syntax errors, duplicate keys, too many or too few documents. */
  problems: Problem[];
  /** A problem at the value (or at its key) under a JSON pointer; where nothing stands, at the nearest parent. */
  problem(pointer: string, message: string, expected?: string, on?: "key" | "value"): Problem;
  /** A problem at the first occurrence of `fragment` within the value. */
  problemWithin(pointer: string, fragment: string, message: string, expected?: string): Problem;
}

interface Place {
  key: number;
  value: number;
}

interface Layout {
  places: Map<string, Place>;
  duplicates: { key: string; offset: number }[];
}

function offsetOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return event.valueStart;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
  if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) return event.start;
  return -1;
}

/** Walks the flat event stream of one document and notes the offsets of every key and value. */
function layout(source: string, events: readonly Event[]): Layout {
  const places = new Map<string, Place>();
  const duplicates: Layout["duplicates"] = [];
  let next = 1; // events[0] opens the document

  const visit = (pointer: string, key: number): void => {
    const event = events[next++];
    if (event === undefined) return;
    const value = offsetOf(event);
    places.set(pointer, { key: key < 0 ? value : key, value: value < 0 ? key : value });
    if (event.type === EVENT_ID.SEQUENCE) {
      for (let index = 0; events[next]?.type !== EVENT_ID.POP; index++) visit(pointerTo(pointer, index), -1);
      next++;
    }
    if (event.type === EVENT_ID.MAPPING) {
      const seen = new Set<string>();
      while (events[next]?.type !== EVENT_ID.POP) {
        const keyEvent = events[next]!;
        const keyOffset = offsetOf(keyEvent);
        const name = keyEvent.type === EVENT_ID.SCALAR ? getScalarValue(source, keyEvent) : `<${keyOffset}>`;
        if (seen.has(name)) duplicates.push({ key: name, offset: keyOffset });
        seen.add(name);
        visit(pointerTo(pointer, name), keyOffset);
        places.delete(pointerTo(pointer, name)); // that was the key itself; its value follows
        visit(pointerTo(pointer, name), keyOffset);
      }
      next++;
    }
  };
  visit("", -1);
  return { places, duplicates };
}

function position(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, Math.max(0, offset));
  return { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
}

/** @param file shown in problems, relative to the repository */
export function parseYaml(file: string, source: string): YamlDocument {
  const at = (offset: number, message: string, expected?: string): Problem => ({
    file,
    ...position(source, offset),
    message,
    ...(expected === undefined ? {} : { expected }),
  });
  let places: Layout["places"] = new Map();
  const find = (pointer: string): Place => {
    const place = places.get(pointer);
    if (place || pointer === "") return place ?? { key: 0, value: 0 };
    const parent = find(pointer.slice(0, pointer.lastIndexOf("/")));
    return { key: parent.key, value: parent.key };
  };
  const document: YamlDocument = {
    value: undefined,
    problems: [],
    problem: (pointer, message, expected, on = "value") => at(find(pointer)[on], message, expected),
    problemWithin: (pointer, fragment, message, expected) => {
      const start = find(pointer).value;
      return at(Math.max(start, source.indexOf(fragment, start)), message, expected);
    },
  };
  try {
    const events = parseEvents(source, {});
    const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT).length;
    if (documents !== 1) {
      document.problems.push(
        at(0, documents === 0 ? "the file is empty" : `${documents} documents`, "one YAML document"),
      );
      return document;
    }
    const found = layout(source, events);
    places = found.places;
    for (const { key, offset } of found.duplicates) {
      document.problems.push(at(offset, `"${key}" is declared twice`, "each key once"));
    }
    // `json` lets a duplicate pass here: we have reported it ourselves and go on to find what else is wrong.
    document.value = constructFromEvents(events, { source, json: true })[0];
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    document.problems.push(at(error.mark?.position ?? 0, error.reason, "valid YAML"));
  }
  return document;
}
