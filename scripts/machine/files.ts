// Files and directories of this machine, with the owner and mode they must have.
import { randomBytes } from "node:crypto";
import {
  access,
  chmod,
  chown,
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
import { OpsError } from "../core/errors";
import { accountFor } from "./account";
import { makeDirectories } from "./directories";
import { isObstacle, reasonOf } from "./obstacles";
import type { Host } from "./port";

/** The database's account must get through the parents, whatever umask ops was started with. */
const PARENT_MODE = 0o755;
const FILE_MODE = 0o644;

type Files = Pick<
  Host,
  | "freeBytes"
  | "makeDirectory"
  | "removeTree"
  | "list"
  | "exists"
  | "readText"
  | "readInput"
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

  /** Of a directory that exists, owner and mode are changed only as far as they are given. */
  async makeDirectory(place, { user, mode } = {}) {
    const account = await accountFor(user);
    for (const made of makeDirectories(place, PARENT_MODE)) {
      await chmod(made, PARENT_MODE);
      if (account) await chown(made, account.uid, account.gid);
    }
    if (account) await chown(place, account.uid, account.gid);
    if (mode !== undefined) await chmod(place, mode);
  },

  /** Retries: what was killed a moment ago may still be closing its files. */
  removeTree: (place) => rm(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),

  list: async (place) => (await readdir(place)).sort(),

  exists,

  readText: (place) => readFile(place, "utf8"),

  async readInput(place) {
    try {
      return await readFile(place, "utf8");
    } catch (error) {
      if (!isObstacle(error)) throw error;
      throw new OpsError("usage", `${place} cannot be read: ${reasonOf(error)}`, {
        expected: "a file that you may read",
      });
    }
  },

  async writeOutput(place, text) {
    try {
      makeDirectories(path.dirname(place));
      // Through a link, to a terminal or a pipe it is written as by any other program: nothing takes their place.
      const there = await lstat(place).catch(() => undefined);
      await (there === undefined || there.isFile() ? writeText(place, text) : writeFile(place, text));
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
