// Reads the contract and holds it to what a schema cannot say: unique ids, proofs that exist in this repository.
// Whether a job exists is asked where jobs are known (scripts/contract/status.ts): this room imports no other.
import { accept, isFile, isReadable, type Readable, readDeclaration } from "../engine/declaration";
import schema from "../schemas/contract.schema.json";
import type { Contract } from "./contract";

const FILE = "policies/contract/clauses.yaml";

/** Proofs that are files: where the file of a name is. */
const PROOF_FILES = {
  rules: (name: string) => `policies/rules/${name}.ts`,
  runbooks: (name: string) => `runbooks/${name}.md`,
} as const;

function checkIds({ value, report }: Readable<Contract>): void {
  const first = new Map<string, number>();
  for (const [index, { id }] of value.clauses.entries()) {
    if (first.has(id)) report(`/clauses/${index}/id`, `clause ${id} stands twice`, "unique clause ids");
    else first.set(id, index);
  }
}

function checkScheduled({ value, report }: Readable<Contract>): void {
  for (const [index, { proofs }] of value.clauses.entries()) {
    for (const [place, name] of (proofs.scheduled ?? []).entries())
      if (!proofs.jobs.includes(name))
        report(`/clauses/${index}/proofs/scheduled/${place}`, `${name} is none of the jobs`, "one of `jobs`");
  }
}

function checkProofFiles(root: string, { value, report }: Readable<Contract>): void {
  for (const [index, { proofs }] of value.clauses.entries()) {
    for (const kind of ["rules", "runbooks"] as const) {
      for (const [place, name] of proofs[kind].entries()) {
        const file = PROOF_FILES[kind](name);
        if (isFile(root, file)) continue;
        report(`/clauses/${index}/proofs/${kind}/${place}`, `no such file: ${file}`, "a proof that exists");
      }
    }
  }
}

/**
 * The contract under the repository `root`.
 * @throws DeclarationError naming every problem as file:line:column
 */
export function loadContract(root: string): Contract {
  const declaration = readDeclaration<Contract>(root, FILE, schema);
  if (isReadable(declaration)) {
    checkIds(declaration);
    checkScheduled(declaration);
    checkProofFiles(root, declaration);
  }
  return accept([declaration])[0]!;
}
