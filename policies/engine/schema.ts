// Checks a YAML document against a JSON Schema and says what is wrong in the words of the person who wrote the file.
// Knows no particular schema.
import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { oneOf } from "./suggest";
import { type Problem, pointerTo, type YamlDocument } from "./yaml";

// `useDefaults` writes the schema's defaults into the value; `verbose` gives each error the schema it broke.
const ajv = addFormats(new Ajv2020({ allErrors: true, strict: true, useDefaults: true, verbose: true }));

const compiled = new WeakMap<AnySchemaObject, ValidateFunction>();

function show(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string"
    ? `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`
    : String(value);
}

const TYPES: Readonly<Record<string, string>> = {
  object: "a mapping",
  array: "a list",
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
};

interface Wording {
  message: string;
  expected: string;
  /** The child that is meant, where it is not the value itself. */
  child?: string;
  on?: "key";
}

type Words = (error: ErrorObject, description: string | undefined) => Wording;

const found: Words = (error, description) => ({
  message: `found ${show(error.data)}`,
  expected: description ?? error.message?.replace(/^must (be )?/, "") ?? error.keyword,
});

/** By keyword; a keyword that is not here is worded by `found`. */
const WORDS: Readonly<Record<string, Words>> = {
  required: ({ params, parentSchema }) => {
    const name = String(params.missingProperty);
    const what: unknown = parentSchema?.properties?.[name]?.description;
    return { message: `"${name}" is missing`, expected: typeof what === "string" ? what : `"${name}"` };
  },
  additionalProperties: ({ params, parentSchema }) => {
    const name = String(params.additionalProperty);
    const known = Object.keys(parentSchema?.properties ?? {});
    return { message: `unknown property "${name}"`, expected: oneOf(name, known), child: name, on: "key" };
  },
  type: ({ data, params }) => ({
    message: `found ${show(data)}`,
    expected: TYPES[String(params.type)] ?? String(params.type),
  }),
  enum: ({ data, params }) => ({
    message: `found ${show(data)}`,
    expected: oneOf(data, (params.allowedValues as unknown[]).map(String)),
  }),
  // The inner error says what is wrong with the name; this one says where it stands.
  propertyNames: ({ params, schema }) => {
    const name = String(params.propertyName);
    const known = ((schema as AnySchemaObject).enum ?? []) as string[];
    return { message: `unknown name "${name}"`, expected: oneOf(name, known), child: name, on: "key" };
  },
};

function problemOf(document: YamlDocument, error: ErrorObject): Problem {
  const description: unknown = error.parentSchema?.description;
  const words = WORDS[error.keyword] ?? found;
  const { message, expected, child, on } = words(
    error,
    typeof description === "string" ? description : undefined,
  );
  const pointer = child === undefined ? error.instancePath : pointerTo(error.instancePath, child);
  const name = error.instancePath.split("/").findLast((part) => !/^\d*$/.test(part));
  const prefix = child !== undefined || error.keyword === "required" || name === undefined ? "" : `${name}: `;
  return document.problem(pointer, prefix + message, expected, on);
}

/** Every way in which the document breaks the schema. Defaults of the schema are written into the document's value. */
export function checkSchema(document: YamlDocument, schema: AnySchemaObject): Problem[] {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(document.value)) return [];
  return (validate.errors ?? [])
    .filter((error) => error.propertyName === undefined)
    .map((error) => problemOf(document, error));
}
