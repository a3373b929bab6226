// Small files of ours that decide what is deleted or killed. They are believed only when nobody else can have written them.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { codeOf, OpsError } from "../core/errors";

const LARGEST_BYTES = 1024 * 1024;

/**
 * @returns its text; undefined when there is none
 * @throws OpsError proofs when it is a link, no plain file, somebody else's, or writable for others
 */
export async function readRecord(place: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return undefined;
    if (codeOf(error) === "ELOOP") throw refused(place, "is a symbolic link");
    if (codeOf(error) === "EACCES" || codeOf(error) === "ENXIO") throw refused(place, "cannot be read by us");
    throw error;
  }
  try {
    const { uid, mode, nlink, size } = await file.stat();
    const wrong = [
      (mode & constants.S_IFMT) === constants.S_IFREG ? undefined : "is no plain file",
      uid === ownUid() ? undefined : `belongs to uid ${uid}`,
      (mode & 0o022) === 0 ? undefined : "can be written by others",
      nlink === 1 ? undefined : `has ${nlink} names`,
      size <= LARGEST_BYTES ? undefined : `has ${size} bytes`,
    ].filter((text) => text !== undefined);
    if (wrong.length > 0) throw refused(place, wrong.join(" and "));
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/**
 * A small file that somebody else wrote: its text is a claim, to be held against something.
 * @returns undefined when there is none that could be read: no plain file, a link, too large
 */
export async function readForeign(place: string): Promise<string | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(place, flags).catch(() => undefined);
  try {
    const found = await file?.stat();
    return found?.isFile() && found.size <= LARGEST_BYTES ? await file?.readFile("utf8") : undefined;
  } finally {
    await file?.close();
  }
}

function ownUid(): number | undefined {
  return process.getuid?.();
}

function refused(place: string, found: string): OpsError {
  return new OpsError("proofs", `${place} ${found}`, {
    expected: "a plain file, written and owned by ops alone",
    todo: "nothing was touched; find out who put it there, and remove it by hand",
  });
}

/**
 * Opens a log to append to: a plain file of one name, or a device that was named outright; never through a link, and never
 * waiting for the other end of a pipe. @throws OpsError proofs
 */
export async function openLog(place: string): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
  const file = await open(place, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600).catch(
    (error: unknown) => {
      if (["ELOOP", "ENXIO"].includes(codeOf(error))) throw notALog(place);
      throw error;
    },
  );
  const found = await file.stat();
  if ((found.isFile() && found.nlink === 1) || found.isCharacterDevice()) return file;
  await file.close();
  throw notALog(place);
}

function notALog(place: string): OpsError {
  return new OpsError("proofs", `${place} is a link, or no plain file`, {
    expected: "a log of ours, in a directory that nobody else may write",
    todo: "nothing was written; find out who put it there",
  });
}
