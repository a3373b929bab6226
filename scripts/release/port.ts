// All that a release talks to, together.
import type { Change, OriginalEffort } from "../../policies/service/changes";
import type { DeliveryRules } from "../../policies/service/delivery";
import type { KeyPeriod } from "../../policies/service/key-periods";
import type { Approvals } from "./approvals";
import type { Incidents } from "./incidents";
import type { Releases, Versions } from "./releases";
import type { Rollouts } from "./rollouts";

/** What the repository declares about releases. */
export interface DeclaredDelivery {
  rules: DeliveryRules;
  keyPeriods: readonly KeyPeriod[];
  changes: readonly Change[];
  originalEffort: OriginalEffort;
}

export interface Delivery {
  /** @throws DeclarationError */
  declared(): DeclaredDelivery;
  releases: Releases;
  versions: Versions;
  rollouts: Rollouts;
  incidents: Incidents;
  approvals: Approvals;
}

export interface ReleaseTools {
  delivery: Delivery;
}
