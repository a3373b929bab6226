// The directory, sockets and container that a restored copy lives in, and their certain removal.
import path from "node:path";
import { OpsError } from "../core/errors";
import type { Operated } from "../core/tools";
import type { Container } from "../isolation/port";
import type { Host, MachineTools, ProcessIdentity, Workspace } from "../machine/port";
import type { RestoreTools } from "./tools";

/** Everything that one restored copy occupies. */
export interface Copy {
  id: string;
  /** Holds `data`, `log`, spool and lock directories, and the record by which a reaper finds the rest. */
  directory: string;
  dataDirectory: string;
  socketDirectory: string;
  container: Container;
  /** Kills, unmounts and deletes; idempotent. With `keepData` the data directory stays. */
  close(options?: { keepData: boolean }): Promise<void>;
}

interface CopyRecord {
  id: string;
  purpose: string;
  /** The ops process that owns the copy: while it lives, the copy is in use. */
  owner: ProcessIdentity;
  init: ProcessIdentity | null;
  socketDirectory: string;
  created: string;
  /** A copy that the user asked to keep is never reaped. */
  kept: boolean;
  /** Proof that a directory was made by this program: the same random text stands in two places. */
  token: string;
}

const RECORD = "copy.json";
const TOKEN = ".ops-copy";
/** Beside the copies: says who is about to make `<id>`, until its record stands, or to remove it, until it is gone. */
const INTENT = /^\.intent-(.+)$/;

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

/**
 * Makes an isolated place for a copy and registers its removal.
 * @param into a directory of the user's choice; must be missing or empty
 * @throws OpsError directory
 */
export async function openCopy(context: RestoreTools, purpose: string, into?: string): Promise<Copy> {
  const { host, platform } = context;
  const user = platform.backups.osUser;
  const id = context.newId();
  const directory = into ?? path.join(context.copies, id);
  if (into !== undefined) await requireEmpty(host, into);
  const socketDirectory = path.join(context.sockets, id);
  const dataDirectory = path.join(directory, "data");
  const token = context.newId();
  const record: CopyRecord = {
    id,
    purpose,
    owner: await host.self(),
    init: null,
    socketDirectory,
    created: context.clock.now().toISOString(),
    kept: false,
    token,
  };
  // Killed before the record stands, a directory would prove nothing and stay for ever. A place of the user's own choice
  // is never removed on such a word.
  const intent = into === undefined ? path.join(context.copies, `.intent-${id}`) : undefined;
  if (intent) await host.writeText(intent, JSON.stringify(record.owner));
  await host.makeDirectory(directory, { user, mode: 0o700 });
  await host.writeText(path.join(directory, TOKEN), token);
  await writeRecord(context, directory, record);
  if (intent) await host.removeTree(intent);

  let container: Container | undefined;
  const close = async (options = { keepData: false }): Promise<void> => {
    await container?.close();
    await host.removeTree(socketDirectory);
    if (options.keepData) await writeRecord(context, directory, { ...record, kept: true });
    else if (await host.exists(directory)) await removeOurs(context, directory);
  };
  context.defer(`remove copy ${id}`, async () => {
    if (!(await isKept(context, directory))) await close();
  });

  for (const name of ["data", "log", "spool", "lock", "tablespaces"]) {
    await host.makeDirectory(path.join(directory, name), { user, mode: 0o700 });
  }
  await host.makeDirectory(socketDirectory, { user, mode: 0o700 });
  const readOnly = await context.backupRepository.directories();
  const needed = [...readOnly, platform.backups.config, directory, socketDirectory];
  container = await context.isolation.open({ id, user, hide: hiddenFromCopies(context, needed), readOnly });
  // Whatever runs inside ends at once when the user interrupts, and the job with it; the rest is removed in order.
  context.signal.addEventListener("abort", () => void container?.close().catch(() => {}), { once: true });
  record.init = container.init;
  await writeRecord(context, directory, record);
  return { id, directory, dataDirectory, socketDirectory, container, close };
}

/**
 * What a copy must not see: the source's sockets and, where declared, its data. A whole directory where nothing that the
 * copy needs lies in it, because a restarted source makes a new socket there; otherwise only the socket file.
 */
export function hiddenFromCopies(context: Pick<Operated, "platform">, needed: readonly string[]): string[] {
  const { host, port, dataDirectory } = context.platform.database;
  const holds = (directory: string): boolean => needed.some((file) => `${file}/`.startsWith(`${directory}/`));
  const sockets = !host.startsWith("/") ? [] : [holds(host) ? path.join(host, `.s.PGSQL.${port}`) : host];
  return [...sockets, ...(dataDirectory && !holds(dataDirectory) ? [dataDirectory] : [])];
}

