// The Backups port on pgBackRest. Judges by what the repository holds and what the text says, never by exit codes alone:
// `verify` on a damaged repository and a backup with page errors both exit 0 (measured, see ARCHITECTURE).

import path from "node:path";
import type { Platform } from "../../../policies/service/service";
import { OpsError } from "../../domain/errors";
import type { Backups, Host, RunOptions, RunResult } from "../../ports";
import { logged, parseInfo, parseListing, restoredShare, synchronousGet, walSegments } from "./info";

/** Warnings that say nothing about the backup's content. Every other warning makes a backup suspect. */
const BENIGN: readonly RegExp[] = [
  /retention-full' is not set/, // retention is ours, checked against what was promised
  /no prior backup exists, (incr|diff) backup has been changed to full/,
];

const BACKUP_TIMEOUT_SECONDS = 6 * 3600;
const QUESTION_TIMEOUT_SECONDS = 120;

export function createBackups(host: Host, platform: Platform): Backups {
  const { stanza, config, osUser } = platform.backups;

  /** One pgBackRest command as the OS user, outside any cell. @throws OpsError unavailable */
  const ask = async (command: readonly string[], options: RunOptions = {}): Promise<RunResult> => {
    const args = [`--config=${config}`, `--stanza=${stanza}`, "--no-log-timestamp", ...command];
    const result = await host.run(await host.program("pgbackrest"), args, {
      user: osUser,
      timeoutSeconds: QUESTION_TIMEOUT_SECONDS,
      ...options,
    });
    if (result.exitCode !== 0) throw failure(command[0] ?? "", result);
    return result;
  };

  const listing = async (directory: string): Promise<Map<string, number>> =>
    parseListing(
      (await ask(["repo-ls", directory, "--recurse", "--output=json", "--log-level-console=error"])).stdout,
    );

  const list: Backups["list"] = async () =>
    parseInfo((await ask(["info", "--output=json", "--log-level-console=error"])).stdout, stanza);

  const repositoryDirectories: Backups["repositoryDirectories"] = async () => {
    const text = await host.readText(config);
    const remote = /^repo\d+-(?:host|type)\s*=\s*(?!posix)/m.test(text);
    return remote ? [] : [...text.matchAll(/^repo\d+-path\s*=\s*(.+?)\s*$/gm)].map((match) => match[1]!);
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

    async verifyRepository(signal) {
      const command = ["verify", "--output=text", "--verbose", "--log-level-console=warn"];
      const result = await ask(command, {
        timeoutSeconds: BACKUP_TIMEOUT_SECONDS,
        ...(signal ? { signal } : {}),
      });
      const output = `${result.stdout}\n${result.stderr}`;
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

    walSegments: async (archiveId) => walSegments(await listing(`archive/${stanza}/${archiveId}`)),

    async timelineHistories(archiveId) {
      const histories = new Map<number, string>();
      for (const file of (await listing(`archive/${stanza}/${archiveId}`)).keys()) {
        const match = /(?:^|\/)([0-9A-F]{8})\.history$/.exec(file);
        if (!match) continue;
        const { stdout } = await ask([
          "repo-get",
          `archive/${stanza}/${archiveId}/${file}`,
          "--log-level-console=error",
        ]);
        histories.set(Number.parseInt(match[1]!, 16), stdout);
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
