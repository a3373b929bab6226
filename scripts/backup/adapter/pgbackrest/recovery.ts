// What a restore writes of recovery, and what a copy's place may be called for it.
import { OpsError } from "../../../core/errors";
import type { Repository } from "./config";

/**
 * Recovery reads WAL that was laid beside the copy, by a command that its server is given at the start. The one that pgBackRest
 * would write names the repository and its configuration, which a copy never sees; and it quotes paths badly.
 * @throws OpsError directory: a pgBackRest server takes a path with a space, which it is given in quotes, for another one
 */
export function recoveryOptions({ served }: Repository, place: string): string[] {
  if (served && place.includes(" "))
    throw new OpsError("directory", `${place} holds a space, which a pgBackRest server refuses`, {
      expected: "a directory whose name has none",
      todo: "restore elsewhere, or name another `copies` in the platform file",
    });
  return ["--recovery-option=restore_command=false"];
}
