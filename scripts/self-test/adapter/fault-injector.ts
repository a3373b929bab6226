// Damages files of self-tests. Everything it does passes one gate: two proofs that the file is the throwaway cluster's own.
// Knows how pgBackRest lays a repository out, and nothing of what a fault is for.

import { open, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { WAL_SEGMENT_BYTES } from "../../backup/wal";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import { STANZA } from "../../sandbox/layout";
import type { FaultInjector, RepositoryCopy, RepositoryPart } from "../port";
import { proveOurs } from "./marker";

/** In the header that a segment begins with (XLogLongPageHeaderData of xlog_internal.h). */
const SYSTEM_IDENTIFIER_AT = 24;

export interface InjectorOptions {
  host: Host;
  /** OS user that owns the files. */
  user: string;
  /** Directory of the one self-test. */
  directory: string;
  /** The text that stands in the directory's marker; only the process that made it knows it. */
  token: string;
  /** Data directory of the source; pgBackRest asks it which cluster a segment belongs to. */
  dataDirectory: string;
}

export function createFaultInjector(options: InjectorOptions): FaultInjector {
  const { host, user } = options;
  const gate = (file: string): Promise<string> => proveOurs(host, options, file);

  const run = (program: string, args: readonly string[]): Promise<void> => must(host, user, program, args);

  /** @param write makes the file that is archived */
  const archiveInstead = async (
    copy: RepositoryCopy,
    segment: string,
    write: (file: string) => Promise<void>,
  ): Promise<void> => {
    const [stored] = await injector.find(copy, { kind: "wal", segment });
    await gate(stored!);
    const file = path.join(copy.directory, segment);
    await write(await gate(file));
    await rm(stored!);
    await backrest(options, copy, "--no-archive-header-check", "archive-push", file);
    await rm(file);
  };

  const injector: FaultInjector = {
    async find(copy, part) {
      const found = await locate(copy, part);
      if (found.length > 0) return found;
      throw new OpsError("missing", `the repository copy ${copy.directory} holds no ${describe(part)}`);
    },

    flipByte: async (file) => flipMiddleByte(await gate(file)),

    async truncate(file) {
      const place = await gate(file);
      await truncate(place, Math.floor((await stat(place)).size / 2));
    },

    remove: async (file) => rm(await gate(file), { recursive: true }),

    async replace(file, from) {
      const source = await gate(from);
      const place = await gate(file);
      await rm(place, { recursive: true, force: true });
      // By the program: it keeps the owner, which the database's account must stay.
      await host.run("cp", ["-a", source, place]);
    },

    async duplicateWal(copy, segment) {
      const [file] = await injector.find(copy, { kind: "wal", segment });
      await injector.replace(file!.replace(/-[0-9a-f]{40}/, `-${"0".repeat(40)}`), file!);
    },

    emptyWal: (copy, segment) =>
      archiveInstead(copy, segment, async (file) => writeFile(file, Buffer.alloc(WAL_SEGMENT_BYTES))),

    foreignWal: (copy, segment) =>
      archiveInstead(copy, segment, async (file) => {
        await backrest(options, copy, "archive-get", segment, file);
        await flipByteAt(file, SYSTEM_IDENTIFIER_AT);
      }),

    async changeKey(copy) {
      const { config } = copy.platform.backups;
      await gate(config);
      const text = (await host.readText(config)).replace(/^(repo1-cipher-pass=).*$/m, "$1not-the-passphrase");
      await host.writeText(config, text, { user, mode: 0o600 });
    },

    async forbidWriting(copy) {
      await run("chmod", ["-R", "a-w", await gate(copy.directory)]);
    },

    async makePipe(file) {
      await gate(path.dirname(file));
      await run("mkfifo", [file]);
    },
  };
  return injector;
}

async function backrest(
  { host, user, dataDirectory }: InjectorOptions,
  { platform }: RepositoryCopy,
  ...command: string[]
): Promise<void> {
  const { config, stanza } = platform.backups;
  const line = [`--config=${config}`, `--stanza=${stanza}`, `--pg1-path=${dataDirectory}`];
  await must(host, user, await host.program("pgbackrest"), [...line, "--no-archive-async", ...command]);
}

async function must(host: Host, user: string, program: string, args: readonly string[]): Promise<void> {
  const result = await host.run(program, args, { user, timeoutSeconds: 60 });
  if (result.exitCode === 0) return;
  const said = `${result.stdout}\n${result.stderr}`.trim().slice(-400);
  throw new OpsError("unavailable", `${path.basename(program)} failed in the self-test: ${said}`);
}

async function flipMiddleByte(file: string): Promise<void> {
  await flipByteAt(file, Math.floor((await stat(file)).size / 2));
}

async function flipByteAt(file: string, at: number): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] = ~byte[0]! & 0xff;
    await handle.write(byte, 0, 1, at);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function locate(copy: RepositoryCopy, part: RepositoryPart): Promise<string[]> {
  const inside = (...parts: string[]): string => path.join(copy.directory, ...parts);
  const backups = inside("backup", STANZA);
  switch (part.kind) {
    case "largest-file":
      return largest(path.join(backups, part.label, "pg_data"));
    case "manifest":
      return existing(twice(path.join(backups, part.label, "backup.manifest")));
    case "index":
      return existing(twice(path.join(backups, "backup.info")));
    case "backups":
      return existing([backups]);
    case "wal":
      return (await filesBelow(inside("archive", STANZA))).filter((file) =>
        path.basename(file).startsWith(`${part.segment}-`),
      );
  }
}

function twice(file: string): string[] {
  return [file, `${file}.copy`];
}

async function existing(files: readonly string[]): Promise<string[]> {
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return files.filter((_, index) => found[index] !== undefined);
}

async function largest(directory: string): Promise<string[]> {
  const files = await filesBelow(directory);
  const sizes = new Map(
    await Promise.all(files.map(async (file) => [file, (await stat(file)).size] as const)),
  );
  return files.sort((a, b) => sizes.get(b)! - sizes.get(a)!).slice(0, 1);
}

async function filesBelow(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const places = names.map((name) => path.join(directory, name));
  const found = await Promise.all(places.map((place) => stat(place)));
  return places.filter((_, index) => found[index]!.isFile());
}

function describe(part: RepositoryPart): string {
  return Object.values(part).join(" ");
}
