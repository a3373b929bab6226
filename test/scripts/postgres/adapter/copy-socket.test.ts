// A session that is meant for a copy reaches no other server, whatever lies in the place of its socket.
import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { copySocket } from "../../../../scripts/postgres/adapter/copy-socket";
import { openSession } from "../../../../scripts/postgres/adapter/session";

const base = mkdtempSync("/tmp/ops-socket-");
const at = (name: string): string => path.join(base, name);
const servers: Server[] = [];
const us = process.getuid!();

async function serve(name: string): Promise<void> {
  const server = createServer((client) => client.end(name));
  await new Promise<void>((resolve) => server.listen(at(name), resolve));
  servers.push(server);
}
beforeAll(async () => {
  await serve("source");
  await serve("copy");
  symlinkSync(at("source"), at("link"));
  symlinkSync(at("nowhere"), at("dangling"));
  writeFileSync(at("file"), "");
  linkSync(at("copy"), at("another-name"));
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(base, { recursive: true, force: true });
});

const heard = (socket: Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = "";
    socket.on("data", (data) => (said += data.toString()));
    socket.on("error", reject);
    socket.on("end", () => resolve(said));
  });

it("reaches the copy's own, many times without a descriptor left open", async () => {
  for (let n = 0; n < 50; n++) expect(await heard(copySocket(us).connect(at("copy")))).toBe("copy");
  expect(await heard(copySocket(us).connect(at("another-name")))).toBe("copy");
});

it("follows no link, though a plain connection would", async () => {
  expect(await heard(connect(at("link")))).toBe("source");
  await expect(heard(copySocket(us).connect(at("link")))).rejects.toMatchObject({
    exit: "fail",
    message: expect.stringContaining("is not the socket of the copy's server"),
  });
});

it.each(["dangling", "file", "missing"])(
  "is an error of the connection where there is no socket: %s",
  async (name) => {
    await expect(heard(copySocket(us).connect(at(name)))).rejects.toThrow();
  },
);

it("takes nobody else's socket", async () => {
  await expect(heard(copySocket(us + 1).connect(at("copy")))).rejects.toMatchObject({ exit: "fail" });
});

it("is what a session of a copy is opened by", async () => {
  symlinkSync(at("source"), at(".s.PGSQL.5432"));
  const address = { host: base, port: 5432, user: "postgres", maintenance: "postgres", socketOwner: us };
  await expect(openSession(address, "postgres", undefined)).rejects.toThrow(
    /is not the socket of the copy's server/,
  );
});
