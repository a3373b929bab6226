// What a copy's place may be called, so that pgBackRest can use it and write a restore_command with it.
import { OpsError } from "../../../core/errors";
import type { Repository } from "./config";

/** What pgBackRest (2.45, measured) carries unharmed through the shell and the file that its restore_command is written to. */
const HARMLESS = /^[\p{L}\p{N} _.,:@+=/-]+$/u;

/**
 * pgBackRest quotes no path but one with a space, and that in double quotes, which its own server then takes for a part of
 * the path. Where recovery reads WAL laid beside the copy, its command is not used and need not be right.
 * @throws OpsError directory
 */
export function recoveryOptions({ directory, served }: Repository, place: string): string[] {
  if (served && place.includes(" ")) throw unusable(place, "a space, which a pgBackRest server refuses");
  if (HARMLESS.test(place)) return [];
  if (directory === undefined) return ["--recovery-option=restore_command=false"];
  throw unusable(place, "a character that pgBackRest does not quote in its restore_command");
}

function unusable(place: string, why: string): OpsError {
  return new OpsError("directory", `${place} holds ${why}; restore into a directory whose name has none`);
}
