// The BackupRepository port on pgBackRest: what it lists and says of itself, and the files when they are on this machine.
import { createHash } from "node:crypto";
import path from "node:path";
import { OpsError } from "../../../core/errors";
import type { BackupSet } from "../../backup-set";
import type { BackupRepository, MetadataCopies, VerifyScope } from "../../port";
import { expireArguments, removedBackups } from "./expire";
import { parseInfo, systemIdentifier } from "./info";
import { BACKUP_TIMEOUT_SECONDS, failure, type PgBackRest } from "./pgbackrest";
import { digestFiles, listFiles, withView } from "./repository-files";
import { parseVerify } from "./verify";

/**
 * Exit codes with which `verify` gives up in the middle because of what it read: wrong checksum, invalid file, data that
 * cannot be decompressed, or decrypted. Most damage it counts and goes on; some it does not survive (measured).
 */
const DAMAGE: readonly number[] = [26, 28, 29, 95];

/** @param copies directory that part of a repository may be shown in, while it is verified */
export function createRepository(pgbackrest: PgBackRest, copies: string): BackupRepository {
  const { stanza } = pgbackrest;
  return {
    list: async () => parseInfo(await pgbackrest.info(), stanza),
    systemIdentifier: async () => systemIdentifier(await pgbackrest.info(), stanza),
    async verify(signal, only) {
      const output = only
        ? await verifyPart(pgbackrest, path.join(copies, ".verify-view"), only, signal)
        : await verify(pgbackrest, signal);
      return parseVerify(output);
    },
    metadataCopies: (set) => metadataCopies(pgbackrest, set),
    files: async () => listFiles(await pgbackrest.localDirectory(), stanza),
    digests: async (names, options) => digestFiles(await pgbackrest.localDirectory(), names, options),
    text: (name) => pgbackrest.text(name),
    expire: (request) => expire(pgbackrest, request),
    isRemote: async () => (await pgbackrest.repository()).directory === undefined,
    directories: async () => (await pgbackrest.repositories()).flatMap(({ directory }) => directory ?? []),
    endpoints: async () => (await pgbackrest.repositories()).flatMap(({ endpoint }) => endpoint ?? []),
  };
}

/** @returns what it printed. @throws OpsError unavailable */
async function verify(
  pgbackrest: PgBackRest,
  signal: AbortSignal | undefined,
  more: readonly string[] = [],
): Promise<string> {
  const command = ["verify", "--output=text", "--verbose", "--log-level-console=warn", ...more];
  const result = await pgbackrest.attempt(command, {
    timeoutSeconds: BACKUP_TIMEOUT_SECONDS,
    ...(signal ? { signal } : {}),
  });
  if (result.exitCode !== 0 && !DAMAGE.includes(result.exitCode)) throw failure("verify", result);
  return `${result.stdout}\n${result.stderr}`;
}

async function verifyPart(
  pgbackrest: PgBackRest,
  at: string,
  scope: VerifyScope,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { host, stanza, user } = pgbackrest;
  const { number } = await pgbackrest.repository();
  const view = { repository: await pgbackrest.localDirectory(), stanza, at, user };
  return withView(host, view, scope, () => verify(pgbackrest, signal, [`--repo${number}-path=${at}`]));
}

async function expire(
  pgbackrest: PgBackRest,
  { label, dryRun }: Parameters<BackupRepository["expire"]>[0],
): Promise<string[]> {
  const numbers = (await pgbackrest.repositories()).map(({ number }) => number);
  const sets = parseInfo(await pgbackrest.info(), pgbackrest.stanza);
  const fulls = sets.filter((set) => set.type === "full").length;
  const result = await pgbackrest.ask(expireArguments(numbers, fulls, label, dryRun === true), {
    timeoutSeconds: BACKUP_TIMEOUT_SECONDS,
  });
  return removedBackups(`${result.stdout}\n${result.stderr}`);
}

async function metadataCopies(pgbackrest: PgBackRest, set: BackupSet): Promise<MetadataCopies[]> {
  const { stanza } = pgbackrest;
  const names = [
    `backup/${stanza}/backup.info`,
    `archive/${stanza}/archive.info`,
    ...[set.label, ...set.references].map((label) => `backup/${stanza}/${label}/backup.manifest`),
  ];
  return Promise.all(
    names.map(async (name) => ({
      name,
      copies: [await digestOf(pgbackrest, name), await digestOf(pgbackrest, `${name}.copy`)],
    })),
  );
}

/** Decrypted by the engine: the two copies of an encrypted file never have the same bytes. */
async function digestOf(pgbackrest: PgBackRest, file: string): Promise<MetadataCopies["copies"][number]> {
  const hash = createHash("sha256");
  const onLine = (line: string): unknown => hash.update(`${line}\n`);
  try {
    await pgbackrest.ask(["repo-get", file, "--log-level-console=error"], { onLine });
    return { file, sha256: hash.digest("hex") };
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    return { file, problem: error.message };
  }
}
