// What masking needs of the world: what is declared of the operated platform, and a key that no database ever sees.
import type { MaskedPlatform } from "../../policies/data/masking";

export interface Masking {
  /** What is declared of this run's platform; undefined when nothing is. @throws DeclarationError */
  declared(): MaskedPlatform | undefined;
  /** The environment's key, made on first use. @throws OpsError evidence, when others may have had it */
  key(): Promise<Buffer>;
}

export interface MaskingTools {
  masking: Masking;
}
