// Kubernetes YAML as the API server's clients read it: documents to subjects, with the place of every value.
import { createHmac, randomBytes } from "node:crypto";
import {
  boolYaml11Tag,
  CORE_SCHEMA,
  defineScalarTag,
  intCoreTag,
  mergeTag,
  NOT_RESOLVED,
  type Schema,
} from "js-yaml";
import { readDocuments, type SourceDocument } from "../documents";
import type { Path, Place, Subject } from "../subject";
import type { PlannedValue } from "../value";
import type { Problem } from "../yaml";

/** Integers of go-yaml 2, which sigs.k8s.io/yaml reads with: a leading zero means octal, `_` separates, no base 60. */
const goInteger = defineScalarTag("tag:yaml.org,2002:int", {
  ...intCoreTag,
  implicit: true,
  implicitFirstChars: [..."-+0123456789"],
  resolve(source) {
    if (!/^[-+]?(0x[0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+|[0-9][0-9_]*)$/.test(source)) return NOT_RESOLVED;
    const sign = source.startsWith("-") ? -1 : 1;
    const digits = source.replace(/^[-+]/, "").replaceAll("_", "");
    const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
    return Number.isNaN(value) ? NOT_RESOLVED : sign * value;
  },
});

/** How kubectl and Argo CD read plain scalars: `yes` is a boolean, `0644` is octal, a date is text. */
export const KUBERNETES_SCHEMA: Schema = CORE_SCHEMA.withTags(boolYaml11Tag, goInteger, mergeTag);

/** Every object of a file. Lists are taken apart. Never throws for what is wrong in the text. */
export function readManifests(file: string, text: string): { subjects: Subject[]; problems: Problem[] } {
  const { documents, problems } = readDocuments(file, text, KUBERNETES_SCHEMA);
  const subjects = documents.flatMap((document) => objectsOf(file, document, [], document.value, problems));
  return { subjects, problems };
}

function objectsOf(
  file: string,
  document: SourceDocument,
  path: Path,
  value: unknown,
  problems: Problem[],
): Subject[] {
  if (value === null || value === undefined) return [];
  const refuse = (at: Path, message: string, expected: string): Subject[] => {
    problems.push({ ...document.at(at), message, expected });
    return [];
  };
  if (!isObject(value)) return refuse(path, "no Kubernetes object", "a mapping with apiVersion and kind");
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== "string" || apiVersion === "")
    return refuse([...path, "apiVersion"], "no apiVersion", "a group and version, such as apps/v1");
  if (typeof kind !== "string" || kind === "")
    return refuse([...path, "kind"], "no kind", "a kind, such as Deployment");
  if (apiVersion === "v1" && kind === "List" && Array.isArray(value.items))
    return value.items.flatMap((item, index) =>
      objectsOf(file, document, [...path, "items", index], item, problems),
    );
  return [subjectOf(file, document, path, `${apiVersion}/${kind}`, value)];
}

function subjectOf(
  file: string,
  document: SourceDocument,
  path: Path,
  type: string,
  value: Record<string, unknown>,
): Subject {
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const name = textOf(metadata.name) || textOf(metadata.generateName) || "unnamed";
  const environment = environmentOf(file, metadata);
  const namespace = textOf(metadata.namespace) || "-";
  return {
    surface: "kubernetes",
    type,
    id: [environment || "-", namespace, type, name].join("/"),
    name,
    environment,
    properties: (type === "v1/Secret" ? withoutSecrets(value) : value) as Record<string, PlannedValue>,
    references: () => [],
    at: (below): Place => document.at([...path, ...below]),
  };
}

/** By the place that Argo CD takes it from, else by a label. */
function environmentOf(file: string, metadata: Record<string, unknown>): string {
  const folder = /(?:^|\/)k8s\/rendered\/([^/]+)\//.exec(file)?.[1];
  const labels = isObject(metadata.labels) ? metadata.labels : {};
  return folder ?? textOf(labels.environment);
}

const key = randomBytes(32);

/** Contents of a Secret never reach a rule's message. */
function withoutSecrets(value: Record<string, unknown>): Record<string, unknown> {
  const hidden = (content: unknown): unknown =>
    isObject(content)
      ? Object.fromEntries(
          Object.entries(content).map(([name, text]) => [
            name,
            {
              secret: true,
              fingerprint: createHmac("sha256", key).update(String(text)).digest("hex").slice(0, 16),
            },
          ]),
        )
      : content;
  const { data, stringData, ...rest } = value;
  return {
    ...rest,
    ...(data === undefined ? {} : { data: hidden(data) }),
    ...(stringData === undefined ? {} : { stringData: hidden(stringData) }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
