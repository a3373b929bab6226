// Reads YAML texts of any number of documents and finds, when asked, where a value of theirs stands. Refuses what would take a
// reader down: alias bombs, circles, endless files.
import {
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  type Schema,
  YAMLException,
} from "js-yaml";
import { type Source, sourceOf, tooLarge } from "./source";
import type { Path, Place } from "./subject";
import type { Problem } from "./yaml";

/** Nodes that aliases may add to a file. A bomb adds billions; anchors that people write add dozens. */
const MAX_ALIASED_NODES = 100_000;

export interface SourceDocument {
  /** `null` for an empty document. */
  value: unknown;
  /** Where a value stands; where nothing stands, its nearest parent. */
  at(path: Path): Place;
}

export interface Documents {
  /** Empty when the text could not be read. */
  documents: SourceDocument[];
  /** Syntax errors, duplicate keys, refusals. */
  problems: Problem[];
}

/** Never throws for what is wrong in the text. @param schema how plain scalars are read */
export function readDocuments(file: string, text: string, schema: Schema): Documents {
  const source = sourceOf(file, text);
  const large = tooLarge(source);
  if (large) return { documents: [], problems: [large] };
  try {
    const events = parseEvents(text, {});
    const problems = inspect(source, events);
    if (problems.some(({ fatal }) => fatal)) return { documents: [], problems: problems.map(shown) };
    // `json` lets a duplicate key pass: it is reported already, and what else is wrong shall be found too.
    const values = constructFromEvents(events, { source: text, schema, json: true });
    const roots: { index: number; start: number }[] = [];
    for (let index = 1; index < events.length; index++)
      if (events[index - 1]!.type === EVENT_ID.DOCUMENT)
        roots.push({ index, start: startOf(events[index]!, 0) });
    const again = once(() => parseEvents(text, {}));
    const documents = values.map((value, index) => {
      const root = roots[index]!;
      const offset = (path: Path): number =>
        path.length === 0 ? root.start : locate(text, again(), root.index, path);
      return { value, at: (path: Path) => source.place(offset(path)) };
    });
    return { documents, problems: problems.map(shown) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return {
      documents: [],
      problems: [source.problem(error.mark?.position ?? 0, error.reason, "valid YAML")],
    };
  }
}

/** Events take more room than the text: few files have findings, and those are read a second time. */
function once(parse: () => readonly Event[]): () => readonly Event[] {
  let events: readonly Event[] | undefined;
  return () => (events ??= parse());
}

interface Inspected {
  problem: Problem;
  /** Constructing or walking the value would not end well. */
  fatal: boolean;
}
const shown = ({ problem }: Inspected): Problem => problem;

/** One pass over the events: duplicate keys, circles, and how large aliases would make the documents. */
function inspect(source: Source, events: readonly Event[]): Inspected[] {
  const found: Inspected[] = [];
  const sizes = new Map<string, number>();
  let added = 0;
  let next = 0;
  const report = (offset: number, message: string, expected: string, fatal: boolean): void => {
    found.push({ problem: source.problem(offset, message, expected), fatal });
  };

  /** @returns nodes below and including this one, aliases followed */
  const visit = (): number => {
    const event = events[next++]!;
    if (event.type === EVENT_ID.ALIAS) {
      const size = sizes.get(source.text.slice(event.anchorStart, event.anchorEnd)) ?? 1;
      if (size === OPEN) report(event.anchorStart, "an alias inside its own anchor", "no circle", true);
      added += Math.max(0, size);
      return Math.max(1, size);
    }
    const anchor =
      "anchorStart" in event && event.anchorStart >= 0 ? anchorOf(source.text, event) : undefined;
    if (anchor !== undefined) sizes.set(anchor, OPEN);
    let size = 1;
    if (event.type === EVENT_ID.SEQUENCE) {
      while (events[next]!.type !== EVENT_ID.POP) size += visit();
      next++;
    } else if (event.type === EVENT_ID.MAPPING) {
      const keys = new Set<string>();
      while (events[next]!.type !== EVENT_ID.POP) {
        const key = events[next]!;
        if (key.type === EVENT_ID.SCALAR) {
          const name = getScalarValue(source.text, key);
          if (keys.has(name)) report(key.valueStart, `"${name}" is declared twice`, "each key once", false);
          keys.add(name);
        }
        size += visit() + visit();
      }
      next++;
    }
    if (anchor !== undefined) sizes.set(anchor, size);
    return size;
  };

  while (next < events.length) {
    next++; // the document itself
    sizes.clear();
    visit();
    next++; // its end
  }
  if (added > MAX_ALIASED_NODES)
    report(0, `aliases add ${added} values to this file`, `at most ${MAX_ALIASED_NODES}`, true);
  return found;
}

/** Marks an anchor whose node is not complete yet. */
const OPEN = -1;

function anchorOf(text: string, event: { anchorStart: number; anchorEnd: number }): string {
  return text.slice(event.anchorStart, event.anchorEnd);
}

/** Offset of the value at a path below the root event, or of its nearest parent that stands in the text. */
function locate(text: string, events: readonly Event[], root: number, path: Path): number {
  let index = root;
  let best = startOf(events[root]!, 0);
  for (const step of path) {
    const child = childOf(text, events, index, step);
    if (!child) break;
    index = child.index;
    const value = startOf(events[index]!, child.key);
    // A block below its key is best shown by the key: that is the line that names it.
    best = text.slice(child.key, value).includes("\n") ? child.key : value;
  }
  return best;
}

function childOf(
  text: string,
  events: readonly Event[],
  parent: number,
  step: string | number,
): { index: number; key: number } | undefined {
  const { type } = events[parent]!;
  let at = parent + 1;
  if (type === EVENT_ID.MAPPING) {
    for (; events[at]!.type !== EVENT_ID.POP; at = after(events, after(events, at))) {
      const key = events[at]!;
      if (key.type === EVENT_ID.SCALAR && getScalarValue(text, key) === String(step))
        return { index: after(events, at), key: key.valueStart };
    }
  } else if (type === EVENT_ID.SEQUENCE) {
    for (let item = 0; events[at]!.type !== EVENT_ID.POP; at = after(events, at), item++)
      if (item === Number(step)) return { index: at, key: startOf(events[at]!, 0) };
  }
  return undefined;
}

/** Index of the event behind a whole node. */
function after(events: readonly Event[], index: number): number {
  let depth = 0;
  let at = index;
  do {
    const { type } = events[at++]!;
    if (type === EVENT_ID.POP) depth--;
    else if (type === EVENT_ID.SEQUENCE || type === EVENT_ID.MAPPING) depth++;
  } while (depth > 0);
  return at;
}

function startOf(event: Event, otherwise: number): number {
  if (event.type === EVENT_ID.SCALAR) return event.valueStart >= 0 ? event.valueStart : otherwise;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
  if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) return event.start;
  return otherwise;
}
