// One drill or verification at a time on a platform: they compete for disk and memory, and their timings would lie.
import path from "node:path";
import type { Core, Operated } from "../core/tools";
import type { MachineTools, Workspace } from "../machine/port";
import { reapCopies } from "./reap";

/** Holds the lock until the job has cleaned up; first removes what killed runs left. @throws OpsError locked, naming the holder */
export async function withDrillLock<T>(
  context: MachineTools &
    Pick<Workspace, "copies" | "sockets"> &
    Pick<Operated, "platform"> &
    Pick<Core, "clock" | "defer" | "progress">,
  job: string,
  body: () => Promise<T>,
): Promise<T> {
  await context.host.ownDirectory(context.copies, { user: context.platform.backups.osUser, mode: 0o711 });
  const file = path.join(context.copies, ".lock");
  const lock = await context.host.lock(file, { job, since: context.clock.now() });
  context.defer("release the drill lock", () => lock.release());
  for (const id of await reapCopies(context))
    context.progress.say("info", `removed what a killed run had left: ${id}`);
  return body();
}
