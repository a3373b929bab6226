// The file-backed register of incidents, read and checked.
import { accept, declarationsIn, isReadable, readDeclaration } from "../engine/declaration";
import incidentSchema from "../schemas/incident.schema.json";

const FOLDER = "policies/service/incidents";

export interface Incident {
  /** `inc-2026-001`, the file's name. */
  id: string;
  level: "P1" | "P2" | "P3" | "P4";
  environment: string;
  summary: string;
  /** ISO instant with its zone. */
  opened: string;
  /** ISO instant with its zone, or `open`. */
  closed: string;
}

/** Every incident, sorted by id. @throws DeclarationError */
export function loadIncidents(root: string): Incident[] {
  return accept(
    declarationsIn(root, FOLDER).map((name) => {
      const declaration = readDeclaration<Incident>(root, `${FOLDER}/${name}.yaml`, incidentSchema);
      if (isReadable(declaration)) {
        const { value, report } = declaration;
        if (value.id !== name) report("/id", `id: found "${value.id}"`, `"${name}", as the file is called`);
        if (value.closed !== "open" && Date.parse(value.closed) < Date.parse(value.opened))
          report("/closed", `closed at ${value.closed}`, `an instant not before ${value.opened}`);
      }
      return declaration;
    }),
  );
}
