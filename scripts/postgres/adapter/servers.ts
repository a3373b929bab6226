// The Servers port: the source, servers started on restored data, and their checks by PostgreSQL's own programs.
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import type { Servers } from "../port";
import { amcheck } from "./amcheck";
import { archiveContents } from "./archive";
import { createDatabase } from "./database";
import { giveBack } from "./own-settings";
import { startRestored, toolOptions } from "./restored-server";
import { tookTooLong } from "./too-long";
import { majorOf } from "./version";

/** @param signal when aborted, all sessions are cut */
export function createServers(host: Host, signal?: AbortSignal): Servers {
  return {
    source: (platform, use = "read") =>
      createDatabase(host, platform.database, { signal, reads: use === "read" }),
    async initialise(container, dataDirectory, superuser, major) {
      const args = ["-D", dataDirectory, `--username=${superuser}`, "--auth=trust", "--encoding=UTF8"];
      args.push("--locale=C", "--no-sync", "--no-instructions");
      const result = await container.run(await host.program("initdb", major), args);
      if (result.exitCode !== 0)
        throw new OpsError(
          "fail",
          `no scratch cluster could be created: ${result.stderr.trim().slice(0, 500)}`,
        );
    },
    start: (request) => startRestored(host, request, signal),
    giveBack,
    archiveContents: (container, file) => archiveContents(host, container, file),

    async checksums(container, dataDirectory) {
      const result = await container.run(
        await host.program("pg_checksums", await majorOf(container, dataDirectory)),
        ["--check", "--pgdata", dataDirectory],
      );
      if (result.timedOut) throw tookTooLong("pg_checksums", container.limitSeconds);
      const text = `${result.stdout}\n${result.stderr}`;
      const bad = Number(/Bad checksums:\s+(\d+)/.exec(text)?.[1] ?? Number.NaN);
      const blocks = Number(/Blocks scanned:\s+(\d+)/.exec(text)?.[1] ?? 0);
      const enabled = !/data checksums are not enabled/.test(text);
      const clean = result.exitCode === 0 && bad === 0 && blocks > 0;
      return { enabled, bad: clean ? 0 : bad || 1, blocks, detail: clean ? "" : text.trim().slice(0, 500) };
    },

    amcheck: (container, server, databases) =>
      amcheck(host, container, server.database, databases, toolOptions(container)),
  };
}
