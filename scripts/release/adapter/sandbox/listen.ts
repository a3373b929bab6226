// The other half of daemon.ts, inside the process: listen on loopback, say where, end when the record is gone. Parts only.
import { readFileSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { DaemonRecord } from "./daemon";

const LOOK_MILLISECONDS = 500;
/** Requests that are still being answered get so long. */
const DRAIN_MILLISECONDS = 10_000;

function ours(record: string): DaemonRecord | undefined {
  try {
    const found = JSON.parse(readFileSync(record, "utf8")) as DaemonRecord;
    return found.pid === process.pid ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Listens on a free port of 127.0.0.1 and writes it into the record. On SIGTERM, or without a record, answers what it has and ends. */
export function listen(server: Server, record: string, end: () => Promise<void>): void {
  let ending = false;
  const finish = (): void => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(0), DRAIN_MILLISECONDS).unref();
    server.close(() => void end().finally(() => process.exit(0)));
    server.closeIdleConnections();
  };
  process.on("SIGTERM", finish);
  process.on("SIGINT", finish);
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    const announce = (): void => {
      const found = ours(record);
      if (!found) return;
      clearInterval(waiting);
      writeFileSync(record, JSON.stringify({ ...found, port }), { mode: 0o600 });
      setInterval(() => {
        if (!ours(record)) finish();
      }, LOOK_MILLISECONDS).unref();
    };
    // Whoever started us records our pid a moment after we began.
    const waiting = setInterval(announce, 20);
    setTimeout(() => {
      if (!ours(record)) finish();
    }, 10_000).unref();
  });
}
