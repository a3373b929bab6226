// Files and directories of this machine, with the owner and mode they must have.
import { randomBytes } from "node:crypto";
import { access, chmod, chown, mkdir, open, readdir, readFile, rename, rm, statfs } from "node:fs/promises";
import path from "node:path";
import { accountFor } from "./account";
import type { Host } from "./port";

/** The database's account must get through the parents, whatever umask ops was started with. */
const PARENT_MODE = 0o755;
const FILE_MODE = 0o644;

type Files = Pick<
  Host,
  "freeBytes" | "makeDirectory" | "removeTree" | "list" | "exists" | "readText" | "writeText"
>;

export const files: Files = {
  /** What an unprivileged account may still write; for a path that does not exist yet, where it would be made. */
  async freeBytes(place) {
    const { bavail, bsize } = await statfs(await nearestExisting(place));
    return bavail * bsize;
  },

  /** Of a directory that exists, owner and mode are changed only as far as they are given. */
  async makeDirectory(place, { user, mode } = {}) {
    const account = await accountFor(user);
    const first = await mkdir(place, { recursive: true, mode: PARENT_MODE });
    for (const made of first === undefined ? [] : pathsBetween(first, place)) {
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

  async writeText(place, text, { user, mode = FILE_MODE } = {}) {
    const account = await accountFor(user);
    const beside = path.join(
      path.dirname(place),
      `.${path.basename(place)}.${randomBytes(6).toString("hex")}`,
    );
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
  },
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
function pathsBetween(first: string, last: string): string[] {
  const from = path.resolve(first);
  const steps = path.relative(from, path.resolve(last)).split(path.sep).filter(Boolean);
  return [from, ...steps.map((_, index) => path.join(from, ...steps.slice(0, index + 1)))];
}
