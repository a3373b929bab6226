// Reads how the statements of third parties are laid out and which table they must agree with. Opens no statement.
import { accept, declarationsIn, isReadable, readDeclaration } from "../engine/declaration";
import schema from "../schemas/statement.schema.json";

const FOLDER = "policies/data/statements";

export interface StatementForm {
  /** What they are statements of, as the file is called. */
  name: string;
  platform: string;
  /** Names of files, with `*`. */
  files: string;
  format: "csv" | "json";
  /** Of JSON: path of the list, e.g. `data.items`; default the whole file is the list. */
  list?: string;
  /** Of the provider's clock, where its times name none. */
  zone: string;
  columns: {
    /** The provider's own number, by which both sides know the item. */
    number: string;
    at: string;
    /** Only items in one of these states count. */
    status?: { column: string; counts: readonly string[] };
  };
  matches: { database: string; table: string; column: string };
}

/** @throws DeclarationError naming every problem as file:line:column */
export function loadStatements(root: string, platform: string): StatementForm[] {
  const declarations = declarationsIn(root, FOLDER).map((name) => {
    const declaration = readDeclaration<StatementForm>(root, `${FOLDER}/${name}.yaml`, schema);
    if (isReadable(declaration) && declaration.value.name !== name)
      declaration.report(
        "/name",
        `name: found "${declaration.value.name}"`,
        `"${name}", as the file is called`,
      );
    return declaration;
  });
  return accept(declarations).filter((each) => each.platform === platform);
}
