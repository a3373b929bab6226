// Removes a directory tree that somebody else may have filled. Every step goes by the descriptor of a directory that is held
// open, so that no link is followed and nothing outside the tree is touched, whatever is renamed meanwhile.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { chmod, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, OpsError } from "../core/errors";
import type { DirectoryIdentity } from "./port";

const ATTEMPTS = 6;
const RETRY_MILLISECONDS = 100;
/** open(2), Linux: names a file without opening it; Node does not name the flag. */
const O_PATH = 0o10000000;
const DIRECTORY = constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** The directory itself, not what a link of this name leads to; undefined when there is none. */
export function identifyDirectory(place: string): DirectoryIdentity | undefined {
  const there = lstatSync(place, { throwIfNoEntry: false, bigint: true });
  return there?.isDirectory() ? { device: String(there.dev), inode: String(there.ino) } : undefined;
}

/**
 * Removes a file, a link or a directory with all that it holds; nothing happens when it is missing. Retries: what was killed
 * a moment ago may still be closing its files.
 * @param expected the directory that is meant. @throws OpsError proofs when another one is there; the system's error
 */
export async function removeTree(place: string, expected?: DirectoryIdentity): Promise<void> {
  // Without /proc (no Linux) no descriptor can be used as a path, and no container ran either.
  if (!existsSync("/proc/self/fd") && !expected) return rm(place, { recursive: true, force: true });
  for (let attempt = 1; ; attempt++) {
    try {
      return await removeOnce(place, expected);
    } catch (error) {
      if (attempt === ATTEMPTS || !["ENOTEMPTY", "EBUSY", "EEXIST"].includes(codeOf(error))) throw error;
      await sleep(RETRY_MILLISECONDS);
    }
  }
}

async function removeOnce(place: string, expected: DirectoryIdentity | undefined): Promise<void> {
  const there = lstatSync(place, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isDirectory()) {
    if (expected) throw another(place, "it is no directory");
    return unlinkSync(place);
  }
  const descriptor = await openDirectory(place);
  try {
    const found = fstatSync(descriptor, { bigint: true });
    if (expected && (String(found.dev) !== expected.device || String(found.ino) !== expected.inode))
      throw another(place, `device ${found.dev}, inode ${found.ino}`);
    await empty(descriptor);
  } finally {
    closeSync(descriptor);
  }
  rmdirSync(place);
}

function another(place: string, found: string): OpsError {
  return new OpsError("proofs", `${place} is not the directory that was to be removed: ${found}`, {
    expected: "the directory that ops made, by device and inode",
    todo: "nothing was touched; find out who put it there",
  });
}

/** Directories are moved up and emptied there: no depth of theirs makes this use more than two descriptors. */
async function empty(top: number): Promise<void> {
  for (;;) {
    const names = entries(top);
    if (names.length === 0) return;
    for (const name of names) if (!unlinked(top, name)) await flatten(top, name);
  }
}

async function flatten(top: number, name: Buffer): Promise<void> {
  const descriptor = await openDirectory(at(top, name));
  try {
    for (const child of entries(descriptor)) {
      if (unlinked(descriptor, child)) continue;
      // A directory that may not be written cannot be moved away from its parent either.
      closeSync(await openDirectory(at(descriptor, child)));
      renameSync(at(descriptor, child), at(top, Buffer.from(`.removed-${randomBytes(8).toString("hex")}`)));
    }
  } finally {
    closeSync(descriptor);
  }
  rmdirSync(at(top, name));
}

/** @returns false when it is a directory */
function unlinked(directory: number, name: Buffer): boolean {
  try {
    unlinkSync(at(directory, name));
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return true;
    if (codeOf(error) === "EISDIR") return false;
    throw error;
  }
}

/** Names as bytes: what is no UTF-8 could otherwise not be named. */
function entries(directory: number): Buffer[] {
  return readdirSync(`/proc/self/fd/${directory}`, { encoding: "buffer" });
}

function at(directory: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]);
}

/** Never through a link. Who is not root may have to give himself the right to read what is his. */
async function openDirectory(place: string | Buffer): Promise<number> {
  const descriptor = await open(place);
  if (process.getuid?.() !== 0) fchmodSync(descriptor, 0o700);
  return descriptor;
}

async function open(place: string | Buffer): Promise<number> {
  try {
    return openSync(place, constants.O_RDONLY | DIRECTORY);
  } catch (error) {
    if (codeOf(error) !== "EACCES") throw error;
    await changeMode(place, 0o700);
    return openSync(place, constants.O_RDONLY | DIRECTORY);
  }
}

/** chmod of a directory, never of what a link in its place leads to. @throws the system's error (ENOTDIR for a link) */
export async function changeMode(place: string | Buffer, mode: number): Promise<void> {
  if (!existsSync("/proc/self/fd")) return chmod(place, mode);
  const descriptor = openSync(place, O_PATH | DIRECTORY);
  try {
    await chmod(path.join("/proc/self/fd", String(descriptor)), mode);
  } finally {
    closeSync(descriptor);
  }
}
