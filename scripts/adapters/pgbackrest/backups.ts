// The Backups port on pgBackRest. Judges by what the repository holds and what the text says, never by exit codes alone:
// `verify` on a damaged repository and a backup with page errors both exit 0 (measured, see ARCHITECTURE).

import { createHash } from "node:crypto";
import path from "node:path";
import type { Platform } from "../../../policies/service/service";
import { OpsError } from "../../domain/errors";
import type { Backups, Host, RunOptions, RunResult, StoredTwice } from "../../ports";
import { type Ask, commitsIn } from "./commits";
import { expireArguments, removedBackups } from "./expire";
import {
  type ListedFile,
  logged,
  parseInfo,
  parseListing,
  restoredShare,
  synchronousGet,
  systemIdentifier,
  walSegments,
} from "./info";
import { digestFiles, listFiles, withView } from "./repository";

/** Warnings that say nothing about the backup's content. Every other warning makes a backup suspect. */
const BENIGN: readonly RegExp[] = [
  /retention-full' is not set/, // retention is ours, checked against what was promised
  /no prior backup exists, (incr|diff) backup has been changed to full/,
];

const BACKUP_TIMEOUT_SECONDS = 6 * 3600;
const QUESTION_TIMEOUT_SECONDS = 120;

/** Where pgBackRest keeps a repository that its configuration does not place. */
const DEFAULT_REPOSITORY = "/var/lib/pgbackrest";

