// One writer of a ledger at a time, across processes. An append takes some 10 ms, so whoever finds it locked waits.
import { OpsError } from "../../core/errors";
import { lock } from "../../machine/lock";

/**
 * @param waitSeconds how long one and the same holder is waited for, default 30; the queue before us does not count
 * @returns how to release it
 * @throws OpsError evidence; whatever the file system refuses
 */
export async function lockLedger(file: string, waitSeconds = 30): Promise<() => Promise<void>> {
  const holder = { job: "an append to the ledger", since: new Date() };
  const held = await lock(file, holder, { waitSeconds }).catch((error: unknown) => {
    if (!(error instanceof OpsError)) throw error;
    throw new OpsError("evidence", `${error.message}; waited ${waitSeconds} s`, {
      expected: "an append to take well under a second",
      todo: `when that process is gone for certain, remove ${file}`,
      cause: error,
    });
  });
  return held.release;
}
