// PostgreSQL on restored data inside a container: its start, and what its log says of recovery.
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { Container, ContainerProcess } from "../../isolation/port";
import { accountFor, ourselves } from "../../machine/account";
import type { Host } from "../../machine/port";
import type { Database, RestoredServer, ServerRequest } from "../port";
import { createDatabase } from "./database";
import { ownArguments, PORT, setAside } from "./own-settings";
import { SESSION_OPTIONS } from "./session";
import { superuserOf } from "./superuser";
import { tookTooLong } from "./too-long";
import { majorOf } from "./version";

/**
 * What the source set for roles and databases lies in the catalogs, so it comes along; said by a client, these win. With those of every
 * session of ours they are all by which a setting can load code, or turn a session into another role's, before its first statement.
 */
const COPY_OPTIONS = ["session_preload_libraries=", "dynamic_library_path=$libdir"]
  .map((setting) => `-c ${setting}`)
  .join(" ");

/** The rows of a copy are read through indexes, constraints and views whose code may wait for ever. */
const limited = ({ limitSeconds }: Container): string =>
  `-c statement_timeout=${Math.ceil(limitSeconds * 1000)}`;

/** PGOPTIONS of PostgreSQL's own programs on a copy. */
export function toolOptions(container: Container): string {
  return [SESSION_OPTIONS, COPY_OPTIONS, limited(container)].join(" ");
}

/** @param signal when aborted, all sessions are cut */
export async function startRestored(
  host: Host,
  request: ServerRequest,
  signal: AbortSignal | undefined,
): Promise<RestoredServer> {
  const { container, dataDirectory, socketDirectory } = request;
  const major = await majorOf(container, dataDirectory);
  await setAside(container, dataDirectory);
  const args = await ownArguments(host, request, major, await host.program("pg_controldata", major));
  const log = new RecoveryLog();
  const process = await container.spawn(await host.program("postgres", major), args, {
    logFile: request.logFile,
    onLine: (line) => log.read(line),
  });
  const { uid: socketOwner } = (await accountFor(container.user)) ?? ourselves();
  const { known, maintenance } = request.login;
  const { limitSeconds } = container;
  const limit = limited(container);
  const address = { host: socketDirectory, port: PORT, maintenance, socketOwner, limitSeconds };
  const options = { runner: container, signal };
  const full = `${COPY_OPTIONS} ${limit}`;
  const user = superuserOf(address, known, full, signal);
  const database = createDatabase(host, { ...address, user, options: full }, options);
  // The other settings are for superusers to say.
  const as = (user: string): Database => createDatabase(host, { ...address, user, options: limit }, options);
  return restoredServer(database, as, process, log, limitSeconds);
}

/** A process of the server that somebody killed leaves no FATAL; its postmaster mentions the death in a LOG line. */
const FATAL = /\b(FATAL|PANIC):|LOG: .* was terminated by signal/;

/** While it starts, a server turns clients away with FATAL, and it does so with roles that it does not have; that is no failure of recovery. */
const TURNED_AWAY =
  /the database system is (starting up|not yet accepting connections|shutting down)|terminating (connection|background worker)|role ".*" (does not exist|is not permitted to log in)|permission denied to set parameter/;

const STOP = /recovery stopping (at|before|after)|redo done at/;

/** The detail of "hot standby is not possible" and of "recovery aborted", both "because of insufficient parameter settings". */
const TOO_LOW = /(\w+) = (\d+) is a lower setting than on the primary server, where its value was (\d+)/;

const READABLE = /database system is ready to accept read-only connections/;
const TAKES_CONNECTIONS = /database system is ready to accept (read-only )?connections/;

/** Reads what PostgreSQL says of recovery, line by line. Its language is English: we set it. */
export class RecoveryLog {
  /** FATAL and PANIC lines, whole. */
  readonly fatal: string[] = [];
  stop: string | undefined;
  readable = false;
  takesConnections = false;
  private readonly low = new Map<string, { is: number; needed: number }>();

  read(line: string): void {
    const tooLow = TOO_LOW.exec(line);
    if (tooLow) this.low.set(tooLow[1]!, { is: Number(tooLow[2]), needed: Number(tooLow[3]) });
    if (FATAL.test(line) && !TURNED_AWAY.test(line)) this.fatal.push(line);
    if (STOP.test(line)) this.stop ??= line.replace(/^.*LOG:\s*/, "");
    if (READABLE.test(line)) this.readable = true;
    if (TAKES_CONNECTIONS.test(line)) this.takesConnections = true;
  }

  tooLow(): { setting: string; is: number; needed: number }[] {
    return [...this.low].map(([setting, values]) => ({ setting, ...values }));
  }
}

function restoredServer(
  database: Database,
  as: (user: string) => Database,
  process: ContainerProcess,
  log: RecoveryLog,
  limitSeconds: number,
): RestoredServer {
  let killedBy: string | null = null;
  void process.exited.then(({ signal }) => {
    killedBy = signal;
  });
  return {
    database,
    as,
    running: () => process.running(),
    fatal: () => [
      ...log.fatal,
      ...(killedBy === null ? [] : [`PANIC: the server was killed by ${killedBy}`]),
    ],
    tooLow: () => log.tooLow(),
    takesConnections: () => log.takesConnections,
    wasReadable: () => log.readable,
    async recoveryStop() {
      // It was said before the caller could see that recovery stopped, but on another way: what has arrived is read first.
      await setImmediate();
      return log.stop;
    },
    async stop(mode) {
      if (!process.running()) return;
      await process.signal(mode === "fast" ? "SIGINT" : "SIGQUIT");
      if (await endsWithin(process, limitSeconds)) return;
      // One of its processes hears nothing any more; without it the postmaster waits for ever.
      await process.signal("SIGQUIT");
      await process.exited;
      throw tookTooLong("stopping the server", limitSeconds);
    },
  };
}

async function endsWithin(process: ContainerProcess, seconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(seconds * 1000, false, { signal: timer.signal }).catch(() => false);
  const ended = await Promise.race([process.exited.then(() => true), late]);
  timer.abort();
  return ended;
}
