// A copy that stands already, as the earlier moment: a clone that a managed service made of an instant, a standby that was stopped there.
// Whose word it is that it stands at that instant is said: the newest heartbeat on it, or nobody's.
import type { Platform } from "../../../policies/service/service";
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { fail, inconclusive, pass } from "../../core/finding";
import { showInstant } from "../../core/instant";
import { microseconds, microsecondsOf } from "../../core/pg-time";
import { newestHeartbeat } from "../../postgres/heartbeat";
import type { Database } from "../../postgres/port";
import { systemIdentifierOf } from "../../postgres/system-identifier";
import type { RepairTools } from "../port";

/** A heartbeat is written at least so often, seconds: an older one says that the copy is of an earlier moment. */
const HEARTBEAT_SECONDS = 60;

/** @param address `host`, `host:port`, or a socket directory. @throws OpsError usage */
export function standingCopy({ servers, platform }: RepairTools, address: string): Database {
  const [, host = "", port] = /^(\/[^:]+|[^:/]+)(?::(\d{1,5}))?$/.exec(address) ?? [];
  if (host === "")
    throw new OpsError("usage", `--copy ${address}`, {
      expected: "<host>, <host>:<port>, or a socket directory",
    });
  const database = { ...platform.database, host, ...(port === undefined ? {} : { port: Number(port) }) };
  const copy: Platform = { ...platform, database };
  return servers.source(copy);
}

/** @throws OpsError usage when it is the source itself; unavailable */
export async function standingChecks(
  context: RepairTools,
  copy: Database,
  at: Date,
): Promise<{ checks: Check[]; cluster: string | undefined }> {
  const source = context.servers.source(context.platform);
  const [here, there] = [await identityOf(source), await identityOf(copy)];
  if (here.started === there.started && here.id === there.id)
    throw new OpsError("usage", "--copy is the source itself", {
      expected: "a copy of it at an earlier moment",
    });
  const same =
    here.id === there.id
      ? pass(`of cluster ${here.id}, as the source is`)
      : inconclusive(
          `of cluster ${there.id}; the source is ${here.id}: tables are compared by their names alone`,
        );
  return {
    cluster: here.id,
    checks: [
      { name: "copy-of-the-source", ...same },
      { name: "copy-at-instant", ...(await heartbeatOf(context, copy, at)) },
    ],
  };
}

async function identityOf(server: Database): Promise<{ id: string | undefined; started: string }> {
  const [row] = await server.query<{ started: string }>(
    server.maintenance,
    "select extract(epoch from pg_postmaster_start_time())::text as started",
  );
  return { id: await systemIdentifierOf(server), started: row!.started };
}

async function heartbeatOf(
  { platform }: RepairTools,
  copy: Database,
  at: Date,
): Promise<Omit<Check, "name">> {
  const { heartbeat } = platform;
  if (!heartbeat)
    return inconclusive(
      `nobody can tell that the copy stands at ${showInstant(at)}: no heartbeat is declared`,
    );
  const last = await newestHeartbeat(copy, heartbeat);
  if (last === null) return inconclusive("the heartbeat table of the copy is empty");
  const gap = Number(microsecondsOf(at) - microseconds(last)) / 1e6;
  if (gap < 0) return fail(`a heartbeat of ${last} on the copy is later than ${showInstant(at)}`);
  return gap <= HEARTBEAT_SECONDS
    ? pass(`last heartbeat ${gap.toFixed(1)} s before ${showInstant(at)}`)
    : inconclusive(`last heartbeat ${last}, ${gap.toFixed(0)} s before ${showInstant(at)}`);
}
