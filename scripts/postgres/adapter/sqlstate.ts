// What PostgreSQL says when something around it stands in the way, in words that an operator can act on. Not a bug of ours, and
// not always a fault of the data.
import { codeOf, type ExitName, OpsError } from "../../core/errors";

interface Obstacle {
  /** SQLSTATE, whole or its class. */
  code: RegExp;
  /** Of the message, where the code alone does not tell. */
  message?: RegExp;
  exit: ExitName;
  found: string;
  expected: string;
  todo: string;
}

/** The first that fits. PostgreSQL's appendix "Error Codes"; messages as PostgreSQL 15 to 17 print them with lc_messages = C. */
const OBSTACLES: readonly Obstacle[] = [
  {
    code: /^XX00[12]$/,
    exit: "fail",
    found: "PostgreSQL found damaged data",
    expected: "pages and indexes that can be read",
    todo: "do not rely on this data; restore an earlier backup and find out which disk or memory is failing",
  },
  {
    code: /^58P01$|^XX000$|^22023$/,
    message: /(could not (access file|load library)|incompatible library)/,
    exit: "missing",
    found: "a library of this database is not installed where it runs now",
    expected: "every library that functions, types and extensions of the database name",
    todo: "install the package that holds it on this machine; nothing is known of the data that needs it",
  },
  {
    code: /^58P01$/,
    exit: "fail",
    found: "PostgreSQL misses a file of its own",
    expected: "every file of the data directory",
    todo: "do not rely on this data; restore an earlier backup, and read the server's log for which file it was",
  },
  {
    code: /^58/,
    exit: "unavailable",
    found: "PostgreSQL was refused by the system beneath it",
    expected: "a disk that reads and writes",
    todo: "read the server's log and the kernel's",
  },
  {
    code: /^53200$/,
    message: /shared memory/,
    exit: "unavailable",
    found: "PostgreSQL has no room left in its table of locks",
    expected: "max_locks_per_transaction large enough for every table of the cluster",
    todo: "raise max_locks_per_transaction and restart the server",
  },
  {
    code: /^53100$/,
    exit: "space",
    found: "PostgreSQL has no disk space left",
    expected: "space for its temporary files",
    todo: "free some space on the server's disk",
  },
  {
    code: /^53/,
    exit: "unavailable",
    found: "PostgreSQL lacks a resource",
    expected: "memory and free connections for this job",
    todo: "look at max_connections, memory and limits of the role, or run the job at a quieter hour",
  },
  {
    code: /^25006$/,
    exit: "unavailable",
    found: "PostgreSQL only reads here",
    expected: "a primary server",
    todo: "name the primary in the platform file; a standby cannot be the source of this job",
  },
  {
    code: /^55000$/,
    message: /recovery is in progress/,
    exit: "unavailable",
    found: "the server is a standby, or still recovers",
    expected: "a primary server",
    todo: "name the primary in the platform file, or wait until it is promoted",
  },
  {
    code: /^(22021|22P05)$/,
    exit: "inconclusive",
    found: "a value or a name cannot be given out in UTF-8",
    expected: "text that is valid in the encoding of its database, and names in UTF-8",
    todo: "find it (`pg_dump --encoding=SQL_ASCII` gives it as it is) and correct it; what lies beside it is not compared",
  },
  {
    code: /^(54000|54001|XX000)$/,
    message:
      /invalid memory alloc request size|out of memory|exceeds|stack depth|too (large|long|big)|requested length/,
    exit: "inconclusive",
    found: "a value is too large to be read as a whole",
    expected: "values whose text fits into 1 GB",
    todo: "store it in parts, or as a large object",
  },
  {
    code: /^0A000$/,
    message: /database collation|collation version/,
    exit: "inconclusive",
    found: "a collation of this database is not known here",
    expected: "the locales of the source's machine",
    todo: "install them on this machine",
  },
];

/** @returns undefined for everything else: a lost connection, a lock that was not given, a mistake in the SQL */
export function obstacleOf(error: unknown): OpsError | undefined {
  if (!(error instanceof Error) || error instanceof OpsError || !("severity" in error)) return undefined;
  const code = codeOf(error);
  const fits = ({ code: codes, message }: Obstacle): boolean =>
    codes.test(code) && (message === undefined || message.test(error.message));
  const obstacle = OBSTACLES.find(fits);
  if (!obstacle) return undefined;
  const { exit, found, expected, todo } = obstacle;
  return new OpsError(exit, `${found}: ${error.message}`, { expected, todo, cause: error });
}
