// Reads the probe catalogue and gives each operation the figures of its clause. Sends nothing.
import { type Contract, figure } from "../contract/contract";
import { loadContract } from "../contract/load";
import { accept, isReadable, type Readable, readDeclaration } from "../engine/declaration";
import { oneOf } from "../engine/suggest";
import schema from "../schemas/probes.schema.json";

const FILE = "policies/service/probes.yaml";

export interface ProbeOperation {
  name: string;
  surface: string;
  class: string;
  request: { method: "GET" | "POST" | "PUT" | "DELETE"; path: string };
  expect: { status: number; contains?: string };
  /** Why nothing is left behind; only of a probe that changes something. */
  writes?: string;
}

export interface ProbeCatalogue {
  /** `clause` has the figures of the class. */
  classes: readonly { name: string; clause: string }[];
  surfaces: readonly { name: string; summary: string; endpoints: Readonly<Record<string, string>> }[];
  identity: { learner: string; credential: string };
  operations: readonly ProbeOperation[];
}

/** Seconds, from the contract. The average counts over a period; no single answer may take longer than the peak. */
export interface Threshold {
  clause: string;
  average: number;
  /** Absent where the contract names none (queries). */
  peak?: number;
}

/** @throws Error when the contract has no average for the class: a catalogue that was loaded names only clauses that have one */
export function thresholdOf(
  catalogue: ProbeCatalogue,
  contract: Contract,
  operation: ProbeOperation,
): Threshold {
  const clause = catalogue.classes.find(({ name }) => name === operation.class)?.clause ?? "";
  const average = figure(contract, clause, "average-max");
  if (average?.unit !== "s") throw new Error(`clause ${clause} has no average-max in seconds`);
  const peak = figure(contract, clause, "peak-max");
  return { clause, average: average.value, ...(peak ? { peak: peak.value } : {}) };
}

function checkNames({ value, report }: Readable<ProbeCatalogue>, contract: Contract): void {
  for (const list of ["classes", "surfaces", "operations"] as const) {
    const names = value[list].map(({ name }) => name);
    for (const [index, name] of names.entries())
      if (names.indexOf(name) < index)
        report(`/${list}/${index}/name`, `${name} stands twice`, "unique names");
  }
  for (const [index, { clause }] of value.classes.entries())
    if (figure(contract, clause, "average-max") === undefined)
      report(
        `/classes/${index}/clause`,
        `clause ${clause} has no average-max`,
        "a clause with response times",
      );
}

function checkOperations({ value, report }: Readable<ProbeCatalogue>): void {
  const names = { surface: value.surfaces, class: value.classes };
  for (const [index, operation] of value.operations.entries()) {
    for (const key of ["surface", "class"] as const) {
      const known = names[key].map(({ name }) => name);
      if (!known.includes(operation[key]))
        report(
          `/operations/${index}/${key}`,
          `unknown ${key} "${operation[key]}"`,
          oneOf(operation[key], known),
        );
    }
    const changes = operation.request.method !== "GET";
    if (changes && operation.writes === undefined)
      report(
        `/operations/${index}`,
        `${operation.name} changes something`,
        "`writes`: why nothing is left behind",
      );
  }
}

/** @throws DeclarationError naming every problem as file:line:column */
export function loadProbes(root: string): ProbeCatalogue {
  const declaration = readDeclaration<ProbeCatalogue>(root, FILE, schema);
  if (isReadable(declaration)) {
    checkNames(declaration, loadContract(root));
    checkOperations(declaration);
  }
  return accept([declaration])[0]!;
}
