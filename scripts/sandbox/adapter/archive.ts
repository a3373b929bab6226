// The sandbox's pgBackRest repository: its configuration, its stanza, the proof that WAL arrives. Takes no backup.
import { randomBytes } from "node:crypto";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import { type Layout, PORT, STANZA, SUPERUSER } from "../layout";

/** Days for which backups and their WAL are kept; longer than any window that the platform file promises. */
const RETENTION_DAYS = 30;

export async function configureArchive(host: Host, layout: Layout, user: string): Promise<void> {
  const { backrest } = layout;
  for (const directory of [
    backrest.directory,
    backrest.repository,
    backrest.spool,
    backrest.lock,
    backrest.log,
  ]) {
    await host.makeDirectory(directory, { user, mode: 0o700 });
  }
  // The passphrase is born here and lives only in this 0600 file.
  const settings = {
    global: {
      "repo1-path": backrest.repository,
      "repo1-cipher-type": "aes-256-cbc",
      "repo1-cipher-pass": randomBytes(48).toString("base64url"),
      "repo1-retention-full-type": "time",
      "repo1-retention-full": RETENTION_DAYS,
      "compress-type": "zst",
      "compress-level": 3,
      "process-max": 2,
      "start-fast": "y",
      "archive-async": "y",
      "spool-path": backrest.spool,
      "lock-path": backrest.lock,
      "log-path": backrest.log,
      "log-level-file": "info",
    },
    [STANZA]: {
      "pg1-path": layout.data,
      "pg1-socket-path": layout.socket,
      "pg1-port": PORT,
      "pg1-user": SUPERUSER,
      "pg1-database": "postgres",
    },
  };
  const text = Object.entries(settings)
    .map(([section, values]) =>
      [`[${section}]`, ...Object.entries(values).map(([key, value]) => `${key}=${value}`), ""].join("\n"),
    )
    .join("\n");
  await host.writeText(backrest.config, text, { user, mode: 0o600 });
}

/** @throws OpsError unavailable */
export async function backrest(
  host: Host,
  layout: Layout,
  user: string,
  command: "stanza-create" | "check",
): Promise<void> {
  const args = [
    `--config=${layout.backrest.config}`,
    `--stanza=${STANZA}`,
    "--log-level-console=warn",
    command,
  ];
  const result = await host.run(await host.program("pgbackrest"), args, { user, timeoutSeconds: 120 });
  if (result.exitCode === 0) return;
  throw new OpsError(
    "unavailable",
    `pgbackrest ${command}: ${(result.stdout + result.stderr).trim().slice(-500)}`,
    {
      expected: "WAL that reaches the repository",
      todo: `see ${layout.backrest.log} and ${layout.serverLog}`,
    },
  );
}
