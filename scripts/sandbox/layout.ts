// Where things are in a sandbox, and what they are called. Pure; the platform file of the sandbox repeats these names.
import path from "node:path";
import { OpsError } from "../core/errors";

export const STANZA = "learning";
export const DATABASE = "learning";
/** Superuser of the cluster; a role, whatever the OS user is called. */
export const SUPERUSER = "postgres";
export const PORT = 5432;

/** `sun_path` holds 108 bytes with its terminating zero on Linux. */
const SOCKET_NAME_BYTES = 107;

export interface Layout {
  directory: string;
  /** Socket directory, outside `directory` because its name must be short. */
  socket: string;
  data: string;
  /** Ours alone, as the directory is: says that the directory is ours, which cluster is in it and whether it is complete. */
  marker: string;
  log: string;
  serverLog: string;
  /** Where `lose` puts pg_wal, mode 0. */
  lostWal: string;
  /** What an injected misoperation destroyed, one file a kind, until `repair`. */
  undo: string;
  backrest: {
    directory: string;
    config: string;
    repository: string;
    spool: string;
    lock: string;
    log: string;
  };
  workload: { identity: string; heartbeat: string; log: string };
}

/** @throws OpsError config when a path is relative or the socket's name would be cut off */
export function layoutOf(directory: string, socket: string): Layout {
  const relative = [directory, socket].find((name) => !path.isAbsolute(name));
  if (relative !== undefined) throw new OpsError("config", `sandbox path ${relative} is not absolute`);
  const socketName = path.join(socket, `.s.PGSQL.${PORT}`);
  if (Buffer.byteLength(socketName) > SOCKET_NAME_BYTES) {
    throw new OpsError("config", `socket name ${socketName} has ${Buffer.byteLength(socketName)} bytes`, {
      expected: `at most ${SOCKET_NAME_BYTES}`,
      todo: "choose a shorter socket directory",
    });
  }
  const inside = (...parts: string[]): string => path.join(directory, ...parts);
  return {
    directory,
    socket,
    data: inside("data"),
    marker: inside("sandbox.json"),
    log: inside("log"),
    serverLog: inside("log", "postgres.log"),
    lostWal: inside("pg_wal.lost"),
    undo: inside("undo"),
    backrest: {
      directory: inside("pgbackrest"),
      config: inside("pgbackrest", "pgbackrest.conf"),
      repository: inside("pgbackrest", "repository"),
      spool: inside("pgbackrest", "spool"),
      lock: inside("pgbackrest", "lock"),
      log: inside("pgbackrest", "log"),
    },
    workload: {
      identity: inside("workload.json"),
      heartbeat: inside("heartbeat"),
      log: inside("workload.log"),
    },
  };
}
