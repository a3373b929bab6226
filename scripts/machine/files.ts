// Files and directories of this machine, with the owner and mode they must have.
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  access,
  constants,
  lstat,
  open,
  readdir,
  readFile,
  rename,
  rm,
  statfs,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { codeOf, OpsError } from "../core/errors";
import { type Account, accountFor } from "./account";
import { makeDirectories } from "./directories";
import { isObstacle, reasonOf } from "./obstacles";
import { ownDirectory } from "./own-directory";
import type { Host } from "./port";
import { readRecord } from "./records";
import { run } from "./run";
import { identifyDirectory, removeTree } from "./tree";

/** The database's account must get through the parents, whatever umask ops was started with. */
const PARENT_MODE = 0o755;
const FILE_MODE = 0o644;
const PIECE_BYTES = 1024 * 1024;

type Files = Pick<
  Host,
  | "freeBytes"
  | "makeDirectory"
  | "ownDirectory"
  | "identifyDirectory"
  | "handOver"
  | "readRecord"
  | "copyFile"
  | "removeTree"
  | "list"
  | "exists"
  | "readText"
  | "readInput"
  | "readPieces"
  | "writeText"
  | "writeOutput"
>;

const writeText: Files["writeText"] = async (place, text, { user, mode = FILE_MODE } = {}) => {
  const account = await accountFor(user);
  const beside = path.join(path.dirname(place), `.${path.basename(place)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(beside, "wx", 0o600);
    try {
      await file.writeFile(text);
      if (account) await file.chown(account.uid, account.gid);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, place);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};

export const files: Files = {
  /** What an unprivileged account may still write; for a path that does not exist yet, where it would be made. */
  async freeBytes(place) {
    const { bavail, bsize } = await statfs(await nearestExisting(place));
    return bavail * bsize;
  },

  async makeDirectory(place, { user, mode = PARENT_MODE } = {}) {
    const account = await accountFor(user);
    const made = makeDirectories(place, PARENT_MODE & 0o700);
    for (const one of made) await settle(one, one === place ? mode : PARENT_MODE, account);
    if (made.includes(place) || !account) return;
    const { uid } = await lstat(place);
    if (uid === account.uid || uid === process.getuid?.()) return;
    throw new OpsError("directory", `${place} belongs to uid ${uid}`, {
      expected: `a directory that does not exist, or one of ${user}`,
      todo: "name another one, or remove it",
    });
  },

  ownDirectory,
  identifyDirectory,

  async handOver(place, user, { recursive = true } = {}) {
    const account = await accountFor(user);
    if (!account) return;
    const options = recursive ? ["-R", "-h"] : ["-h"];
    const result = await run("chown", [...options, "--", `${account.uid}:${account.gid}`, place]);
    if (result.exitCode !== 0)
      throw new OpsError(
        "directory",
        `${place} could not be given to ${user}: ${result.stderr.trim().slice(0, 300)}`,
      );
  },

  removeTree,
  readRecord,
  copyFile,

  list: async (place) => (await readdir(place)).sort(),

  exists,

  readText: (place) => readFile(place, "utf8"),

  async readInput(place) {
    try {
      return await readFile(place, "utf8");
    } catch (error) {
      throw unreadable(place, error);
    }
  },

  async *readPieces(place) {
    try {
      for await (const piece of createReadStream(place, { highWaterMark: PIECE_BYTES }))
        yield piece as Buffer;
    } catch (error) {
      throw unreadable(place, error);
    }
  },

  async writeOutput(place, text, options) {
    try {
      makeDirectories(path.dirname(place));
      // Through a link, to a terminal or a pipe it is written as by any other program: nothing takes their place.
      const there = await lstat(place).catch(() => undefined);
      await (there === undefined || there.isFile()
        ? writeText(place, text, options)
        : writeFile(place, text));
    } catch (error) {
      if (!isObstacle(error)) throw error;
      throw new OpsError("directory", `${place} cannot be written: ${reasonOf(error)}`, {
        expected: "a file in a directory where you may write",
        todo: "name another one",
      });
    }
  },

  writeText,
};

function unreadable(place: string, error: unknown): unknown {
  if (!isObstacle(error)) return error;
  return new OpsError("usage", `${place} cannot be read: ${reasonOf(error)}`, {
    expected: "a file that you may read",
  });
}

/** By descriptor: what took its place meanwhile gets neither owner nor mode. */
async function settle(place: string, mode: number, account: Account | undefined): Promise<void> {
  const directory = await open(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (account) await directory.chown(account.uid, account.gid);
    await directory.chmod(mode);
  } finally {
    await directory.close();
  }
}

/** What was made by somebody who is not trusted: its name may be a link, and it may be no file at all. */
async function copyFile(
  from: string,
  to: string,
  { user, mode = FILE_MODE }: { user?: string; mode?: number } = {},
): Promise<void> {
  const account = await accountFor(user);
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      throw codeOf(error) === "ELOOP" ? notPlain(from) : error;
    },
  );
  try {
    if (!(await source.stat()).isFile()) throw notPlain(from);
    const target = await open(to, "wx", 0o600);
    try {
      if (account) await target.chown(account.uid, account.gid);
      await target.chmod(mode);
      for await (const chunk of source.createReadStream({ autoClose: false }))
        await target.writeFile(chunk as Buffer);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function notPlain(place: string): OpsError {
  return new OpsError("proofs", `${place} is a link, or no plain file`, {
    expected: "a plain file",
    todo: "nothing was read; find out who put it there",
  });
}

function exists(place: string): Promise<boolean> {
  return access(place).then(
    () => true,
    () => false,
  );
}

async function nearestExisting(place: string): Promise<string> {
  const absolute = path.resolve(place);
  return (await exists(absolute)) ? absolute : nearestExisting(path.dirname(absolute));
}

/** `/a/b`, `/a/b/c`, `/a/b/c/d` for `/a/b` and `/a/b/c/d`. */
