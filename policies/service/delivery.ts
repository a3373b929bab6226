// Rules of delivery (SEC-RELEASE): how old a verified backup may be and when to release. How a version is let in: canary.ts.
import { accept, readDeclaration } from "../engine/declaration";
import deliverySchema from "../schemas/delivery.schema.json";

const FILE = "policies/service/delivery.yaml";

/** Times of day in Asia/Shanghai; `to` is not included. */
export type ReleaseHours =
  | "always"
  | { from: string; to: string; notOn: readonly ("day-off" | "eve-of-day-off")[] };

export interface DeliveryRules {
  verifiedBackupHours: number;
  hours: Readonly<Record<string, ReleaseHours>>;
}

/** @throws DeclarationError */
export function loadDeliveryRules(root: string): DeliveryRules {
  return accept([readDeclaration<DeliveryRules>(root, FILE, deliverySchema)])[0]!;
}
