// Exclusive machine-wide locks in files that name their holder. A dead holder's lock is taken over, by exactly one.
import { randomUUID } from "node:crypto";
import { link, readdir, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, OpsError } from "../core/errors";
import { alive, self } from "./identity";
import type { Host, ProcessIdentity } from "./port";

interface Holder extends ProcessIdentity {
  /** Different each time a lock is taken. */
  id: string;
  job: string;
  since: string;
  /** Machine; the holder's pid means nothing on another one. */
  host: string;
  /** Its pids mean nothing in another pid namespace either; absent where the system has none. */
  namespace?: string | undefined;
}

const pidNamespace = (): Promise<string | undefined> => readlink("/proc/self/ns/pid").catch(() => undefined);

/** @throws OpsError locked */
export const lock: Host["lock"] = async (file, { job, since }, { waitSeconds = 0 } = {}) => {
  const [identity, namespace] = await Promise.all([self(), pidNamespace()]);
  const holder = {
    ...identity,
    id: randomUUID(),
    job,
    since: since.toISOString(),
    host: hostname(),
    namespace,
  };
  const deadline = performance.now() + waitSeconds * 1000;
  for (;;) {
    try {
      await acquire(file, holder);
      break;
    } catch (error) {
      if (!(error instanceof OpsError) || performance.now() >= deadline) throw error;
      await sleep(5 + Math.random() * 20);
    }
  }
  await sweep(file).catch(async (error: unknown) => {
    await release(file, holder);
    throw error;
  });
  return { release: () => release(file, holder) };
};

async function acquire(file: string, holder: Holder): Promise<void> {
  for (;;) {
    if (await create(file, holder)) return;
    const other = await read(file);
    if (other === undefined) continue; // released between the two
    if (await holds(other)) throw refuse(file, other);
    // Two may see the same dead holder. The right to replace it is itself a lock, named after that holder, so that
    // whoever comes late finds either that lock or, in the file, somebody else.
    const succession = `${file}.after-${other.id}`;
    await acquire(succession, holder);
    try {
      if ((await read(file))?.id !== other.id) continue;
      await replace(file, holder);
      return;
    } finally {
      await release(succession, holder);
    }
  }
}

/** Appears with its content or not at all. @returns false when the file exists */
async function create(file: string, holder: Holder): Promise<boolean> {
  const draft = await write(file, holder);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(file: string, holder: Holder): Promise<void> {
  await rename(await write(file, holder), file);
}

/** A draft may be empty when its writer is killed, so its name tells who that was: host, pid and start time. */
const DRAFT = /\.draft~([^~]+)~(\d+)~([^~]+)~[0-9a-f-]+$/;

/**
 * What killed runs left beside the lock: drafts, and rights to succeed somebody. Only for the lock's holder: whoever still
 * looks for such a right finds the holder alive, with or without it.
 */
async function sweep(file: string): Promise<void> {
  const [directory, prefix] = [path.dirname(file), `${path.basename(file)}.`];
  for (const name of await readdir(directory)) {
    if (!name.startsWith(prefix)) continue;
    const left = path.join(directory, name);
    const owner = ownerOf(name) ?? (name.startsWith(`${prefix}after-`) ? await read(left) : undefined);
    if (owner && !(await holds(owner))) await rm(left, { force: true });
  }
}

type Owner = ProcessIdentity & Pick<Holder, "host" | "namespace">;

/** Who writes, or wrote, a draft of this name. */
function ownerOf(name: string): Owner | undefined {
  const [host, pid, startTime] = DRAFT.exec(name)?.slice(1).map(decodeURIComponent) ?? [];
  return host && startTime ? { host, pid: Number(pid), startTime } : undefined;
}

async function write(file: string, holder: Holder): Promise<string> {
  const { host, pid, startTime } = holder;
  const owner = [host, pid, startTime].map((part) => encodeURIComponent(part).replaceAll("~", "%7E"));
  const draft = `${file}.draft~${owner.join("~")}~${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(holder)}\n`, { flag: "wx" });
  return draft;
}

async function release(file: string, holder: Holder): Promise<void> {
  if ((await read(file))?.id === holder.id) await rm(file, { force: true });
}

async function read(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Holder;
  } catch {
    throw new OpsError("locked", `${file} exists and is not a lock of ops`, {
      expected: "no file there, or the lock of another run",
      todo: "inspect it, and remove it when nothing uses it",
    });
  }
}

async function holds(holder: Owner): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  if (holder.namespace !== undefined && holder.namespace !== (await pidNamespace())) return true;
  return alive(holder);
}

function refuse(file: string, { job, pid, since, host }: Holder): OpsError {
  return new OpsError("locked", `${job} (pid ${pid} on ${host}) holds ${file} since ${since}`, {
    expected: "one such job at a time",
    todo: `wait until it has ended, or stop it: kill ${pid}`,
  });
}
