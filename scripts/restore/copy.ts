// The directory, sockets, account and container that a restored copy lives in. Only `data`, `tablespaces` and `files` can be written
// inside; what decides about the copy, its log and its configuration lie where nothing inside can reach them.
import path from "node:path";
import { OpsError } from "../core/errors";
import type { Container } from "../isolation/port";
import type { Claim, Host } from "../machine/port";
import { type CopyRecord, intentOf, isId, readCopyRecord, writeCopyRecord } from "./copy-record";
import { removeCopy } from "./reap";
import type { RestoreTools } from "./tools";

/** Everything that one restored copy occupies. */
export interface Copy {
  id: string;
  /** Ours; holds all the others and the record by which a reaper finds the copy. */
  directory: string;
  dataDirectory: string;
  tablespaces: string;
  /** For pgBackRest outside: spool, lock and log. Not visible inside. */
  work: string;
  /** WAL laid beside the copy; only read inside. */
  wal: string;
  /** Written by programs inside. Outside its entries are never opened by name, only taken with `Host.copyFile`. */
  files: string;
  /** Server log and configuration: ours, only read inside. */
  logFile: string;
  socketDirectory: string;
  container: Container;
  /** Gives what was restored to the account that everything inside runs as. Before that, nothing of it can be written inside. */
  handOver(): Promise<void>;
  /** Puts a copy of a file where programs inside can read it. @returns its path there, in a directory that is only read inside */
  give(file: string): Promise<string>;
  /** Kills, unmounts and deletes; idempotent. With `keepData` data and log stay, as the property of the platform's OS user. */
  close(options?: { keepData: boolean }): Promise<void>;
}

/** @throws OpsError directory unless nothing is there, or an empty directory */
export async function requireEmpty(host: Host, into: string): Promise<void> {
  if (!(await host.exists(into))) return;
  // A file cannot be listed.
  const names = await host.list(into).catch(() => undefined);
  if (names?.length === 0) return;
  throw new OpsError("directory", `${into} ${names ? "is not empty" : "is no directory that can be read"}`, {
    expected: "a directory that does not exist or is empty",
    todo: "choose another --into; ops never overwrites files that it did not create",
  });
}

/** Subdirectories of a copy: whose they are, and whether they can be written inside. */
const PARTS = {
  data: { whose: "outside", inside: "writable" },
  tablespaces: { whose: "outside", inside: "writable" },
  files: { whose: "inside", inside: "writable" },
  wal: { whose: "outside", inside: "readOnly" },
  given: { whose: "ours", inside: "readOnly" },
  log: { whose: "ours", inside: "readOnly" },
  work: { whose: "outside", inside: "hidden" },
} as const;
type Part = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as Part[];

/** Only these stay of a copy that is kept. */
const KEPT: readonly Part[] = ["data", "tablespaces", "log"];

export interface CopyOptions {
  /** A directory of the user's choice; must be missing or empty. */
  into?: string | undefined;
  /** Longest that a program or statement on the copy may take. Default that of a restore. */
  limitSeconds?: number | undefined;
}

/**
 * Makes an isolated place for a copy and registers its removal.
 * @throws OpsError directory, locked
 */
