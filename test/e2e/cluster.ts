// A throwaway real PostgreSQL for tests: own directory, unix socket only, gone afterwards.
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createHost } from "../../scripts/machine";
import type { Host } from "../../scripts/machine/port";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import type { Database } from "../../scripts/postgres/port";
import { makeCluster, runAs } from "./template";

export const OS_USER = process.getuid?.() === 0 ? "postgres" : process.env.USER || "postgres";

export interface Cluster {
  host: Host;
  directory: string;
  dataDirectory: string;
  database: Database;
  /** Runs a script with psql, stopping at the first error. */
  psql(database: string, sql: string): Promise<void>;
  /** Stops, adds settings, starts. */
  restart(settings: Readonly<Record<string, string>>): Promise<void>;
  /** Stops as a power cut would, and starts. */
  crash(): Promise<void>;
  /** Waits until everything that was ready to be archived is archived. */
  archived(): Promise<void>;
  /** Starts a stopped data directory on a socket of its own. */
  beside(
    dataDirectory: string,
  ): Promise<{ count(database: string, from: string): Promise<number>; stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export async function startCluster(settings: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const host = createHost();
  const directory = mkdtempSync("/tmp/opst-");
  await host.handOver(directory, OS_USER);
  const dataDirectory = `${directory}/data`;
  const run = runAs(host, OS_USER);
  await makeCluster(host, dataDirectory, OS_USER);
  const all = { listen_addresses: "", unix_socket_directories: directory, fsync: "off", ...settings };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'`);
  const conf = `${dataDirectory}/postgresql.auto.conf`;
  await host.writeText(conf, `${lines.join("\n")}\n`, { user: OS_USER, mode: 0o600 });
  await run("pg_ctl", ["-D", dataDirectory, "-l", `${directory}/server.log`, "-w", "start"]);
  const address = { host: directory, port: 5432, user: "postgres", maintenance: "postgres" };
  return {
    host,
    directory,
    dataDirectory,
    database: createDatabase(host, address),
    async psql(database, sql) {
      await run(
        "psql",
        ["-h", directory, "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-q", "-o", "/dev/null"],
        sql,
      );
    },
    async restart(more) {
      const added = Object.entries(more).map(([name, value]) => `${name} = '${value}'`);
      await host.writeText(conf, `${[...lines, ...added].join("\n")}\n`, { user: OS_USER, mode: 0o600 });
      await run("pg_ctl", [
        "-D",
        dataDirectory,
        "-l",
        `${directory}/server.log`,
        "-w",
        "-m",
        "fast",
        "restart",
      ]);
    },
    async crash() {
      await run("pg_ctl", ["-D", dataDirectory, "-m", "immediate", "-w", "stop"]);
      await run("pg_ctl", ["-D", dataDirectory, "-l", `${directory}/server.log`, "-w", "start"]);
    },
    async archived() {
      for (let i = 0; i < 100; i++) {
        const ready = await run("find", [`${dataDirectory}/pg_wal/archive_status`, "-name", "*.ready"]);
        if (ready.trim() === "") return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error("WAL was not archived");
    },
    async beside(other) {
      const socket = mkdtempSync("/tmp/opsb-");
      await host.handOver(socket, OS_USER);
      const options = `-c unix_socket_directories=${socket} -c archive_mode=off`;
      await run("pg_ctl", ["-D", other, "-l", `${directory}/beside.log`, "-o", options, "-w", "start"]);
      const database = createDatabase(host, { ...address, host: socket });
      return {
        count: async (name, from) =>
          Number(
            (await database.query<{ n: string }>(name, `select count(*)::text as n from public.${from}`))[0]
              ?.n,
          ),
        async stop() {
          await run("pg_ctl", ["-D", other, "-m", "fast", "-w", "stop"]);
          await rm(socket, { recursive: true, force: true });
        },
      };
    },
    async stop() {
      await run("pg_ctl", ["-D", dataDirectory, "-m", "immediate", "stop"]).catch(() => {});
      await rm(directory, { recursive: true, force: true });
    },
  };
}
