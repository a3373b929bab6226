// Our own YAML as subjects: one a file, or one an item of a list in it.
import { CORE_SCHEMA } from "js-yaml";
import { readDocuments } from "../documents";
import type { Path, Subject } from "../subject";
import type { PlannedValue } from "../value";
import type { Problem } from "../yaml";

export interface ServiceKind {
  /** What rules call it. */
  type: string;
  /** List of the file whose items are the subjects; default the file itself is the subject. */
  each?: string;
  /** Written out where a file leaves them away, as its loader does. */
  defaults?: Readonly<Record<string, PlannedValue>>;
}

type Mapping = Record<string, PlannedValue>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function readService(
  { type, each, defaults = {} }: ServiceKind,
  file: string,
  text: string,
): { subjects: Subject[]; problems: Problem[] } {
  const { documents, problems } = readDocuments(file, text, CORE_SCHEMA);
  const [document] = documents;
  if (!document) {
    if (problems.length === 0) problems.push({ file, line: 1, column: 1, message: "the file is empty" });
    return { subjects: [], problems };
  }
  const refuse = (path: Path, expected: string): void => {
    problems.push({ ...document.at(path), message: "found something else", expected });
  };
  const make = (id: string, properties: Mapping, path: Path, fallback: string): Subject => ({
    surface: "service",
    type,
    id,
    name: nameOf(properties) ?? fallback,
    environment: typeof properties.environment === "string" ? properties.environment : "",
    properties: { ...defaults, ...properties },
    references: () => [],
    at: (below) => document.at([...path, ...below]),
  });
  if (documents.length > 1 || !isMapping(document.value)) {
    refuse([], "one YAML mapping");
    return { subjects: [], problems };
  }
  const stem = file
    .split("/")
    .at(-1)!
    .replace(/\.ya?ml$/, "");
  if (each === undefined) return { subjects: [make(file, document.value, [], stem)], problems };
  const items = document.value[each] ?? [];
  if (!Array.isArray(items)) {
    refuse([each], `a list of ${each}`);
    return { subjects: [], problems };
  }
  const subjects = items.flatMap((item: PlannedValue, index) => {
    if (isMapping(item))
      return [make(`${file}#${nameOf(item) ?? index}`, item, [each, index], String(index))];
    refuse([each, index], "a mapping");
    return [];
  });
  return { subjects, problems };
}

function nameOf(properties: Mapping): string | undefined {
  const name = properties.id ?? properties.name;
  return typeof name === "string" && name !== "" ? name : undefined;
}
