// The refusals and failures that a user can act on, with their documented exit codes. Anything else is a bug.

/** Exit codes of `ops`; README and `ops --help` print this table. */
export const EXIT = {
  ok: { code: 0, meaning: "done, verdict pass" },
  fail: { code: 1, meaning: "the job ran and its verdict is fail" },
  usage: { code: 2, meaning: "unknown command, option or value" },
  inconclusive: {
    code: 3,
    meaning: "the job ran and cannot tell (verdict inconclusive); `ops check`: a file could not be read",
  },
  overdue: { code: 4, meaning: "`ops status`: at least one clause is overdue or failing" },
  config: { code: 10, meaning: "a declared file (platform, integration, contract) is invalid" },
  missing: { code: 11, meaning: "a required program is missing or too old" },
  unknownTarget: { code: 12, meaning: "unknown platform, environment, checkpoint, version or branch" },
  instant: {
    code: 13,
    meaning: "an instant cannot be read, is ambiguous, in the future or before the first backup",
  },
  directory: { code: 14, meaning: "the target directory is not empty or not ours" },
  proofs: { code: 15, meaning: "a destructive operation lacks its two independent proofs" },
  space: { code: 16, meaning: "too little disk space, estimated before starting" },
  locked: { code: 17, meaning: "another job holds the lock" },
  unavailable: { code: 18, meaning: "the database or the repository cannot be reached" },
  timeout: { code: 19, meaning: "a phase took longer than its limit" },
  evidence: { code: 20, meaning: "evidence was altered, is incomplete, or cannot be written" },
  promised: { code: 21, meaning: "refused: a promised date still needs what would be expired" },
  gate: { code: 30, meaning: "a release gate is closed" },
  conflict: { code: 31, meaning: "another release was committed first" },
  aborted: { code: 32, meaning: "the rollout was aborted; the previous version serves" },
  migration: {
    code: 33,
    meaning: "refused: migrations are hazardous, edited, out of order, or cannot be reverted",
  },
  rehearsal: { code: 34, meaning: "refused: no rehearsal of the last 24 h matches the pending migrations" },
  hours: { code: 35, meaning: "refused: a big table would be locked for too long in business hours" },
  internal: { code: 70, meaning: "a bug in ops; please report it with the printed stack" },
  interrupted: {
    code: 130,
    meaning: "interrupted; what the job had created was removed, or the message names what is left",
  },
} as const;

export type ExitName = keyof typeof EXIT;

/**
 * An expected failure. `found` / `expected` / `todo` are sentences; the error boundary prints them in that order.
 * Never put a secret in any of them.
 */
export class OpsError extends Error {
  readonly exit: ExitName;
  readonly expected: string | undefined;
  readonly todo: string | undefined;
  constructor(
    exit: ExitName,
    found: string,
    more: { expected?: string; todo?: string; cause?: unknown } = {},
  ) {
    super(found, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "OpsError";
    this.exit = exit;
    this.expected = more.expected;
    this.todo = more.todo;
  }
  get code(): number {
    return EXIT[this.exit].code;
  }
}

/** The code that Node.js (`ENOENT`) or PostgreSQL (a SQLSTATE such as `42501`) gave an error; empty where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** PostgreSQL itself said no; anything else is a lost connection, a refusal of ours or a bug. */
export function refusedByServer(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof OpsError) && "severity" in error;
}

/** SQLSTATE classes of mistakes in the SQL that was sent, or inside the server: a bug, until shown otherwise. */
const OF_THE_SQL = /^(0A|24|26|34|39|42|P0|XX)/;

/** What PostgreSQL refused for reasons outside our SQL (a limit, a lock, a conflict, its own state) is no bug of ours. */
export function asRefusal(error: unknown): unknown {
  if (!refusedByServer(error) || OF_THE_SQL.test(codeOf(error))) return error;
  return new OpsError("unavailable", `PostgreSQL refused: ${error.message} (SQLSTATE ${codeOf(error)})`, {
    expected: "a server that lets this job read and lock what it needs",
    todo: "remove the cause that it names, and run the job again",
    cause: error,
  });
}
