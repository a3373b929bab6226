// Who may be at a ledger with whom: one writer, or readers that nobody writes under.
import path from "node:path";
import { isObstacle, reasonOf } from "../../machine/obstacles";
import type { Writing } from "./append";
import { unreadable, unwritable } from "./errors";
import { makeDirectory } from "./files";
import { signingKey } from "./keys";
import type { LedgerFiles } from "./layout";
import { lockLedger } from "./lock";

/** Runs the body as the only writer. @throws OpsError evidence */
export async function writing<T>(
  by: Omit<Writing, "privateKey">,
  body: (writing: Writing) => Promise<T>,
): Promise<T> {
  const { files } = by;
  try {
    await makeDirectory(path.dirname(files.head));
    const release = await lockLedger(files.lock);
    return await signingKey(files)
      .then((privateKey) => body({ ...by, privateKey }))
      .finally(release);
  } catch (error) {
    throw isObstacle(error) ? unwritable(files.directory, reasonOf(error), error) : error;
  }
}

/** An auditor who may only read needs no lock: nobody appends from a place where nobody may write. */
export async function alone<T>(files: LedgerFiles, body: () => Promise<T>): Promise<T> {
  const release = await lockLedger(files.lock).catch((error: unknown) => {
    if (isObstacle(error)) return async () => {};
    throw error;
  });
  return body().finally(release);
}

/** @throws OpsError evidence where this user may not read */
export async function reading<T>(files: LedgerFiles, body: () => Promise<T>): Promise<T> {
  return body().catch((error: unknown) => {
    throw isObstacle(error) ? unreadable(files.directory, reasonOf(error), error) : error;
  });
}
