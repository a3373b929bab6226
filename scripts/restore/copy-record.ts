// What is written down of a copy, so that another run can remove what a killed one left. It decides what is killed and deleted: it
// is believed only when we alone can have written it, and only of the directory, by device and inode, that it was written for.
import path from "node:path";
import { OpsError } from "../core/errors";
import type { DirectoryIdentity, Host, MachineTools, ProcessIdentity } from "../machine/port";

export interface CopyRecord extends DirectoryIdentity {
  id: string;
  purpose: string;
  /** The ops process that owns the copy: while it lives, the copy is in use. */
  owner: ProcessIdentity;
  /** First process of its container, with its pid namespace. */
  init: ProcessIdentity | null;
  created: string;
  /** A copy that the user asked to keep is never reaped. */
  kept: boolean;
}

export const RECORD = "copy.json";

/** What `newId` makes. No other name is ever put together with a path, or removed. */
const ID = /^\d{8}t\d{6}-[0-9a-f]{6}$/;
/** Beside the copies: says who is about to make `<id>`, until its record stands, or to remove it, until it is gone. */
const INTENT = ".intent-";

export function isId(name: string): boolean {
  return ID.test(name);
}

export function intentOf(copies: string, id: string): string {
  return path.join(copies, `${INTENT}${id}`);
}

/** The id that an entry of the copies' directory announces; undefined when it is no intent, or of no form of ours. */
export function announced(name: string): string | undefined {
  const id = name.startsWith(INTENT) ? name.slice(INTENT.length) : "";
  return isId(id) ? id : undefined;
}

/** @returns undefined unless there is a directory, and in it a record of ours for exactly this directory */
export async function readCopyRecord(
  { host }: Pick<MachineTools, "host">,
  directory: string,
): Promise<CopyRecord | undefined> {
  const there = host.identifyDirectory(directory);
  const record = there && (await readOurs<CopyRecord>(host, path.join(directory, RECORD)));
  if (!record || typeof record.id !== "string" || !isId(record.id)) return undefined;
  return record.device === there.device && record.inode === there.inode ? record : undefined;
}

/** Who announced it; undefined when the note is gone, or not ours. */
export async function readIntent(
  host: Host,
  copies: string,
  id: string,
): Promise<ProcessIdentity | undefined> {
  return readOurs<ProcessIdentity>(host, intentOf(copies, id));
}

export async function writeCopyRecord(host: Host, directory: string, record: CopyRecord): Promise<void> {
  await host.writeText(path.join(directory, RECORD), JSON.stringify(record, null, 2), { mode: 0o600 });
}

/** Somebody else's file is no error: it just says nothing. */
async function readOurs<T>(host: Host, file: string): Promise<T | undefined> {
  try {
    const text = await host.readRecord(file);
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as T) : undefined;
  } catch (error) {
    if (error instanceof OpsError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
