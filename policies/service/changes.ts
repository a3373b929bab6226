// The change ledger and the allowance it counts against (UPG-BUDGET), read and checked. The decision is a release's gate.
import { accept, declarationsIn, isReadable, readDeclaration } from "../engine/declaration";
import changeSchema from "../schemas/change.schema.json";
import effortSchema from "../schemas/original-effort.schema.json";

const FOLDER = "policies/service/changes";
const ORIGINAL_EFFORT = "policies/service/original-effort.yaml";

export interface Change {
  /** `cr-2026-001`, the file's name. */
  id: string;
  title: string;
  /** 需求变更, 功能变更, 界面变更, 操作方式变更. */
  kind: "requirement" | "function" | "interface" | "operation";
  /** Person-days. */
  effort: number;
  requester: string;
  /** Day, `2026-10-12`. */
  requested: string;
  acceptance: "none" | { by: string; at: string };
  /** `learning-web 1.1.0`, or `none`. */
  release: string;
}

export interface OriginalEffort {
  personDays: number;
  source: string;
  /** Until the college has confirmed it, nobody knows what 20 % of it is. */
  confirmed: "no" | { by: string; at: string };
}

/** Every change, sorted by id. @throws DeclarationError */
export function loadChanges(root: string): Change[] {
  return accept(
    declarationsIn(root, FOLDER).map((name) => {
      const declaration = readDeclaration<Change>(root, `${FOLDER}/${name}.yaml`, changeSchema);
      if (isReadable(declaration)) {
        const { value, report } = declaration;
        if (value.id !== name) report("/id", `id: found "${value.id}"`, `"${name}", as the file is called`);
        if (value.acceptance !== "none" && value.acceptance.at < value.requested)
          report(
            "/acceptance/at",
            `accepted on ${value.acceptance.at}`,
            `a day not before ${value.requested}`,
          );
      }
      return declaration;
    }),
  );
}

/** @throws DeclarationError */
export function loadOriginalEffort(root: string): OriginalEffort {
  return accept([readDeclaration<OriginalEffort>(root, ORIGINAL_EFFORT, effortSchema)])[0]!;
}
