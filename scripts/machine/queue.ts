// Who waits for a lock waits in order: each has a ticket beside it, a file whose name says when it was drawn and by whom. The queue
// is about fairness only; the lock itself excludes. So a clock that is set back, or a waiter that is stopped, costs time and
// never safety.
import { readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { codeOf } from "../core/errors";
import { isDead, type Owner, ownedName, ownerOf } from "./owned";

export interface Ticket {
  /** Number of living waiters before this one; the dead among them are taken out. */
  ahead(): Promise<number>;
  giveBack(): Promise<void>;
}

/** Digits of milliseconds since 1970, so that names sort as times do. */
const DIGITS = 15;

export async function drawTicket(file: string, owner: Owner): Promise<Ticket> {
  const name = ownedName(file, `ticket~${String(Date.now()).padStart(DIGITS, "0")}`, owner);
  // Again, where somebody who cannot see our process has taken it for a dead one's.
  const draw = (): Promise<void> => writeFile(name, "", { flag: "wx" }).catch(unlessThere);
  await draw();
  return {
    async ahead() {
      const waiting = await waitingFor(file);
      if (!waiting.includes(name)) await draw();
      const before = waiting.filter((other) => other < name);
      let living = 0;
      for (const other of before) {
        if (await isDead(ownerOf(other)!)) await rm(other, { force: true });
        else living++;
      }
      return living;
    },
    giveBack: () => rm(name, { force: true }),
  };
}

/** True when somebody waits already: whoever comes now does not go before him. */
export async function isWaitedFor(file: string): Promise<boolean> {
  for (const ticket of await waitingFor(file)) if (!(await isDead(ownerOf(ticket)!))) return true;
  return false;
}

async function waitingFor(file: string): Promise<string[]> {
  const prefix = `${path.basename(file)}.ticket~`;
  const names = await readdir(path.dirname(file));
  return names
    .filter((name) => name.startsWith(prefix) && ownerOf(name) !== undefined)
    .sort()
    .map((name) => path.join(path.dirname(file), name));
}

function unlessThere(error: unknown): void {
  if (codeOf(error) !== "EEXIST") throw error;
}
