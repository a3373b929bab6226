// An empty cluster, made by initdb once in a run of tests and copied by whoever needs one. A copy is a cluster of its own: it has
// another system identifier, and no WAL of the first.
import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import path from "node:path";
import type { Host } from "../../scripts/machine/port";

/** Runs a program and gives back what it printed. @throws Error when it fails */
type Run = (program: string, args: readonly string[], input?: string) => Promise<string>;

export function runAs(host: Host, user: string): Run {
  return async (program, args, input) => {
    const options = { user, ...(input === undefined ? {} : { input }) };
    const own = ["find", "cp"].includes(program) ? program : await host.program(program);
    const { exitCode, stdout, stderr } = await host.run(own, args, options);
    if (exitCode !== 0) throw new Error(`${program}: ${stderr}${stdout}`);
    return stdout;
  };
}

declare module "vitest" {
  export interface ProvidedContext {
    /** Data directory of the template. */
    initdb: string;
  }
}

/** Superuser postgres, trust on the socket. @param user owns it */
export async function initdb(host: Host, dataDirectory: string, user: string): Promise<void> {
  const settings = ["--data-checksums", "--auth=trust", "--username=postgres", "--encoding=UTF8"];
  await runAs(host, user)("initdb", ["-D", dataDirectory, "--locale=C.UTF-8", "--no-sync", ...settings]);
}

/** As `initdb` does it. The directory must not exist, its parent must be the user's. */
export async function makeCluster(host: Host, dataDirectory: string, user: string): Promise<void> {
  // A benchmark runs by itself: nothing was prepared for it.
  if (process.env.VITEST === undefined) return initdb(host, dataDirectory, user);
  const { inject } = await import("vitest");
  await copyCluster(host, inject("initdb"), dataDirectory, user);
}

/** Copies the data directory of a server that was shut down. */
export async function copyCluster(host: Host, from: string, to: string, user: string): Promise<void> {
  const run = runAs(host, user);
  await run("cp", ["-a", "--reflink=auto", from, to]);
  await becomeAnother(to);
  // Its checksum no longer fits the control file, which is why it must be forced; both are written anew.
  await run("pg_resetwal", ["--force", "--pgdata", to]);
}

/** The system identifier is what a control file begins with. */
async function becomeAnother(dataDirectory: string): Promise<void> {
  const file = await open(path.join(dataDirectory, "global/pg_control"), "r+");
  try {
    const identifier = randomBytes(8);
    identifier[7]! &= 0x7f; // a positive number
    await file.write(identifier, 0, identifier.length, 0);
  } finally {
    await file.close();
  }
}
