// GitHub workflows and actions as subjects: the file, and each of its jobs.
import { CORE_SCHEMA } from "js-yaml";
import { readDocuments, type SourceDocument } from "../documents";
import type { Subject } from "../subject";
import type { PlannedValue } from "../value";
import type { Problem } from "../yaml";

type Mapping = Record<string, unknown>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Types: `workflow` and `workflow-job`, whose `workflow` names the file. The core schema leaves `on:` a word. */
export function readWorkflow(file: string, text: string): { subjects: Subject[]; problems: Problem[] } {
  const { document, value, problems } = one(file, text);
  if (!document || !value) return { subjects: [], problems };
  const jobs = isMapping(value.jobs) ? value.jobs : {};
  const name = typeof value.name === "string" ? value.name : file;
  const workflow = subject("workflow", file, name, value, (path) => document.at(path));
  const each = Object.entries(jobs).flatMap(([key, job]) => {
    if (!isMapping(job)) {
      problems.push({ ...document.at(["jobs", key]), message: `${key} is no job`, expected: "a mapping" });
      return [];
    }
    return [
      subject("workflow-job", `${file}#${key}`, key, { ...job, workflow: file }, (path) =>
        document.at(["jobs", key, ...path]),
      ),
    ];
  });
  return { subjects: [workflow, ...each], problems };
}

export function readAction(file: string, text: string): { subjects: Subject[]; problems: Problem[] } {
  const { document, value, problems } = one(file, text);
  if (!document || !value) return { subjects: [], problems };
  const name = typeof value.name === "string" ? value.name : file;
  return { subjects: [subject("action", file, name, value, (path) => document.at(path))], problems };
}

function one(
  file: string,
  text: string,
): { document: SourceDocument | undefined; value: Mapping | undefined; problems: Problem[] } {
  const { documents, problems } = readDocuments(file, text, CORE_SCHEMA);
  const [document] = documents;
  if (document && isMapping(document.value) && documents.length === 1)
    return { document, value: document.value, problems };
  if (problems.length === 0)
    problems.push({ file, line: 1, column: 1, message: "no single mapping", expected: "one YAML mapping" });
  return { document: undefined, value: undefined, problems };
}

function subject(type: string, id: string, name: string, properties: Mapping, at: Subject["at"]): Subject {
  return {
    surface: "workflow",
    type,
    id,
    name,
    environment: "",
    properties: properties as Record<string, PlannedValue>,
    references: () => [],
    at,
  };
}
