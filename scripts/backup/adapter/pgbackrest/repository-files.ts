// The files of a pgBackRest repository on a local disk: listed, read, and shown to the engine in part. Judges nothing.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, symlink } from "node:fs/promises";
import path from "node:path";
import { codeOf } from "../../../core/errors";
import type { Host } from "../../../machine/port";
import type { RepositoryFile } from "../../inventory";
import type { VerifyScope } from "../../port";

/** The two places of a stanza; other stanzas may share the repository. */
const pathsOf = (stanza: string): string[] => [`archive/${stanza}`, `backup/${stanza}`];

/** Files, by name; symbolic links (`latest`) are no content. A file that goes away meanwhile is left out. */
export async function listFiles(repository: string, stanza: string): Promise<RepositoryFile[]> {
  const files: RepositoryFile[] = [];
  const visit = async (directory: string): Promise<void> => {
    for (const entry of await readdir(path.join(repository, directory), { withFileTypes: true })) {
      const name = `${directory}/${entry.name}`;
      if (entry.isDirectory()) await visit(name).catch(ignoreGone);
      else if (entry.isFile()) {
        const found = await lstat(path.join(repository, name)).catch(ignoreGone);
        if (found) files.push({ name, bytes: found.size, modified: found.mtime.toISOString() });
      }
    }
  };
  for (const place of pathsOf(stanza)) await visit(place).catch(ignoreGone);
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Files read at once: a repository is mostly small files, and each costs a few turns of the event loop. */
const AT_ONCE = 8;
/** A file up to this size is read in one piece. */
const SMALL_BYTES = 256 * 1024;

/** sha256 (hex) of each file's bytes, by name; what is gone is left out. */
export async function digestFiles(
  repository: string,
  names: readonly string[],
  { signal, onFile }: { signal?: AbortSignal; onFile?: (name: string) => void } = {},
): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const waiting = [...names];
  const worker = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      signal?.throwIfAborted();
      const digest = await digestFile(path.join(repository, name), signal).catch(ignoreGone);
      if (digest !== undefined) digests.set(name, digest);
      onFile?.(name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return digests;
}

async function digestFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  if ((await lstat(file)).size <= SMALL_BYTES) return hash.update(await readFile(file)).digest("hex");
  const chunks = createReadStream(file, { highWaterMark: SMALL_BYTES, ...(signal ? { signal } : {}) });
  for await (const chunk of chunks) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function ignoreGone(error: unknown): undefined {
  if (codeOf(error) === "ENOENT") return undefined;
  throw error;
}

export interface View {
  repository: string;
  stanza: string;
  /** Directory to make it in; what a killed run left there is removed. */
  at: string;
  /** OS user that has to see it. */
  user: string;
}

/**
 * A repository of symbolic links that holds a part of another one. pgBackRest 2.45 cannot be told to verify a part:
 * its `verify --set` is internal and reads everything all the same (measured). It verifies what it finds, so it is shown
 * less. Backups refer to older ones, whose files are read too: those belong to the scope.
 */
export async function withView<T>(
  host: Host,
  { repository, stanza, at, user }: View,
  scope: VerifyScope,
  body: () => Promise<T>,
): Promise<T> {
  const info = [`archive/${stanza}/archive.info`, `backup/${stanza}/backup.info`];
  const names = [
    ...info.flatMap((name) => [name, `${name}.copy`]),
    ...scope.labels.map((label) => `backup/${stanza}/${label}`),
    ...scope.wal,
  ];
  await host.removeTree(at);
  try {
    for (const directory of new Set([...pathsOf(stanza), ...names.map((name) => path.dirname(name))])) {
      await host.makeDirectory(path.join(at, directory), { user });
    }
    for (const name of names) await symlink(path.join(repository, name), path.join(at, name));
    return await body();
  } finally {
    await host.removeTree(at);
  }
}
