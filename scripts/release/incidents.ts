// The register of incidents, as far as a release must know it.
import type { Incident } from "../../policies/service/incidents";

export interface Incidents {
  /** Every incident on record. @throws DeclarationError, OpsError unavailable */
  list(): Promise<readonly Incident[]>;
}
