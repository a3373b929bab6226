// The BackupEngine port on pgBackRest. Judges by what the repository holds and what the text says.
import path from "node:path";
import { OpsError } from "../../../core/errors";
import type { Host, RunOptions } from "../../../machine/port";
import type { BackupEngine, RestoreRequest } from "../../port";
import type { Repository } from "./config";
import { logged, parseInfo, restoredShare, suspicious } from "./info";
import { BACKUP_TIMEOUT_SECONDS, failure, type PgBackRest } from "./pgbackrest";
import { recoveryOptions, takeApart } from "./recovery";

/** Measured on 2.45: asked by another machine, the process that serves the repository dies of a segmentation fault. */
const ONLY_ON_THE_REPOSITORY_HOST =
  "pgBackRest checks a repository only on the host that serves it: run `ops verify` there too";

export function createEngine(pgbackrest: PgBackRest): BackupEngine {
  return {
    async lacks(capability) {
      if (capability !== "repository-verify") return undefined;
      return (await pgbackrest.repository()).served ? ONLY_ON_THE_REPOSITORY_HOST : undefined;
    },
    backup: (type, signal, onShare) => backup(pgbackrest, type, signal, onShare),
    restore: (request) => restore(pgbackrest, request),
  };
}

async function backup(
  pgbackrest: PgBackRest,
  ...[type, signal, onShare]: Parameters<BackupEngine["backup"]>
): ReturnType<BackupEngine["backup"]> {
  const command = [
    "backup",
    `--type=${type}`,
    "--start-fast",
    "--no-expire-auto",
    "--log-level-console=detail",
  ];
  const result = await pgbackrest.ask(command, {
    timeoutSeconds: BACKUP_TIMEOUT_SECONDS,
    ...(signal ? { signal } : {}),
    onLine: (line) => {
      const share = restoredShare(line);
      if (share !== undefined) onShare?.(share);
    },
  });
  const output = `${result.stdout}\n${result.stderr}`;
  const label = /new backup label = (\S+)/.exec(output)?.[1];
  const set = parseInfo(await pgbackrest.info(), pgbackrest.stanza).find((entry) => entry.label === label);
  if (!set)
    throw new OpsError(
      "fail",
      `pgBackRest ended well but its backup ${label ?? ""} is not in the repository`,
    );
  return { set, warnings: suspicious(logged("WARN", output)) };
}

async function restore(pgbackrest: PgBackRest, request: RestoreRequest): Promise<void> {
  const { host, user } = pgbackrest;
  const repository = await pgbackrest.repository();
  const args = await restoreArguments(pgbackrest, repository, request);
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
  const result = await host.run(program, args, { ...options, user });
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
  await takeSettingsOut(host, path.join(request.into, "postgresql.auto.conf"), user);
}

async function restoreArguments(
  pgbackrest: PgBackRest,
  repository: Repository,
  { into, set, tablespaces, work }: RestoreRequest,
): Promise<string[]> {
  return [
    ...(await pgbackrest.options()),
    ...recoveryOptions(repository, into),
    `--set=${set.label}`,
    `--pg1-path=${into}`,
    // Targets are given to PostgreSQL itself when it starts, so that they can be moved forward without a new restore.
    "--type=default",
    // A drill shares nothing writable with the live stanza.
    ...["lock", "log"].map((name) => `--${name}-path=${work}/${name}`),
    `--tablespace-map-all=${tablespaces}`,
    "--log-level-console=detail",
    "--log-level-file=off",
    "--process-max=2",
    "restore",
  ];
}

/** Leaves postgresql.auto.conf as the source had it, before anything inside can have changed it. */
async function takeSettingsOut(host: Host, file: string, user: string): Promise<void> {
  await host.writeText(file, takeApart(await host.readText(file)), { user, mode: 0o600 });
}
