// Reads a declared file: YAML, placeholders, schema. The one place of this room that touches files.
// What the declarations mean is checked by their own loaders.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnySchemaObject } from "ajv/dist/2020";
import { checkSchema } from "./schema";
import { oneOf } from "./suggest";
import { type Problem, parseYaml, pointerTo, showProblem, type YamlDocument } from "./yaml";

/** Declared files are wrong; `problems` names every place. The error boundary turns it into exit code `config`. */
export class DeclarationError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(showProblem).join("\n"));
    this.name = "DeclarationError";
    this.problems = problems;
  }
}

/** Values of `${name}` placeholders. */
export type Substitutions = Readonly<Record<string, string>>;

export interface Declaration<T> {
  /** Relative to the repository, with `/`. */
  file: string;
  /** Absent when the file could not be read or broke its schema. */
  value?: T;
  problems: Problem[];
  /** Adds a finding of the caller, at a JSON pointer into the file. */
  report(pointer: string, message: string, expected?: string): void;
}

/** A declaration that keeps to its schema; what it means may still be wrong. */
export type Readable<T> = Declaration<T> & { value: T };

export function isReadable<T>(declaration: Declaration<T>): declaration is Readable<T> {
  return declaration.value !== undefined;
}

/** Fills placeholders after parsing, so that no substituted text can change the structure of the file. */
function substitute(document: YamlDocument, values: Substitutions): void {
  const fill = (value: unknown, pointer: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => fill(item, pointerTo(pointer, index)));
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, fill(item, pointerTo(pointer, key))]),
      );
    }
    if (typeof value !== "string") return value;
    return value.replace(/\$\{([^}]*)\}?/g, (placeholder, name: string) => {
      if (Object.hasOwn(values, name) && placeholder.endsWith("}")) return values[name]!;
      const expected = oneOf(name, Object.keys(values));
      document.problems.push(
        document.problemWithin(pointer, placeholder, `unknown placeholder ${placeholder}`, expected),
      );
      return placeholder;
    });
  };
  document.value = fill(document.value, "");
}

/** Reads and checks one file; never throws for what is wrong in it. `T` is what the schema describes. */
export function readDeclaration<T>(
  root: string,
  file: string,
  schema: AnySchemaObject,
  substitutions: Substitutions = {},
): Declaration<T> {
  if (!existsSync(join(root, file))) {
    const problems: Problem[] = [{ file, line: 1, column: 1, message: "there is no such file" }];
    return { file, problems, report: () => {} };
  }
  return declarationOf(file, readFileSync(join(root, file), "utf8"), schema, substitutions);
}

/** The same for text that lies in no working tree. `file` is what its problems are reported at. */
export function declarationOf<T>(
  file: string,
  text: string,
  schema: AnySchemaObject,
  substitutions: Substitutions = {},
): Declaration<T> {
  const document = parseYaml(file, text);
  const { problems } = document;
  const report = (pointer: string, message: string, expected?: string): void => {
    problems.push(document.problem(pointer, message, expected));
  };
  if (document.value === undefined) return { file, problems, report };
  substitute(document, substitutions);
  const placed = new Set(problems.map(({ line, column }) => `${line}:${column}`));
  const broken = checkSchema(document, schema);
  // A placeholder that is not known often breaks the schema too: one finding a place is enough.
  problems.push(...broken.filter(({ line, column }) => !placed.has(`${line}:${column}`)));
  return broken.length > 0
    ? { file, problems, report }
    : { file, problems, report, value: document.value as T };
}

/** The values of checked declarations. @throws DeclarationError with the problems of all of them */
export function accept<T>(declarations: readonly Declaration<T>[]): T[] {
  const problems = declarations.flatMap((declaration) => declaration.problems);
  if (problems.length > 0) throw new DeclarationError(problems);
  return declarations.flatMap(({ value }) => (value === undefined ? [] : [value]));
}

/** Names (without `.yaml`) of the declarations in a folder, sorted; empty when there is no folder. */
export function declarationsIn(root: string, folder: string): string[] {
  const directory = join(root, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/** True when the repository has the file. */
export function isFile(root: string, file: string): boolean {
  return existsSync(join(root, file));
}
