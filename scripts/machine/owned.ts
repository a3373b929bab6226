// Files that a process makes for a moment and that may outlive it: their names say whose they are, so that anyone can tell
// what a killed run left behind. The content may be missing: it was killed before it wrote.
import { randomUUID } from "node:crypto";
import { readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { alive } from "./identity";
import type { ProcessIdentity } from "./port";

export interface Owner extends ProcessIdentity {
  /** Machine; a pid means nothing on another one. */
  host: string;
  /** Its pids mean nothing in another pid namespace either; absent where the system has none, or the name does not say. */
  namespace?: string | undefined;
}

export const pidNamespace = (): Promise<string | undefined> =>
  readlink("/proc/self/ns/pid").catch(() => undefined);

const OWNED = /\.(?:draft|ticket~\d+)~([^~]+)~(\d+)~([^~]+)~[0-9a-f-]+$/;

/** @param kind `draft`, or `ticket~<number>` */
export function ownedName(file: string, kind: string, { host, pid, startTime }: Owner): string {
  const owner = [host, pid, startTime].map((part) => encodeURIComponent(part).replaceAll("~", "%7E"));
  return `${file}.${kind}~${owner.join("~")}~${randomUUID()}`;
}

/** Who makes, or made, a file of this name; undefined when it names nobody. */
export function ownerOf(name: string): Owner | undefined {
  const [host, pid, startTime] = OWNED.exec(name)?.slice(1).map(decodeURIComponent) ?? [];
  return host && startTime ? { host, pid: Number(pid), startTime } : undefined;
}

/** True only when it is dead beyond doubt. */
export async function isDead(owner: Owner): Promise<boolean> {
  if (owner.host !== hostname()) return false;
  if (owner.namespace !== undefined && owner.namespace !== (await pidNamespace())) return false;
  return !(await alive(owner));
}
