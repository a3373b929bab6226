// Which declared resources serve which clause, as data. A declaration is no evidence: it never puts a clause in force.
import { accept, isReadable, readDeclaration } from "../engine/declaration";
import schema from "../schemas/contract-resources.schema.json";
import type { Contract } from "./contract";

const FILE = "policies/contract/resources.yaml";

interface Entry {
  layer: string;
  /** As `ops plan` prints it, e.g. `rds.BackupPolicy`. */
  type: string;
  /** Names in the program; `<environment>` is filled in. */
  names: readonly string[];
  /** @default all */
  environments?: readonly string[];
}

/** By clause. */
export type DeclaredResources = Readonly<Record<string, readonly Entry[]>>;

export interface DeclaredResource {
  clause: string;
  /** `prod-data` */
  stack: string;
  type: string;
  name: string;
}

/** @throws DeclarationError, also for a clause that the contract does not have */
export function loadDeclaredResources(root: string, contract: Contract): DeclaredResources {
  const declaration = readDeclaration<{ clauses: DeclaredResources }>(root, FILE, schema);
  if (isReadable(declaration)) {
    const known = contract.clauses.map(({ id }) => id);
    for (const clause of Object.keys(declaration.value.clauses).filter((id) => !known.includes(id))) {
      declaration.report(
        `/clauses/${clause}`,
        `the contract has no clause ${clause}`,
        "a clause of clauses.yaml",
      );
    }
  }
  return accept([declaration])[0]!.clauses;
}

/** What an environment is declared to have, in the order of the file. Empty where nothing is declared, as in the sandbox. */
export function declaredIn(
  declared: DeclaredResources,
  environment: string,
  all: readonly string[] = ["prod", "staging", "dr"],
): DeclaredResource[] {
  return Object.entries(declared).flatMap(([clause, entries]) =>
    entries
      .filter(({ environments = all }) => environments.includes(environment))
      .flatMap(({ layer, type, names }) =>
        names.map((name) => ({
          clause,
          stack: `${environment}-${layer}`,
          type,
          name: name.replaceAll("<environment>", environment),
        })),
      ),
  );
}
