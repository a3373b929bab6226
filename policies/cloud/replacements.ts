// Which property changes make the provider replace a resource, and which resources lose content with that: as data.
import { accept, readDeclaration } from "../engine/declaration";
import schema from "../schemas/replacements.schema.json";

export interface Replacement {
  /** Its content is lost with it. */
  stateful: boolean;
  /** Top-level properties; a change anywhere below one counts. */
  properties: readonly string[];
  source?: string;
}

export interface Replacements {
  source: string;
  /** By Pulumi type; a type that is missing has an unknown verdict. */
  types: Readonly<Record<string, Replacement>>;
}

/** @throws DeclarationError */
export function loadReplacements(root: string): Replacements {
  return accept([readDeclaration<Replacements>(root, "policies/cloud/replacements.yaml", schema)])[0]!;
}
