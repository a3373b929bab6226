// One transaction of several that are read along one copy: what cannot be read of it need not keep the others from being read.
import { OpsError } from "../../core/errors";

/** Parts of one reading, done until one is refused. */
export class Attempt {
  refused = false;

  /** @param onRefusal told why (usage); without it a refusal is thrown like any other error */
  constructor(private readonly onRefusal: ((error: OpsError) => void) | undefined) {}

  /** @returns undefined when this part, or an earlier one, was refused. @throws whatever is no refusal */
  async part<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.refused) return undefined;
    try {
      return await work();
    } catch (error) {
      if (!this.onRefusal || !(error instanceof OpsError) || error.exit !== "usage") throw error;
      this.refused = true;
      this.onRefusal(error);
      return undefined;
    }
  }
}
