// Holds a manifest against the definition of its kind and says in words what the API server would refuse.

import type { Path, Subject } from "../subject";
import { nearest, oneOf } from "../suggest";
import { isSecret, type PlannedValue } from "../value";
import { showFound, TYPE_WORDS } from "../words";
import { type Definition, definitionAt, definitionOf, typesOf } from "./definitions";
import { type Broken, validatorOf } from "./validators";
import { KUBERNETES, type KubernetesVersion } from "./version";

export interface Mistake {
  path: Path;
  message: string;
  expected: string;
}

/**
 * Everything that the kind's definition refuses; empty for a valid manifest. Expressions in definitions
 * (`x-kubernetes-validations`) and what admission would say are not looked at.
 */
export function mistakesOf(subject: Subject, version: KubernetesVersion = KUBERNETES): Mistake[] {
  const validate = validatorOf(subject.type, version);
  if (!validate) return [unknownKind(subject, version)];
  const broken = validate(subject.properties);
  if (broken.length === 0) return [];
  const root = definitionOf(subject.type, version)!;
  const seen = new Set<string>();
  return broken
    .filter(({ schemaPath }) => !/\/(anyOf|oneOf|not)\/./.test(schemaPath))
    .map((error) => placed(error, subject.properties, root))
    .filter((place) => !isNothing(place, root) && !isSecret(place.value))
    .map(worded)
    .filter(({ path, message }) => {
      const key = `${path.join("/")} ${message}`;
      return !seen.has(key) && seen.add(key);
    });
}

function unknownKind({ type }: Subject, version: KubernetesVersion): Mistake {
  const known = nearest(type, typesOf(version));
  return {
    path: ["kind"],
    message: `${type} is no kind of Kubernetes ${version} or of a controller of ours`,
    expected: known ? `a kind that has a definition; did you mean ${known}?` : "a kind that has a definition",
  };
}

interface Placed {
  error: Broken;
  path: Path;
  value: PlannedValue | undefined;
  definition: Definition | undefined;
}

/** JSON pointer to path; numbers where the value has lists. */
function placed(error: Broken, properties: PlannedValue, root: number): Placed {
  let value: PlannedValue | undefined = properties;
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((step) => {
      const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
      const next = Array.isArray(value) ? Number(key) : key;
      value = (value as Record<string | number, PlannedValue>)[next];
      return next;
    });
  return { error, path, value, definition: definitionAt(root, path) };
}

/** `creationTimestamp: null` and its like: the API server reads an optional field without a value as one that is not set. */
function isNothing({ error, path, value }: Placed, root: number): boolean {
  if (value !== null || path.length === 0) return false;
  const name = path.at(-1)!;
  if (typeof name === "number") return false;
  const parent = definitionAt(root, path.slice(0, -1));
  return error.keyword !== "required" && !(parent?.required ?? []).includes(name);
}

type Words = (placed: Placed) => { message: string; expected: string; child?: string };

const allowed = (definition: Definition | undefined): string => {
  const types = [definition?.type ?? []].flat().filter((type) => type !== "null");
  return types.map((type) => TYPE_WORDS[type] ?? type).join(" or ") || "another value";
};

const WORDS: Readonly<Record<string, Words>> = {
  additionalProperties: ({ error, definition }) => {
    const name = String(error.params.additionalProperty);
    const known = Object.keys(definition?.properties ?? {});
    const near = nearest(name, known);
    return {
      message: `unknown field "${name}"`,
      expected: near ? `a field of this kind; did you mean "${near}"?` : oneOf(name, known),
      child: name,
    };
  },
  required: ({ error }) => {
    const name = String(error.params.missingProperty);
    return { message: `"${name}" is missing`, expected: `"${name}"` };
  },
  type: ({ error, value }) => ({
    message: `found ${showFound(value)}`,
    expected: allowed({ type: error.params.type as string | string[] }),
  }),
  enum: ({ error, value }) => ({
    message: `found ${showFound(value)}`,
    expected: oneOf(value, (error.params.allowedValues as unknown[]).map(String)),
  }),
  const: ({ error, value }) => ({
    message: `found ${showFound(value)}`,
    expected: showFound(error.params.allowedValue),
  }),
  pattern: ({ error, value }) => ({
    message: `found ${showFound(value)}`,
    expected: FORMS[String(error.params.pattern)] ?? `text of the form ${String(error.params.pattern)}`,
  }),
};

/** Patterns that people know by name. */
const FORMS: Readonly<Record<string, string>> = {
  "^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|[eE][+-]?[0-9]+)?$":
    "a quantity, such as 500m or 1Gi",
};

const LIMITS: Readonly<Record<string, string>> = {
  minimum: "at least",
  maximum: "at most",
  exclusiveMinimum: "more than",
  exclusiveMaximum: "less than",
  minItems: "a list at least this long:",
  maxItems: "a list at most this long:",
  minLength: "text at least this long:",
  maxLength: "text at most this long:",
  minProperties: "fields, at least",
  maxProperties: "fields, at most",
};

const otherwise: Words = ({ error, value }) => {
  const limit = LIMITS[error.keyword];
  return {
    message: `found ${showFound(value)}`,
    expected: limit ? `${limit} ${String(error.params.limit)}` : (REST[error.keyword] ?? error.keyword),
  };
};

const REST: Readonly<Record<string, string>> = {
  anyOf: "one of the combinations that the definition allows",
  oneOf: "exactly one of the alternatives that the definition allows",
  not: "no combination that the definition rules out",
  uniqueItems: "each item once",
};

function worded(placed: Placed): Mistake {
  const { message, expected, child } = (WORDS[placed.error.keyword] ?? otherwise)(placed);
  const name = placed.path.findLast((step) => typeof step === "string");
  const prefix = child !== undefined || name === undefined ? "" : `${name}: `;
  return {
    path: child === undefined ? placed.path : [...placed.path, child],
    message: prefix + message,
    expected,
  };
}
