// A listener outside, on loopback, that stands for an integration while isolation is proven. Takes nothing in.
import { createServer, type Socket } from "node:net";
import type { Isolation } from "../port";

export const controlListener: Isolation["controlListener"] = async (name) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // whoever connected may be gone already
    socket.end(`witness of ${name}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error(`the control listener of ${name} has no TCP port`);
  return {
    host: address.address,
    port: address.port,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve()); // an error here means that it was closed before
      }),
  };
};
