// What goes wrong with a ledger, in words that a user can act on. The only place of these sentences.

import { OpsError } from "../../core/errors";
import { Defect } from "../dsse";

const RUNBOOK = "runbooks/procedures/verify-evidence.md";

/** Something in the ledger, its head or its keys is not what was written. */
export function damaged(place: string, found: string, expected: string): OpsError {
  return new OpsError("evidence", `evidence is damaged at ${place}: ${found}`, {
    expected,
    todo: `run \`ops evidence verify\` to see all damage, then follow ${RUNBOOK}`,
  });
}

/** Turns a defect into an error that names the place; any other error passes. */
export function placed(place: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof Defect ? damaged(place, error.found, error.expected) : error;
  };
}

export function unwritable(location: string, reason: string, cause?: unknown): OpsError {
  return new OpsError("evidence", `evidence cannot be written at ${location}: ${reason}`, {
    expected: "a directory that this user may write, on a disk with space",
    todo: `correct its owner, mode or mount (\`ls -ld ${location}\`), or choose another place with OPS_HOME; nothing was run`,
    cause,
  });
}

export function unreadable(location: string, reason: string, cause: unknown): OpsError {
  return new OpsError("evidence", `evidence cannot be read at ${location}: ${reason}`, {
    expected: "a ledger that this user may read",
    todo: `correct its owner or mode (\`ls -lR ${location}\`)`,
    cause,
  });
}

export function unusableKey(file: string, found: string, todo: string): OpsError {
  return new OpsError("evidence", `the signing key ${file} cannot be used: ${found}`, {
    expected:
      "an Ed25519 key in PEM, mode 0600, in a directory of mode 0700, both ours and no links, and its public half beside it",
    todo,
  });
}
