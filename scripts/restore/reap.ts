// Removes copies: the one that a run has done with, and those that killed runs left. Two independent proofs before anything goes:
// a record that we alone can have written, and the device and inode of the directory that it was written for.
import path from "node:path";
import { OpsError } from "../core/errors";
import type { MachineTools, Workspace } from "../machine/port";
import { announced, intentOf, isId, RECORD, readCopyRecord, readIntent } from "./copy-record";

type Places = MachineTools & Pick<Workspace, "copies">;

export interface Leftover {
  id: string;
  directory: string;
  purpose: string;
  created: string;
  state: "in use" | "left behind" | "kept" | "not ours";
}

/** Copies under the platform's directory, and whether their owner still lives. */
export async function listCopies(context: Places): Promise<Leftover[]> {
  const { host, copies } = context;
  const leftovers: Leftover[] = [];
  for (const name of await entriesOf(context)) {
    const directory = path.join(copies, name);
    const record = isId(name) ? await readCopyRecord(context, directory) : undefined;
    if (record?.id !== name) {
      leftovers.push({ id: name, directory, purpose: "", created: "", state: "not ours" });
      continue;
    }
    const state = record.kept ? "kept" : (await host.alive(record.owner)) ? "in use" : "left behind";
    leftovers.push({ id: name, directory, purpose: record.purpose, created: record.created, state });
  }
  return leftovers;
}

/** A link in the place of the directory leads nowhere of ours. */
async function entriesOf({ host, copies }: Places): Promise<string[]> {
  return host.identifyDirectory(copies) ? host.list(copies) : [];
}

/**
 * Removes what killed runs left: their processes, sockets and directories. Copies in use or kept stay, and so does everything
 * that no record of ours names.
 * @returns the ids removed
 */
export async function reapCopies(context: Places & Pick<Workspace, "sockets">): Promise<string[]> {
  const { host, sockets } = context;
  const reaped: string[] = [];
  for (const { id, directory, state } of await listCopies(context)) {
    if (state !== "left behind") continue;
    const record = await readCopyRecord(context, directory);
    if (!record) continue;
    if (record.init) await host.killInit(record.init);
    await host.removeTree(path.join(sockets, id));
    await removeCopy(context, directory);
    reaped.push(id);
  }
  return [...reaped, ...(await reapIntents(context))];
}

/** Removes what was killed before it had a record, or after it had lost it: a directory of ours by name, whose maker is dead. */
async function reapIntents(context: Places): Promise<string[]> {
  const { host, copies } = context;
  const reaped: string[] = [];
  for (const name of await entriesOf(context)) {
    const id = announced(name);
    const owner = id === undefined ? undefined : await readIntent(host, copies, id);
    if (id === undefined || !owner || (await host.alive(owner))) continue;
    const directory = path.join(copies, id);
    const there = host.identifyDirectory(directory);
    // With a record it is a copy like any other, which was looked at already.
    if (there && !(await readCopyRecord(context, directory))) {
      await host.removeTree(directory, there);
      reaped.push(id);
    }
    await host.removeTree(intentOf(copies, id));
  }
  return reaped;
}

/** @throws OpsError proofs when nothing shows that we made it */
export async function removeCopy(context: Places, directory: string): Promise<void> {
  const { host, copies } = context;
  const record = await readCopyRecord(context, directory);
  if (!record) {
    throw new OpsError("proofs", `${directory} carries no proof that ops created it`, {
      expected: `${RECORD}, owned by ops alone, with the device and inode of this directory`,
      todo: "inspect it, and remove it by hand if it is not needed",
    });
  }
  // Killed half-way, what is left must still prove that it is ours: the record goes last, and while it goes the intent stands
  // for it. Where the disk is so full that it cannot be written, it goes without one.
  for (const name of await host.list(directory))
    if (name !== RECORD) await host.removeTree(path.join(directory, name));
  const intent = intentOf(copies, record.id);
  if (path.dirname(directory) === copies)
    await host.writeText(intent, JSON.stringify(await host.self()), { mode: 0o600 }).catch(() => {});
  await host.removeTree(directory, record);
  await host.removeTree(intent);
}
