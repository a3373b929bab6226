// Durable files: what is placed is there entirely or not at all, also after a power cut. Knows nothing of ledgers.
import { constants } from "node:fs";
import { access, chmod, mkdir, open, readFile, rename, stat, statfs } from "node:fs/promises";
import path from "node:path";

/** Called before each durable step, with the step and the file; the fault tests kill the process there. */
export type OnStep = (step: string) => void;

function isErrno(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? "");
}

/** Undefined when there is no such file. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: unknown) => {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  });
}

/** Makes a directory and its parents; the mode is given whatever the umask says, but only to what was made. */
export async function makeDirectory(directory: string, mode = 0o755): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = path.dirname(made)) {
    await chmod(made, mode);
    await synchronise(path.dirname(made));
  }
}

/** A rename is durable once the directory is. */
async function synchronise(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  await handle.sync().finally(() => handle.close());
}

/** Writes a file whole: beside under a fixed name, which a repetition after a crash uses again, then by rename. */
export async function place(
  file: string,
  bytes: Uint8Array,
  onStep: OnStep = () => {},
  mode = 0o644,
): Promise<void> {
  await makeDirectory(path.dirname(file));
  const beside = `${file}.tmp`;
  onStep(`write ${file}`);
  const handle = await open(beside, "w", mode);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
  onStep(`rename ${file}`);
  await rename(beside, file);
  await synchronise(path.dirname(file));
}

/** Room for a few thousand entries: below it a job could run for an hour and have nowhere to say so. */
const ROOM = 16 * 1024 * 1024;

/** Why nothing can be written into this directory; undefined when something can. */
export async function obstacle(directory: string): Promise<string | undefined> {
  try {
    if (!(await stat(directory)).isDirectory()) return "it is not a directory";
    await access(directory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize < ROOM ? `only ${Math.floor((bavail * bsize) / 1024)} KiB are free` : undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a part of the path is not a directory",
  EEXIST: "a part of the path is not a directory",
};

export function reasonOf(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}

/** True when the error says that this place cannot be written by us, now. */
export function isObstacle(error: unknown): boolean {
  return isErrno(error, ...Object.keys(REASONS));
}
