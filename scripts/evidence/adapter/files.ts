// Durable files: what is placed is there entirely or not at all, also after a power cut.
import {
  chmod,
  constants,
  link,
  open,
  readdir,
  rename,
  rm,
  statfs,
  unlink,
  writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { codeOf } from "../../core/errors";
import { makeDirectories } from "../../machine/directories";
import { self } from "../../machine/identity";
import { isDead, ownedName, ownerOf } from "../../machine/owned";
import { beside, PROBE } from "./layout";

/** Called before each durable step, with the step and the file; the fault tests kill the process there. */
export type OnStep = (step: string) => void;

function isErrno(error: unknown, ...codes: string[]): boolean {
  return codes.includes(codeOf(error));
}

export function isAbsent(error: unknown): boolean {
  return isErrno(error, "ENOENT", "ENOTDIR");
}

/** Undefined when there is no such file; a directory of that name is none, nor is a pipe, which would be waited for, nor a link to itself. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return (await handle.stat()).isFile() ? await handle.readFile() : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isAbsent(error) || isErrno(error, "ENXIO", "ELOOP", "ENAMETOOLONG")) return undefined;
    throw error;
  }
}

/** Makes a directory and its parents; the mode is given whatever the umask says, but only to what was made. */
export async function makeDirectory(directory: string, mode = 0o755): Promise<void> {
  for (const made of makeDirectories(directory, mode).reverse()) {
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
  const draft = beside(file);
  onStep(`write ${file}`);
  const handle = await open(draft, "w", mode);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
  onStep(`rename ${file}`);
  await rename(draft, file);
  await synchronise(path.dirname(file));
}

/** Makes a file that is never written over; of several that try at once the first wins and the others see its content. */
export async function createOnce(file: string, bytes: string, mode: number): Promise<void> {
  const owner = { ...(await self()), host: hostname() };
  const draft = ownedName(file, "draft", owner);
  const handle = await open(draft, "wx", mode);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(mode);
    await handle.sync();
    await link(draft, file).catch((error: unknown) => {
      if (!isErrno(error, "EEXIST")) throw error;
    });
  } finally {
    await handle.close();
    await unlink(draft);
  }
  await synchronise(path.dirname(file));
}

/** Removes what killed processes left where `createOnce` was about to make a file of this directory. */
export async function removeDrafts(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = ownerOf(name);
    if (owner && (await isDead(owner))) await rm(path.join(directory, name), { force: true });
  }
}

/** Room for a few thousand entries: below it a job could run for an hour and have nowhere to say so. */
const ROOM = 16 * 1024 * 1024;

/**
 * Shows that files can be made in this directory, by making one.
 * @returns why there is too little space; undefined when there is enough
 * @throws whatever the file system refuses
 */
export async function probe(directory: string): Promise<string | undefined> {
  const file = path.join(directory, PROBE);
  await writeFile(file, "");
  await unlink(file);
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < ROOM ? `only ${Math.floor((bavail * bsize) / 1024)} KiB are free` : undefined;
}
