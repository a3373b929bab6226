// Accounts for copies: when we are root, each copy's programs run under a number of its own, which owns nothing else on this
// machine. A number belongs to one directory as long as that directory exists; who claims one holds a machine-wide lock.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { OpsError } from "../core/errors";
import { COPY_ACCOUNTS, copyAccount, copyUid } from "./account";
import { files } from "./files";
import { lock } from "./lock";
import { ownDirectory } from "./own-directory";
import type { Claim, DirectoryIdentity } from "./port";
import { readRecord } from "./records";
import { identifyDirectory, removeTree } from "./tree";

/** The same for every checkout of this machine: their copies must not share numbers either. */
const REGISTRY = "/var/lib/netedu-ops/accounts";
const WAIT_SECONDS = 30;

interface Entry extends DirectoryIdentity {
  directory: string;
}

/**
 * A number that no other copy has, for a directory that exists.
 * @returns undefined when there can be none: we are not root, or this system does not know such high numbers
 * @throws OpsError locked, directory
 */
export async function claimAccount(directory: string, registry = REGISTRY): Promise<Claim | undefined> {
  if (process.getuid?.() !== 0 || !(await isMapped(copyUid(COPY_ACCOUNTS - 1)))) return undefined;
  const identity = identifyDirectory(directory);
  if (!identity)
    throw new OpsError("directory", `${directory} is no directory`, { expected: "one that was made before" });
  const entry: Entry = { directory, ...identity };
  await ownDirectory(registry, { mode: 0o700 });
  const claim = await alone(registry, async () => {
    for (let number = 0; number < COPY_ACCOUNTS; number++) {
      const file = path.join(registry, String(number));
      if (await inUse(file)) continue;
      await files.writeText(file, JSON.stringify(entry), { mode: 0o600 });
      return { user: copyAccount(number), release: () => alone(registry, () => release(file, entry)) };
    }
    return undefined;
  });
  if (claim) return claim;
  throw new OpsError("locked", `all ${COPY_ACCOUNTS} accounts for copies are in use`, {
    expected: "copies that are removed when they are not needed any more",
    todo: `remove what was left behind (ops drill --reap), then files in ${registry} whose directory is gone`,
  });
}

/** Whoever claims a number and whoever gives one back: what a file says must still hold when it is written or removed. */
async function alone<T>(registry: string, work: () => Promise<T>): Promise<T> {
  const held = await lock(
    path.join(registry, ".lock"),
    { job: "copy account", since: new Date() },
    { waitSeconds: WAIT_SECONDS },
  );
  try {
    return await work();
  } finally {
    await held.release();
  }
}

async function inUse(file: string): Promise<boolean> {
  const text = await readRecord(file);
  if (text === undefined) return false;
  const entry = JSON.parse(text) as Entry;
  const there = identifyDirectory(entry.directory);
  return there?.device === entry.device && there.inode === entry.inode;
}

async function release(file: string, entry: Entry): Promise<void> {
  if ((await readRecord(file)) === JSON.stringify(entry)) await removeTree(file);
}

/** In a user namespace only some numbers exist. */
async function isMapped(uid: number): Promise<boolean> {
  const map = await readFile("/proc/self/uid_map", "utf8").catch(() => "");
  return map
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .some(([first = 0, , count = 0]) => uid >= first && uid < first + count);
}