export async function openCopy(
  context: RestoreTools,
  purpose: string,
  options: CopyOptions = {},
): Promise<Copy> {
  const { host } = context;
  const { into, limitSeconds } = options;
  const outside = context.platform.backups.osUser;
  const id = context.newId();
  if (!isId(id)) throw new Error(`${id} is no id of a copy`);
  const directory = into ?? path.join(context.copies, id);
  const before = host.identifyDirectory(directory);
  if (into !== undefined) await requireEmpty(host, into);
  const { record, claim } = await register(context, { id, purpose, directory, into });
  const socketDirectory = path.join(context.sockets, id);
  const part = (name: Part): string => path.join(directory, name);

  let container: Container | undefined;
  const keep = async (): Promise<void> => {
    await requirePlain(host, part("data"), part("tablespaces"));
    for (const name of NAMES) if (!KEPT.includes(name)) await host.removeTree(part(name));
    await writeCopyRecord(host, directory, { ...record, kept: true });
    for (const name of KEPT) await host.handOver(part(name), outside);
    // A directory that the user made stays as he made it.
    if (!before) await host.handOver(directory, outside, { recursive: false });
  };
  const close = async (options = { keepData: false }): Promise<void> => {
    await container?.close();
    await host.removeTree(socketDirectory);
    if (options.keepData) await keep();
    else if (await host.exists(directory)) await removeCopy(context, directory);
    await claim?.release();
  };
  context.defer(`remove copy ${id}`, async () => {
    if ((await readCopyRecord(context, directory))?.kept !== true) await close();
  });

  for (const name of NAMES) {
    const mode = PARTS[name].whose === "ours" ? 0o711 : 0o700;
    await host.makeDirectory(
      part(name),
      PARTS[name].whose === "outside" ? { user: outside, mode } : { mode },
    );
  }
  await host.makeDirectory(socketDirectory, { mode: 0o700 });
  container = await context.isolation.open({
    id,
    user: claim?.user ?? outside,
    outside,
    limitSeconds,
    writable: [...NAMES.filter((name) => PARTS[name].inside === "writable").map(part), socketDirectory],
    readOnly: [
      ...NAMES.filter((name) => PARTS[name].inside === "readOnly").map(part),
      await installation(host),
    ],
  });
  const inside = container.user;
  for (const place of [part("files"), socketDirectory]) await host.handOver(place, inside);
  // Whatever runs inside ends at once when the user interrupts, and the job with it; the rest is removed in order.
  context.signal.addEventListener("abort", () => void container?.close().catch(() => {}), { once: true });
  record.init = container.init;
  await writeCopyRecord(host, directory, record);
  return {
    id,
    directory,
    dataDirectory: part("data"),
    tablespaces: part("tablespaces"),
    work: part("work"),
    wal: part("wal"),
    files: part("files"),
    logFile: path.join(part("log"), "postgresql.log"),
    socketDirectory,
    container,
    async handOver() {
      for (const name of ["data", "tablespaces", "wal"] as const) await host.handOver(part(name), inside);
    },
    async give(file) {
      const place = path.join(part("given"), path.basename(file));
      await host.copyFile(file, place, { user: inside, mode: 0o400 });
      return place;
    },
    close,
  };
}

interface Registration {
  id: string;
  purpose: string;
  directory: string;
  into: string | undefined;
}

/** Makes the directory, says whose it is, and finds it an account. */
async function register(
  context: RestoreTools,
  { id, purpose, directory, into }: Registration,
): Promise<{ record: CopyRecord; claim: Claim | undefined }> {
  const { host, platform } = context;
  const owner = await host.self();
  // Killed before the record stands, a directory would prove nothing and stay for ever. A place of the user's own choice
  // is never removed on such a word.
  const intent = into === undefined ? intentOf(context.copies, id) : undefined;
  if (intent) await host.writeText(intent, JSON.stringify(owner), { mode: 0o600 });
  // Entered by all, listed by us: the platform's user restores into it.
  await host.ownDirectory(directory, { mode: 0o711, user: platform.backups.osUser });
  const identity = host.identifyDirectory(directory);
  if (!identity) throw new OpsError("directory", `${directory} was taken away while it was made`);
  const created = context.clock.now().toISOString();
  const record: CopyRecord = { id, purpose, owner, init: null, ...identity, created, kept: false };
  await writeCopyRecord(host, directory, record);
  if (intent) await host.removeTree(intent);
  return { record, claim: await host.claimAccount(directory) };
}

/**
 * Nobody is to find, in a copy that he trusts, what ran in it had planted: links that lead elsewhere, devices, programs with the
 * rights of their owner. Only links to tablespaces are a copy's own.
 * @throws OpsError fail
 */
async function requirePlain(host: Host, data: string, tablespaces: string): Promise<void> {
  const odd = ["(", "!", "(", "-type", "f", "-o", "-type", "d", ")", "-o", "-perm", "/6000", ")"];
  const found = await host.run("find", [data, tablespaces, ...odd, "-printf", "%y %p -> %l\n"]);
  if (found.exitCode !== 0)
    throw new OpsError("fail", `${data} could not be looked through: ${found.stderr.trim()}`);
  const own = (line: string): boolean => {
    const [, name, target] = /^l (.*) -> (.*)$/.exec(line) ?? [];
    if (name === undefined || target === undefined) return false;
    return (
      path.dirname(name) === path.join(data, "pg_tblspc") &&
      path.dirname(path.resolve(target)) === tablespaces
    );
  };
  const planted = found.stdout.split("\n").filter((line) => line !== "" && !own(line));
  if (planted.length === 0) return;
  throw new OpsError("fail", `the copy holds what no restore made: ${planted.slice(0, 3).join(", ")}`, {
    expected: "files, directories, and links to its own tablespaces",
    todo: "the copy was not handed over; find out which code of the database ran in it",
  });
}

/** Where PostgreSQL is installed, for installations elsewhere than below /usr. */
async function installation(host: Host): Promise<string> {
  return path.dirname(path.dirname(await host.program("postgres")));
}
