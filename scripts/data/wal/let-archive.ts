// What was committed a moment ago lies in a segment of WAL that is not archived yet: the source is asked to end it.
import { archiveNow } from "../../backup/archiving";
import { OpsError } from "../../core/errors";
import type { RestoreTools } from "../../restore/tools";

/** So long may a segment of WAL that is not full stay on the source, milliseconds. */
const RECENT = 3_600_000;

/** @param until the instant up to which WAL is needed; undefined = now. Where the source cannot archive it is said, and nothing more */
export async function letArchive(context: RestoreTools, until: Date | undefined): Promise<void> {
  if (until !== undefined && context.clock.now().getTime() - until.getTime() >= RECENT) return;
  await archiveNow(context).catch((error: unknown) => {
    if (!(error instanceof OpsError)) throw error;
    context.progress.say("info", `the newest WAL is not archived yet: ${error.message}`);
  });
}
