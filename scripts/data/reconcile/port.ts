// What reconciling needs of the world beside the source: which statements are declared.
import type { StatementForm } from "../../../policies/data/statements";

export interface StatementTools {
  statements: {
    /** Of this run's platform. @throws DeclarationError */
    declared(): StatementForm[];
  };
}
