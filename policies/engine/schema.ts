// Checks a YAML document against a JSON Schema and says what is wrong in the words of the person who wrote the file.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type { AnySchemaObject, ErrorObject } from "ajv/dist/2020";
import { ajvVersion, type Generated, standalone } from "./standalone";
import { oneOf } from "./suggest";
import { showFound, TYPE_WORDS } from "./words";
import { type Problem, pointerTo, type YamlDocument } from "./yaml";

/** Raised when the way of generating changes; the schema and ajv's version are in the key by themselves. */
const GENERATION = 1;

const load = createRequire(__filename);

const loaded = new WeakMap<AnySchemaObject, Generated>();

function validatorOf(schema: AnySchemaObject): Generated {
  const known = loaded.get(schema);
  if (known) return known;
  const key = createHash("sha256").update(`${GENERATION} ${ajvVersion()} ${JSON.stringify(schema)}`);
  const validate = standalone(`declared/${key.digest("hex").slice(0, 32)}.js`, () => codeOf(schema));
  loaded.set(schema, validate);
  return validate;
}

/** ajv is loaded here only: it costs more than all else that a file needs. */
function codeOf(schema: AnySchemaObject): string {
  const { Ajv2020 } = load("ajv/dist/2020") as typeof import("ajv/dist/2020");
  const { default: addFormats } = load("ajv-formats") as typeof import("ajv-formats");
  const { default: codeFor } = load("ajv/dist/standalone") as typeof import("ajv/dist/standalone");
  // `useDefaults` writes the schema's defaults into the value; `verbose` gives each error the schema it broke.
  const options = { allErrors: true, strict: true, useDefaults: true, verbose: true, code: { source: true } };
  const ajv = new Ajv2020(options);
  addFormats.default(ajv);
  return codeFor(ajv, ajv.compile(schema));
}

interface Wording {
  message: string;
  expected: string;
  /** The child that is meant, where it is not the value itself. */
  child?: string;
  on?: "key";
}

type Words = (error: ErrorObject, description: string | undefined) => Wording;

const found: Words = (error, description) => ({
  message: `found ${showFound(error.data)}`,
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
    message: `found ${showFound(data)}`,
    expected: TYPE_WORDS[String(params.type)] ?? String(params.type),
  }),
  enum: ({ data, params }) => ({
    message: `found ${showFound(data)}`,
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

/** Whether a value keeps to the schema. Defaults of the schema are written into it. */
export const matches = (schema: AnySchemaObject, value: unknown): boolean => validatorOf(schema)(value);

/**
 * A value that is none of several alternatives breaks all of them at once. What is wrong inside one of them says most; where nothing
 * is, the description of all of them does.
 */
function withoutAlternatives(errors: readonly ErrorObject[]): ErrorObject[] {
  const inside = (error: ErrorObject, { instancePath }: ErrorObject): boolean =>
    error.instancePath !== instancePath || ["required", "additionalProperties"].includes(error.keyword);
  return errors.filter((error) => {
    const branchesOf = (whole: ErrorObject): ErrorObject[] =>
      errors.filter(
        ({ schemaPath, instancePath }) =>
          schemaPath.startsWith(`${whole.schemaPath}/`) && instancePath.startsWith(whole.instancePath),
      );
    if (error.keyword === "anyOf") return !branchesOf(error).some((branch) => inside(branch, error));
    const whole = errors.find((each) => each.keyword === "anyOf" && branchesOf(each).includes(error));
    return whole === undefined || inside(error, whole);
  });
}

/** Every way in which the document breaks the schema. Defaults of the schema are written into the document's value. */
export function checkSchema(document: YamlDocument, schema: AnySchemaObject): Problem[] {
  const validate = validatorOf(schema);
  if (validate(document.value)) return [];
  return withoutAlternatives(validate.errors ?? [])
    .filter((error) => error.propertyName === undefined)
    .map((error) => problemOf(document, error));
}