export function createBackups(host: Host, platform: Platform): Backups {
  const { stanza, config, osUser } = platform.backups;

  /** One pgBackRest command as the OS user, outside any cell. @throws OpsError unavailable */
  const ask: Ask = async (command, options = {}) => {
    const args = [`--config=${config}`, `--stanza=${stanza}`, "--no-log-timestamp", ...command];
    const result = await host.run(await host.program("pgbackrest"), args, {
      user: osUser,
      timeoutSeconds: QUESTION_TIMEOUT_SECONDS,
      ...options,
    });
    if (result.exitCode !== 0) throw failure(command[0] ?? "", result);
    return result;
  };

  const listing = async (directory: string): Promise<Map<string, ListedFile>> =>
    parseListing(
      (await ask(["repo-ls", directory, "--recurse", "--output=json", "--log-level-console=error"])).stdout,
    );

  const repositoryText: Backups["repositoryText"] = async (name) =>
    (await ask(["repo-get", name, "--log-level-console=error"])).stdout;

  const list: Backups["list"] = async () =>
    parseInfo((await ask(["info", "--output=json", "--log-level-console=error"])).stdout, stanza);

  const repositoryDirectories: Backups["repositoryDirectories"] = async () => {
    const text = await host.readText(config);
    const remote = /^repo\d+-(?:host|type)\s*=(?!\s*posix)/m.test(text);
    if (remote) return [];
    const paths = [...text.matchAll(/^repo\d+-path\s*=\s*(.+?)\s*$/gm)].map((match) => match[1]!);
    return paths.length > 0 ? paths : [DEFAULT_REPOSITORY];
  };

  /** @throws OpsError unavailable */
  const localRepository = async (): Promise<string> => {
    const directories = await repositoryDirectories();
    if (directories.length === 1) return directories[0]!;
    throw new OpsError("unavailable", `${config} declares ${directories.length || "no"} local repositories`, {
      expected: "one repository, in a directory of this machine",
      todo: "run this where the repository is",
    });
  };

  const verify = async (signal: AbortSignal | undefined, more: readonly string[]): Promise<string> => {
    const command = ["verify", "--output=text", "--verbose", "--log-level-console=warn", ...more];
    const result = await ask(command, {
      timeoutSeconds: BACKUP_TIMEOUT_SECONDS,
      ...(signal ? { signal } : {}),
    });
    return `${result.stdout}\n${result.stderr}`;
  };

  const verifyPart = async <T>(
    scope: Parameters<typeof withView>[2],
    body: (view: string) => Promise<T>,
  ): Promise<T> => {
    const at = path.join(platform.copies, ".verify-view");
    return withView(host, { repository: await localRepository(), stanza, at, user: osUser }, scope, () =>
      body(at),
    );
  };

  return {
    adapter: "pgbackrest",
    lacks: () => undefined,
    version: async () => (await ask(["version"])).stdout.trim().replace(/^pgBackRest\s+/, ""),
    list,
    repositoryDirectories,

    async backup(type, signal, onShare) {
      const result = await ask(
        ["backup", `--type=${type}`, "--start-fast", "--no-expire-auto", "--log-level-console=detail"],
        {
          timeoutSeconds: BACKUP_TIMEOUT_SECONDS,
          ...(signal ? { signal } : {}),
          onLine: (line) => {
            const share = restoredShare(line);
            if (share !== undefined) onShare?.(share);
          },
        },
      );
      const output = `${result.stdout}\n${result.stderr}`;
      const label = /new backup label = (\S+)/.exec(output)?.[1];
      const set = (await list()).find((entry) => entry.label === label);
      if (!set)
        throw new OpsError(
          "fail",
          `pgBackRest ended well but its backup ${label ?? ""} is not in the repository`,
        );
      const warnings = logged("WARN", output).filter((line) => !BENIGN.some((benign) => benign.test(line)));
      return { set, warnings };
    },

    async verifyRepository(signal, only) {
      const output = only
        ? await verifyPart(only, (view) => verify(signal, [`--repo1-path=${view}`]))
        : await verify(signal, []);
      const problems = [...logged("WARN", output), ...logged("ERROR", output)];
      for (const line of output.split("\n")) {
        const counts = /missing: (\d+), checksum invalid: (\d+), size invalid: (\d+), other: (\d+)/.exec(
          line,
        );
        if (counts?.slice(1).some((count) => count !== "0")) problems.push(line.trim());
        if (/^\s*backup: .*status: (?!valid)/.test(line)) problems.push(line.trim());
      }
      const ok = /^\s*status: ok\s*$/m.test(output) && problems.length === 0;
      const files = [...output.matchAll(/total (?:files|WAL) checked: (\d+)/g)].reduce(
        (sum, m) => sum + Number(m[1]),
        0,
      );
      if (!ok && problems.length === 0)
        problems.push(output.trim().slice(0, 500) || "verify said nothing at all");
      return { ok: ok && files > 0, problems, detail: `${files} files and WAL segments read and checked` };
    },

    repositoryFiles: async () => listFiles(await localRepository(), stanza),

    repositoryDigests: async (names, options) => digestFiles(await localRepository(), names, options),

    repositoryText,

    systemIdentifier: async () =>
      systemIdentifier((await ask(["info", "--output=json", "--log-level-console=error"])).stdout, stanza),

    async expire({ label, dryRun }) {
      const text = await host.readText(config);
      const fulls = (await list()).filter((set) => set.type === "full").length;
      const result = await ask(expireArguments(text, fulls, label, dryRun === true), {
        timeoutSeconds: BACKUP_TIMEOUT_SECONDS,
      });
      return removedBackups(`${result.stdout}\n${result.stderr}`);
    },

    async storedTwice(set) {
      const labels = [set.label, ...set.references];
      const names = [
        `backup/${stanza}/backup.info`,
        `archive/${stanza}/archive.info`,
        ...labels.map((label) => `backup/${stanza}/${label}/backup.manifest`),
      ];
      // Decrypted by the engine: the two copies of an encrypted file never have the same bytes.
      const read = async (file: string): Promise<StoredTwice["copies"][number]> => {
        const hash = createHash("sha256");
        const command = ["repo-get", file, "--log-level-console=error"];
        try {
          const onLine = (line: string): unknown => hash.update(`${line}\n`);
          await ask(command, { onLine });
          return { file, sha256: hash.digest("hex") };
        } catch (error) {
          if (!(error instanceof OpsError)) throw error;
          return { file, problem: error.message };
        }
      };
      return Promise.all(
        names.map(async (name) => ({ name, copies: [await read(name), await read(`${name}.copy`)] })),
      );
    },

    walSegments: async (archiveId) => walSegments(await listing(`archive/${stanza}/${archiveId}`)),

    commits: (_, segment, part) => commitsIn(host, platform, ask, segment, part),

    async timelineHistories(archiveId) {
      const histories = new Map<number, string>();
      for (const file of (await listing(`archive/${stanza}/${archiveId}`)).keys()) {
        const match = /(?:^|\/)([0-9A-F]{8})\.history$/.exec(file);
        if (!match) continue;
        const text = await repositoryText(`archive/${stanza}/${archiveId}/${file}`);
        histories.set(Number.parseInt(match[1]!, 16), text);
      }
      return histories;
    },

    async restore(request) {
      const args = [
        `--config=${config}`,
        `--stanza=${stanza}`,
        `--set=${request.set.label}`,
        `--pg1-path=${request.into}`,
        // Targets are given to PostgreSQL itself when it starts, so that they can be moved forward without a new restore.
        "--type=default",
        "--archive-mode=off",
        // A drill shares nothing writable with the live stanza.
        ...["spool", "lock", "log"].map((name) => `--${name}-path=${request.work}/${name}`),
        `--tablespace-map-all=${request.work}/tablespaces`,
        "--log-level-console=detail",
        "--log-level-file=off",
        "--no-log-timestamp",
        "--process-max=2",
        "restore",
      ];
      const options: RunOptions = {
        onLine: (line) => {
          const share = restoredShare(line);
          if (share !== undefined)
            request.onBytes?.(share * request.set.databaseBytes, request.set.databaseBytes);
        },
        ...(request.signal ? { signal: request.signal } : {}),
        ...(request.timeoutSeconds ? { timeoutSeconds: request.timeoutSeconds } : {}),
      };
      const local = (await repositoryDirectories()).length > 0;
      const program = await host.program("pgbackrest");
      const result = local
        ? await request.cell.run(program, args, options)
        : await host.run(program, args, { ...options, user: osUser });
      if (result.timedOut) {
        throw new OpsError(
          "timeout",
          `the restore of ${request.set.label} took longer than ${request.timeoutSeconds} s`,
          {
            expected: "a restore within the limit",
            todo: "raise --timeout, or find out what slows the repository or the disk",
          },
        );
      }
      if (result.exitCode !== 0) throw failure("restore", result);
      await getWalSynchronously(host, path.join(request.into, "postgresql.auto.conf"), osUser);
    },
  };
}

/** @throws OpsError fail when the restore left no restore_command, and recovery could get no WAL at all */
async function getWalSynchronously(host: Host, file: string, user: string): Promise<void> {
  const text = synchronousGet(await host.readText(file));
  if (text === undefined) {
    throw new OpsError("fail", `${file} holds no restore_command of pgBackRest`, {
      expected: "a line that calls `pgbackrest … archive-get`, written by its restore",
      todo: "compare with `pgbackrest restore` by hand; a new version may write another command",
    });
  }
  await host.writeText(file, text, { user, mode: 0o600 });
}

/** pgBackRest's exit code and the first error line it printed; never its configuration, which may hold a cipher. */
function failure(command: string, result: RunResult): OpsError {
  const errors = logged("ERROR", `${result.stdout}\n${result.stderr}`);
  const how = result.signal ? `was killed by ${result.signal}` : `exited ${result.exitCode}`;
  const why = errors.join("; ").slice(0, 600) || result.stderr.trim().slice(0, 300) || "no message";
  return new OpsError("unavailable", `pgbackrest ${command} ${how}: ${why}`, {
    expected: "exit 0",
    todo: "read the message; `pgbackrest info` and the repository's file permissions are the usual next look",
  });
}
