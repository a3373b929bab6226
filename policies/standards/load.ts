// Standards that rules name, as lists of their items: what is listed and what is not is the honest part of a coverage table.
import { accept, declarationsIn, readDeclaration } from "../engine/declaration";
import schema from "../schemas/standard.schema.json";

export interface Standard {
  /** With its edition, as rules name it. */
  standard: string;
  source: string;
  /** False when items are known to be missing. */
  complete: boolean;
  items: readonly string[];
}

/** @throws DeclarationError */
export function loadStandards(root: string): Standard[] {
  const folder = "policies/standards";
  return accept(
    declarationsIn(root, folder).map((name) =>
      readDeclaration<Standard>(root, `${folder}/${name}.yaml`, schema),
    ),
  );
}
