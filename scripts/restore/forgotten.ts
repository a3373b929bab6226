// Deletions that people asked for, as a check of a restore: carried out again on the copy before anybody reads it or takes from it.
import type { MaskedPlatform } from "../../policies/data/masking";
import { notApplicable, pass } from "../core/finding";
import { forgetAgain, forgottenAt } from "../masking/forgotten";
import type { MaskingTools } from "../masking/port";
import type { AtTarget, RestoreCheck } from "./test-state";

export interface Forgetter {
  check: RestoreCheck<"at-target">;
  /** Whether nobody is left who asked to be deleted. */
  done(): boolean;
}

export function forgetter({ masking }: MaskingTools): Forgetter {
  let done = false;
  return {
    done: () => done,
    check: {
      name: "forgotten",
      stage: "at-target",
      async look(state) {
        const { context, server } = state;
        const requests = forgottenAt(await context.ledger.entries(), context.platform.name, momentOf(state));
        if (requests.length === 0) {
          done = true;
          return notApplicable("nobody has asked to be deleted since, or shortly before, the restore point");
        }
        const declared: MaskedPlatform | undefined = masking.declared();
        const replayed = await context.progress.phase("forget", () =>
          forgetAgain(server.database, declared, requests),
        );
        done = true;
        return pass(
          `${replayed.requests} requests carried out again: ${replayed.deleted} rows deleted, ${replayed.masked} masked for good`,
        );
      },
    },
  };
}

/** What the copy holds ends here; where nothing was replayed, with the backup. */
function momentOf({ goal, position, set }: AtTarget): Date {
  if (goal.target.kind !== "latest") return goal.target.at;
  return position.lastCommit === null ? set.finished : new Date(position.lastCommit);
}
