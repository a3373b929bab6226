// Directories in which ops keeps what it must be able to trust: state, sockets, copies. Made by us, or shown to be ours; what
// was there before is never given another owner or mode.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { codeOf, OpsError } from "../core/errors";
import { accountFor } from "./account";
import { makeDirectories } from "./directories";

/** Never ours, with all that is below them. */
const SYSTEM = [
  "/bin",
  "/boot",
  "/dev",
  "/etc",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/proc",
  "/sbin",
  "/sys",
  "/usr",
];
/** Below these is room for us; they themselves belong to everybody. */
const SHARED = ["/", "/dev/shm", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/var"];
const SHARED_VAR = ["backups", "cache", "lib", "local", "log", "mail", "opt", "run", "spool", "tmp", "www"];

export interface OwnDirectoryOptions {
  /** Of a directory that is made. */
  mode: number;
  /** OS user that ops works for and trusts as itself (it owns the repository): may own the directory, and must be able to enter it. */
  user?: string;
  /** For what is kept for him, and written by us: what is made becomes his, and one that is there he need not enter. Default false. */
  give?: boolean;
}

/**
 * Makes the directory for us, or shows that the one that is there is ours alone.
 * @throws OpsError directory when it is the system's, a home, a link, somebody else's, or open to others' writing
 */
export async function ownDirectory(
  place: string,
  { mode, user, give = false }: OwnDirectoryOptions,
): Promise<void> {
  if (!path.isAbsolute(place)) throw refused(place, "is no absolute path");
  const account = await accountFor(user);
  const trusted = new Set([0, process.getuid?.() ?? 0, ...(account ? [account.uid] : [])]);
  await refuseSystem(place);
  for (const one of ancestors(place)) requireTrusted(place, one, trusted);
  makeDirectories(path.dirname(place), 0o755);
  const real = path.join(realpathSync(path.dirname(place)), path.basename(place));
  await refuseSystem(real);
  for (const one of ancestors(real)) requireTrusted(place, one, trusted);
  try {
    mkdirSync(place, { mode: mode & 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    const enters = account === undefined || give ? undefined : { ...account, name: user! };
    return requireOurs(place, trusted, enters);
  }
  // By descriptor: nothing that took its place meanwhile is given our mode, or to anybody.
  const descriptor = openSync(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (fstatSync(descriptor).uid !== (process.getuid?.() ?? 0))
      throw refused(place, "was replaced by somebody else");
    if (give && account) fchownSync(descriptor, account.uid, account.gid);
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}

async function refuseSystem(place: string): Promise<void> {
  const name = path.resolve(place);
  const below = (directory: string): boolean => name === directory || name.startsWith(`${directory}/`);
  const shared = [...SHARED, ...SHARED_VAR.map((one) => `/var/${one}`)];
  if (shared.includes(name) || (SYSTEM.some(below) && !name.startsWith("/dev/shm/")))
    throw refused(place, "is a directory of the system");
  if ((await homes()).has(name)) throw refused(place, "is a home directory");
}

async function homes(): Promise<Set<string>> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const all = passwd.split("\n").map((line) => line.split(":")[5]);
  return new Set([homedir(), ...all].filter((home) => home?.startsWith("/")) as string[]);
}

function ancestors(place: string): string[] {
  const parent = path.dirname(path.resolve(place));
  return parent === path.resolve(place) ? [] : [...ancestors(parent), parent];
}

/** Whoever may write in a directory above may put another one in the place of ours. */
function requireTrusted(place: string, above: string, trusted: ReadonlySet<number>): void {
  const found = lstatSync(above, { throwIfNoEntry: false });
  if (!found) return;
  if (!trusted.has(found.uid)) throw refused(place, `lies below ${above}, which belongs to uid ${found.uid}`);
  if (!found.isSymbolicLink() && open(found))
    throw refused(place, `lies below ${above}, in which others may write`);
}

function requireOurs(
  place: string,
  trusted: ReadonlySet<number>,
  account: { uid: number; name: string } | undefined,
): void {
  const found = lstatSync(place);
  if (found.isSymbolicLink()) throw refused(place, "is a symbolic link");
  if (!found.isDirectory()) throw refused(place, "is no directory");
  const us = process.getuid?.() ?? 0;
  const owners = us === 0 ? trusted : new Set([us]);
  if (!owners.has(found.uid)) throw refused(place, `belongs to uid ${found.uid}`);
  if (open(found)) throw refused(place, "can be written by others");
  if (account && found.uid !== account.uid && (found.mode & 0o001) === 0)
    throw refused(place, `cannot be entered by ${account.name} (mode ${(found.mode & 0o777).toString(8)})`);
}

/** Writable for a group that is not root's or our own, or for all, without the sticky bit that keeps entries apart. */
function open({ mode, gid }: Stats): boolean {
  const group = (mode & 0o020) !== 0 && gid !== 0 && gid !== process.getgid?.();
  return (mode & 0o1000) === 0 && (group || (mode & 0o002) !== 0);
}

function refused(place: string, found: string): OpsError {
  return new OpsError("directory", `${place} ${found}`, {
    expected: "a directory for ops alone: missing, or owned by whoever runs ops and writable for nobody else",
    todo: "name another one (OPS_STATE, or `copies` or `dumps` in the platform file), or remove what somebody else put there",
  });
}
