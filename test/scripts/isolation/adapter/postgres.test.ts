// A real PostgreSQL in a container: it starts, is reached from outside by its socket, is stopped by its own signals.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createIsolation } from "../../../../scripts/isolation/adapter";
import type { ContainerProcess } from "../../../../scripts/isolation/port";
import { createHost } from "../../../../scripts/machine";
import { makeCluster } from "../../../e2e/template";
import { user } from "../../machine/accounts";
import { makePlace, type Place } from "./place";

const host = createHost();
let place: Place;
let data: string;
beforeAll(async () => {
  place = await makePlace();
  data = path.join(place.copy, "data");
  await makeCluster(host, data, user);
});
afterAll(() => place.remove());

describe.each([
  ["as this machine gives it", undefined],
  ["where namespaces are denied", "/bin/false"],
])("PostgreSQL in a container %s", (_name, unshare) => {
  it("obeys its signals and is gone with the container", async () => {
    const isolation = createIsolation(host, unshare === undefined ? {} : { unshare });
    const container = await isolation.open({
      id: "pg",
      user,
      outside: user,
      writable: [place.copy],
      readOnly: [],
    });
    const logFile = path.join(place.copy, `log${unshare === undefined ? "" : "-denied"}`);
    const start = async (): Promise<ContainerProcess> => {
      const settings = ["listen_addresses=", `unix_socket_directories=${place.copy}`, "fsync=off"];
      const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
      const server = await container.spawn(await host.program("postgres"), args, { logFile });
      await vi.waitFor(() => answers(path.join(place.copy, ".s.PGSQL.5432")), { timeout: 10_000 });
      return server;
    };
    try {
      const server = await start();
      await server.signal("SIGINT");
      expect(await server.exited).toEqual({ exitCode: 0, signal: null });
      expect(readFileSync(logFile, "utf8")).toMatch(
        /received fast shutdown request[\s\S]*database system is shut down/,
      );
      const again = await start();
      await container.close();
      expect(again.running()).toBe(false);
    } finally {
      await container.close();
    }
    await vi.waitFor(async () => {
      const { stdout } = await host.run("pgrep", [
        "-u",
        user,
        "-f",
        `${data}|^postgres: .*checkpointer.*${data}`,
      ]);
      expect(stdout).toBe("");
    });
  });
});

function answers(socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = connect(socket, () => {
      client.destroy();
      resolve();
    });
    client.once("error", reject);
  });
}