export interface Leftover {
  id: string;
  directory: string;
  purpose: string;
  created: string;
  state: "in use" | "left behind" | "kept" | "not ours";
}

/** Copies under the platform's directory, and whether their owner still lives. */
export async function listCopies(context: MachineTools & Pick<Workspace, "copies">): Promise<Leftover[]> {
  const { host } = context;
  if (!(await host.exists(context.copies))) return [];
  const leftovers: Leftover[] = [];
  for (const name of await host.list(context.copies)) {
    const directory = path.join(context.copies, name);
    const record = await readRecord(context, directory);
    if (!record) {
      leftovers.push({ id: name, directory, purpose: "", created: "", state: "not ours" });
      continue;
    }
    const state = record.kept ? "kept" : (await host.alive(record.owner)) ? "in use" : "left behind";
    leftovers.push({ id: record.id, directory, purpose: record.purpose, created: record.created, state });
  }
  return leftovers;
}

/**
 * Removes what killed runs left: their processes, sockets and directories. Copies in use or kept stay.
 * @returns the ids removed
 */
export async function reapCopies(
  context: MachineTools & Pick<Workspace, "copies" | "sockets">,
): Promise<string[]> {
  const reaped: string[] = [];
  for (const leftover of await listCopies(context)) {
    if (leftover.state !== "left behind") continue;
    const record = await readRecord(context, leftover.directory);
    if (!record) continue;
    if (record.init) await context.host.kill(record.init);
    // Only below our own socket directory: the record alone is not allowed to point anywhere.
    if (path.dirname(record.socketDirectory) === context.sockets)
      await context.host.removeTree(record.socketDirectory);
    await removeOurs(context, leftover.directory);
    reaped.push(leftover.id);
  }
  return [...reaped, ...(await reapIntents(context))];
}

/** Removes what was killed before it had a record: a directory of ours by name, whose maker is dead. */
async function reapIntents({ host, copies }: MachineTools & Pick<Workspace, "copies">): Promise<string[]> {
  const reaped: string[] = [];
  for (const name of (await host.exists(copies)) ? await host.list(copies) : []) {
    const id = INTENT.exec(name)?.[1];
    if (id === undefined) continue;
    const owner = JSON.parse(await host.readText(path.join(copies, name))) as ProcessIdentity;
    if (await host.alive(owner)) continue;
    const directory = path.join(copies, id);
    // With a record it is a copy like any other, which was looked at already.
    if ((await host.exists(directory)) && !(await readRecord({ host }, directory))) {
      await host.removeTree(directory);
      reaped.push(id);
    }
    await host.removeTree(path.join(copies, name));
  }
  return reaped;
}

/** Deletes a copy's directory after two independent proofs that we made it: its record and its token agree. */
async function removeOurs(
  context: MachineTools & Pick<Workspace, "copies">,
  directory: string,
): Promise<void> {
  const { host, copies } = context;
  const record = await readRecord(context, directory);
  if (!record) {
    throw new OpsError("proofs", `${directory} carries no proof that ops created it`, {
      expected: `${RECORD} and ${TOKEN} with the same token`,
      todo: "inspect it, and remove it by hand if it is not needed",
    });
  }
  // Killed half-way, what is left must still prove that it is ours: the proofs go last, and while they go the intent stands
  // for them. Where the disk is so full that it cannot be written, they go without it.
  for (const name of await host.list(directory))
    if (name !== RECORD && name !== TOKEN) await host.removeTree(path.join(directory, name));
  const intent = path.join(copies, `.intent-${record.id}`);
  if (path.dirname(directory) === copies)
    await host.writeText(intent, JSON.stringify(await host.self())).catch(() => {});
  await host.removeTree(directory);
  await host.removeTree(intent);
}

async function isKept(context: MachineTools, directory: string): Promise<boolean> {
  return (await readRecord(context, directory))?.kept === true;
}

async function readRecord(context: MachineTools, directory: string): Promise<CopyRecord | undefined> {
  const { host } = context;
  try {
    // Before December 2026 the record called it `leader`: what such a version left behind is reaped too.
    const record: CopyRecord & { leader?: ProcessIdentity } = JSON.parse(
      await host.readText(path.join(directory, RECORD)),
    );
    const token = await host.readText(path.join(directory, TOKEN));
    return record.token === token ? { ...record, init: record.init ?? record.leader ?? null } : undefined;
  } catch {
    return undefined;
  }
}

async function writeRecord(context: MachineTools, directory: string, record: CopyRecord): Promise<void> {
  await context.host.writeText(path.join(directory, RECORD), JSON.stringify(record, null, 2));
}
