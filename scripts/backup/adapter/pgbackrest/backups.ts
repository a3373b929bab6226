// The Backups port on pgBackRest. Judges by what the repository holds and what the text says, never by exit codes alone:
// `verify` on a damaged repository and a backup with page errors both exit 0 (measured, see ARCHITECTURE).

import { createHash } from "node:crypto";
import path from "node:path";
import type { Platform } from "../../../../policies/service/service";
import { OpsError } from "../../../core/errors";
import type { Host, RunOptions, RunResult } from "../../../machine/port";
import type { Backups, StoredTwice } from "../../port";
import { type Ask, commitsIn } from "./commits";
import { fetchesAhead, type Repository, repositories } from "./config";
import { expireArguments, removedBackups } from "./expire";
import {
  type ListedFile,
  logged,
  parseInfo,
  parseListing,
  restoredShare,
  suspicious,
  synchronousGet,
  systemIdentifier,
  walSegments,
} from "./info";
import { recoveryOptions } from "./recovery";
import { digestFiles, listFiles, withView } from "./repository";
import { fetchWal } from "./wal";

const BACKUP_TIMEOUT_SECONDS = 6 * 3600;
const QUESTION_TIMEOUT_SECONDS = 120;

/**
 * Exit codes with which `verify` gives up in the middle because of what it read: wrong checksum, invalid file, data that
 * cannot be decompressed, or decrypted. Most damage it counts and goes on; some it does not survive (measured).
 */
const DAMAGE: readonly number[] = [26, 28, 29, 95];

/** Measured on 2.45: asked by another machine, the process that serves the repository dies of a segmentation fault. */
const ONLY_ON_THE_REPOSITORY_HOST =
  "pgBackRest checks a repository only on the host that serves it: run `ops verify` there too";

/** `… command must be run on the repository host`: not a fault, but a question of where. */
const WRONG_HOST = 72;

export function createBackups(host: Host, platform: Platform): Backups {
  const { stanza, config, osUser } = platform.backups;

  const configured = async (): Promise<Repository[]> => repositories(await readConfig(host, config), stanza);

  /** Of several repositories the first is used, as `pgbackrest backup` does; mixing their answers would prove nothing. */
  const used = async (): Promise<Repository> => (await configured())[0]!;

  const whyNotVerified = async (): Promise<string | undefined> =>
    (await used()).served ? ONLY_ON_THE_REPOSITORY_HOST : undefined;

  const common = async (): Promise<string[]> => [
    `--config=${config}`,
    `--stanza=${stanza}`,
    `--repo=${(await used()).number}`,
    "--no-log-timestamp",
  ];

  /** One pgBackRest command as the OS user, outside any container. */
  const attempt = async (command: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
    host.run(await host.program("pgbackrest"), [...(await common()), ...command], {
      user: osUser,
      timeoutSeconds: QUESTION_TIMEOUT_SECONDS,
      ...options,
    });

  /** @throws OpsError unavailable */
  const ask: Ask = async (command, options = {}) => {
    const result = await attempt(command, options);
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

  /** @throws OpsError unavailable */
  const localRepository = async (): Promise<string> => {
    const { directory, endpoint } = await used();
    if (directory !== undefined) return directory;
    throw new OpsError("unavailable", `the repository that ${config} names is at ${endpoint?.host}`, {
      expected: "a directory of this machine",
      todo: "run this where the repository is",
    });
  };

  const verify = async (signal: AbortSignal | undefined, more: readonly string[]): Promise<string> => {
    const command = ["verify", "--output=text", "--verbose", "--log-level-console=warn", ...more];
    const result = await attempt(command, {
      timeoutSeconds: BACKUP_TIMEOUT_SECONDS,
      ...(signal ? { signal } : {}),
    });
    if (result.exitCode !== 0 && !DAMAGE.includes(result.exitCode)) throw failure("verify", result);
    return `${result.stdout}\n${result.stderr}`;
  };

  const verifyPart = async <T>(
    scope: Parameters<typeof withView>[2],
    body: (number: number, view: string) => Promise<T>,
  ): Promise<T> => {
    const at = path.join(platform.copies, ".verify-view");
    const { number } = await used();
    return withView(host, { repository: await localRepository(), stanza, at, user: osUser }, scope, () =>
      body(number, at),
    );
  };

  return {
    adapter: "pgbackrest",
    lacks: (capability) => (capability === "repository-verify" ? whyNotVerified() : undefined),
    version: async () =>
      (await host.run(await host.program("pgbackrest"), ["version"], { user: osUser })).stdout
        .trim()
        .replace(/^pgBackRest\s+/, ""),
    list,
    isRemote: async () => (await used()).directory === undefined,
    repositoryDirectories: async () => (await configured()).flatMap(({ directory }) => directory ?? []),
    repositoryEndpoints: async () => (await configured()).flatMap(({ endpoint }) => endpoint ?? []),

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
      return { set, warnings: suspicious(logged("WARN", output)) };
    },

    async verifyRepository(signal, only) {
      const output = only
        ? await verifyPart(only, (number, view) => verify(signal, [`--repo${number}-path=${view}`]))
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
      const numbers = (await configured()).map(({ number }) => number);
      const fulls = (await list()).filter((set) => set.type === "full").length;
      const result = await ask(expireArguments(numbers, fulls, label, dryRun === true), {
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
      const repository = await used();
      const ahead = fetchesAhead(await readConfig(host, config), stanza);
      const args = [
        ...(await common()),
        ...recoveryOptions(repository, request.work),
        `--set=${request.set.label}`,
        `--pg1-path=${request.into}`,
        // Targets are given to PostgreSQL itself when it starts, so that they can be moved forward without a new restore.
        "--type=default",
        "--archive-mode=off",
        // A drill shares nothing writable with the live stanza. What is given here also stands in the restore_command.
        ...[...(ahead ? ["spool"] : []), "lock", "log"].map(
          (name) => `--${name}-path=${request.work}/${name}`,
        ),
        `--tablespace-map-all=${request.work}/tablespaces`,
        "--log-level-console=detail",
        "--log-level-file=off",
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
      const program = await host.program("pgbackrest");
      const result = repository.directory
        ? await request.container.run(program, args, options)
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
      // A copy of a remote repository reads WAL that was laid beside it, by a command of its own.
      if (repository.directory)
        await getWalSynchronously(host, path.join(request.into, "postgresql.auto.conf"), osUser);
    },

    fetchWal: (request) => fetchWal({ host, user: osUser, attempt, failure }, request),
  };
}

async function readConfig(host: Host, config: string): Promise<string> {
  return host.readText(config).catch((cause: unknown) => {
    throw new OpsError("config", `${config} cannot be read`, {
      expected: "pgBackRest's configuration, readable for whoever runs ops",
      todo: "check `backups.config` in the platform file, and the file's owner and mode",
      cause,
    });
  });
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
  if (result.exitCode === WRONG_HOST) {
    return new OpsError("unavailable", `pgBackRest runs ${command} on the repository host only`, {
      expected: "to be asked there, where the repository is a directory",
      todo: "run the job there, with a platform file of the same name and the same evidence",
    });
  }
  const errors = logged("ERROR", `${result.stdout}\n${result.stderr}`);
  const how = result.signal ? `was killed by ${result.signal}` : `exited ${result.exitCode}`;
  const why = errors.join("; ").slice(0, 600) || result.stderr.trim().slice(0, 300) || "no message";
  return new OpsError("unavailable", `pgbackrest ${command} ${how}: ${why}`, {
    expected: "exit 0",
    todo: "read the message; `pgbackrest info` and the repository's file permissions are the usual next look",
  });
}
