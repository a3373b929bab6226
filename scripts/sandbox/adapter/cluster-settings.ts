// Settings of the sandbox's PostgreSQL: those it serves with, and those it is filled with.
import { type Layout, PORT, STANZA } from "../layout";

/** WAL waits at most so long for its segment to be archived: this bounds what a total loss can cost (RPO). Seconds. */
const ARCHIVE_TIMEOUT_SECONDS = 10;

/** Without fsync and WAL the load takes half the time; `up` flushes afterwards and starts over if it was interrupted. */
export const LOAD_SETTINGS: Readonly<Record<string, string>> = {
  fsync: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  archive_mode: "off",
  autovacuum: "off",
  max_wal_size: "4GB",
  work_mem: "64MB",
  maintenance_work_mem: "256MB",
};

/** @returns the text of postgresql.conf. @param archiver absolute path of pgbackrest */
export function configuration(layout: Layout, archiver: string): string {
  const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  // In archive_command a bare % would be read as a placeholder.
  const command = [archiver, `--config=${layout.backrest.config}`, `--stanza=${STANZA}`, "archive-push"]
    .map(shell)
    .join(" ");
  const settings: Record<string, string> = {
    listen_addresses: "",
    port: String(PORT),
    unix_socket_directories: `"${layout.socket}"`,
    unix_socket_permissions: "0700",
    max_connections: "50",
    shared_buffers: "128MB",
    max_wal_size: "1GB",
    wal_level: "replica",
    archive_mode: "on",
    archive_command: `${command.replaceAll("%", "%%")} "%p"`,
    archive_timeout: `${ARCHIVE_TIMEOUT_SECONDS}s`,
    track_commit_timestamp: "on",
    log_line_prefix: "%m [%p] ",
    log_timezone: "UTC",
    timezone: "Asia/Shanghai",
    lc_messages: "C",
  };
  // Inside quotes PostgreSQL reads a backslash as the beginning of an escape.
  const quoted = (value: string): string => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}`);
  return ["# Written by `ops sandbox up`.", ...lines, ""].join("\n");
}
