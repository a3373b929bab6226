// Exclusive machine-wide locks in files that name their holder. A dead holder's lock is taken over, by exactly one; who may wait
// gets it in the order of coming.
import { randomUUID } from "node:crypto";
import { link, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, OpsError } from "../core/errors";
import { self } from "./identity";
import { isDead, type Owner, ownedName, ownerOf, pidNamespace } from "./owned";
import type { Host } from "./port";
import { drawTicket, isWaitedFor, type Ticket } from "./queue";

interface Holder extends Owner {
  /** Different each time a lock is taken. */
  id: string;
  job: string;
  since: string;
}

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
  if (waitSeconds === 0) await acquire(file, holder);
  else await acquireInTurn(file, holder, waitSeconds);
  await sweep(file).catch(async (error: unknown) => {
    await release(file, holder);
    throw error;
  });
  return { release: () => release(file, holder) };
};

/** How often the first in the queue looks, milliseconds; the others look the less often the further behind they are. */
const LOOK = 10;
const LOOK_AT_MOST = 250;

/** A free lock that the first in the queue does not take for so long is open to all: he may be stopped. Milliseconds. */
const PASSED_OVER = 1_000;

/** @param waitSeconds how long one and the same holder is waited for: as long as the queue moves, nobody is turned away */
async function acquireInTurn(file: string, holder: Holder, waitSeconds: number): Promise<void> {
  if (!(await isWaitedFor(file)) && (await tried(file, holder)) === undefined) return;
  const ticket = await drawTicket(file, holder);
  try {
    await awaitTurn(file, holder, ticket, waitSeconds);
  } finally {
    await ticket.giveBack();
  }
}

async function awaitTurn(file: string, holder: Holder, ticket: Ticket, waitSeconds: number): Promise<void> {
  let current: string | undefined;
  let since = performance.now();
  for (;;) {
    const ahead = await ticket.ahead();
    const holding = (await read(file))?.id;
    if (holding !== current) since = performance.now();
    current = holding;
    const waited = performance.now() - since;
    if (ahead === 0 || (holding === undefined && waited > PASSED_OVER) || waited > waitSeconds * 1000) {
      const refusal = await tried(file, holder);
      if (refusal === undefined) return;
      if (waited > waitSeconds * 1000) throw refusal;
    }
    await sleep(Math.min(LOOK * (ahead + 1), LOOK_AT_MOST) * (0.75 + Math.random() / 2));
  }
}

/** @returns why it could not be taken; undefined when it was */
async function tried(file: string, holder: Holder): Promise<OpsError | undefined> {
  try {
    await acquire(file, holder);
    return undefined;
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
}

async function acquire(file: string, holder: Holder): Promise<void> {
  for (;;) {
    if (await create(file, holder)) return;
    const other = await read(file);
    if (other === undefined) continue; // released between the two
    if (!(await isDead(other))) throw refuse(file, other);
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

/**
 * What killed runs left beside the lock: drafts, tickets, and rights to succeed somebody. Only for the lock's holder: whoever still
 * looks for such a right finds the holder alive, with or without it.
 */
async function sweep(file: string): Promise<void> {
  const [directory, prefix] = [path.dirname(file), `${path.basename(file)}.`];
  for (const name of await readdir(directory)) {
    if (!name.startsWith(prefix)) continue;
    const left = path.join(directory, name);
    const owner = ownerOf(name) ?? (name.startsWith(`${prefix}after-`) ? await read(left) : undefined);
    if (owner && (await isDead(owner))) await rm(left, { force: true });
  }
}

async function write(file: string, holder: Holder): Promise<string> {
  const draft = ownedName(file, "draft", holder);
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

function refuse(file: string, { job, pid, since, host }: Holder): OpsError {
  return new OpsError("locked", `${job} (pid ${pid} on ${host}) holds ${file} since ${since}`, {
    expected: "one such job at a time",
    todo: `wait until it has ended, or stop it: kill ${pid}`,
  });
}
