// Takes a restored copy to one point: starts it, waits until recovery stops, and starts it anew where WAL demands more than it
// was given. What PostgreSQL says is acted on at once; the time limit is for recovery that goes on without a word.

import { OpsError } from "../core/errors";
import { poll } from "../core/poll";
import type { RestoredServer } from "../postgres/port";
import type { LsnTarget, TransactionTarget } from "../postgres/recovery-target";
import { recoveryState, timelineTo } from "./recovery";
import type { Goal } from "./target";
import type { RecoveryPosition, Restored } from "./test-state";

export interface Recovery {
  target: Goal["target"] | TransactionTarget | LsnTarget;
  action: "pause" | "promote";
  /** Data is flushed to disk because it will be used. */
  durable: boolean;
  eventTriggers: boolean;
  /** Limit of each start, seconds. */
  timeoutSeconds: number;
}

/** So many looks, a tenth of a second apart, at a pause that its log does not explain, or at a server that lets nobody of ours in. */
const UNEXPLAINED_LOOKS = 20;

/** What has to be there of a copy that is to recover. */
export type Recoverable = Pick<Restored, "context" | "copy" | "checkpoint" | "follow" | "walDirectory">;

type Reached = { server: RestoredServer; position: RecoveryPosition };

/** @throws OpsError fail (the server gave up, or paused by itself), timeout, missing */
export async function recoverTo(state: Recoverable, recovery: Recovery): Promise<Reached> {
  const wanted = recovery.action === "pause" ? "paused" : "promoted";
  const raised: Record<string, number> = {};
  for (;;) {
    const server = await start(state, recovery, raised);
    try {
      const position = await awaitStop(state, server, { ...recovery, wanted });
      return { server, position: { ...position, raised } };
    } catch (error) {
      if (!(error instanceof TooLow)) throw error;
      await server.stop("fast");
      for (const { setting, is, needed } of error.settings) {
        // Otherwise it would go round for ever.
        if ((raised[setting] ?? 0) >= needed) throw gaveUp(state, server);
        raised[setting] = needed;
        state.context.progress.say(
          "info",
          `WAL was written with ${setting} = ${needed}, the copy has ${is}: started again with ${needed}`,
        );
      }
    }
  }
}

/** The server has stopped, or paused by itself, for want of these. */
class TooLow extends Error {
  constructor(readonly settings: ReturnType<RestoredServer["tooLow"]>) {
    super("insufficient parameter settings");
  }
}

function start(
  state: Recoverable,
  { target, action, durable, eventTriggers }: Recovery,
  raised: Readonly<Record<string, number>>,
): Promise<RestoredServer> {
  const { copy, context } = state;
  const { platform, servers } = context;
  const settings = Object.fromEntries(Object.entries(raised).map(([name, value]) => [name, String(value)]));
  return servers.start({
    container: copy.container,
    dataDirectory: copy.dataDirectory,
    socketDirectory: copy.socketDirectory,
    logFile: copy.logFile,
    osUser: copy.container.user,
    login: {
      // The source's reader may be younger than the backup; initdb names the first superuser after the account.
      known: [...new Set([platform.database.user, platform.backups.osUser || "postgres"])],
      maintenance: platform.database.maintenance,
    },
    recovery: { target, action, timeline: timelineTo(target, state) },
    walDirectory: state.walDirectory,
    eventTriggers,
    settings: { ...settings, ...(durable ? { fsync: "on", full_page_writes: "on" } : {}) },
  });
}

/**
 * Polls until recovery paused or ended. `pg_ctl -w start` would have returned long before a FATAL. Where hot standby never became
 * possible PostgreSQL cannot pause, and ends recovery at the same point instead: that is as good, for whoever wants no more.
 * @throws OpsError fail when the server died or paused by itself, timeout
 */
export async function awaitStop(
  state: Recoverable,
  server: RestoredServer,
  {
    target,
    timeoutSeconds,
    wanted,
  }: Pick<Recovery, "target" | "timeoutSeconds"> & { wanted: "paused" | "promoted" },
): Promise<Omit<RecoveryPosition, "raised">> {
  const { clock, signal } = state.context;
  const patience = { clock, every: 0.1, within: timeoutSeconds, signal };
  let [unexplained, unanswered] = [0, 0];
  const stopped = await poll(patience, async () => {
    const alive = server.running();
    const now = alive
      ? await recoveryState(server).catch((error: unknown) => {
          // Before it takes connections at all, that it lets nobody in says nothing.
          if (server.takesConnections() && ++unanswered > UNEXPLAINED_LOOKS) throw error;
        })
      : undefined;
    if (now) unanswered = 0;
    const stop = await server.recoveryStop();
    const low = server.tooLow();
    if (low.length > 0 && now?.state !== "promoted") throw new TooLow(low);
    if (!alive) throw gaveUp(state, server);
    // What it says of a pause may arrive here after the pause itself was seen.
    if (now?.state === "paused" && stop === undefined) {
      if (++unexplained > UNEXPLAINED_LOOKS) throw pausedByItself(now.reached.lsn);
      return undefined;
    }
    if (now?.state === wanted) return { ...now.reached, stop };
    if (wanted === "paused" && now?.state === "promoted") {
      if (server.wasReadable())
        throw new OpsError("fail", "recovery ended without stopping at the checkpoint");
      return { ...now.reached, stop };
    }
    return undefined;
  });
  if (stopped) return { ...stopped.found, timeline: timelineTo(target, state) };
  throw new OpsError("timeout", `recovery did not end within ${timeoutSeconds} s`);
}

function pausedByItself(lsn: string): OpsError {
  return new OpsError("fail", `recovery paused by itself at ${lsn}, short of its target`, {
    expected: "a stop at the target",
    todo: "read the copy's log: PostgreSQL says why it pauses",
  });
}

function gaveUp(state: Recoverable, server: RestoredServer): OpsError {
  const said = server
    .fatal()
    .map((line) => line.replace(/^.*?(FATAL|PANIC|LOG):\s*/, ""))
    .join("; ");
  return new OpsError(
    "fail",
    `PostgreSQL gave up during recovery: ${said ? said + quiet(state, said) : "it printed no message"}`,
  );
}

/** Without a heartbeat, WAL that is missing and a night without commits look the same. */
function quiet({ context }: Recoverable, said: string): string {
  if (context.platform.heartbeat || !said.includes("recovery ended before configured recovery target"))
    return "";
  return " (no commit later than the target is in the repository: WAL is missing, or nobody committed; a heartbeat table would tell)";
}
