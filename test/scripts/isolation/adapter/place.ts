// Directories for one container under test: a source socket to hide, a repository to protect, a place where the copy may write.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { createHost } from "../../../../scripts/machine";
import { user } from "../../machine/accounts";

export interface Place {
  base: string;
  source: string;
  /** Path of a socket in `source` that answers. */
  socket: string;
  repository: string;
  /** May be read inside. */
  readable: string;
  copy: string;
  remove(): Promise<void>;
}

export async function makePlace(): Promise<Place> {
  const host = createHost();
  const base = mkdtempSync("/tmp/ops-container-"); // short: socket names are limited to 107 bytes
  chmodSync(base, 0o755);
  const place = (name: string): string => path.join(base, name);
  for (const name of ["source", "repository", "readable", "copy"]) {
    await host.makeDirectory(place(name), { user, mode: 0o700 });
  }
  const socket = path.join(place("source"), ".s.PGSQL.5432");
  const server = createServer((client) => client.destroy());
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  chmodSync(socket, 0o777);
  return {
    base,
    source: place("source"),
    socket,
    repository: place("repository"),
    readable: place("readable"),
    copy: place("copy"),
    async remove() {
      await new Promise((resolve) => server.close(resolve));
      rmSync(base, { recursive: true });
    },
  };
}
