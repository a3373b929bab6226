// Reads what `pgbackrest info --output=json` and `repo-ls --output=json` say. Pure parsing; runs nothing.
import type { BackupSet } from "../../domain/backup-set";
import { OpsError } from "../../domain/errors";
import type { WalSegment } from "../../domain/wal";

interface InfoBackup {
  label: string;
  type: BackupSet["type"];
  timestamp: { start: number; stop: number };
  lsn?: { start: string; stop: string };
  archive?: { start: string | null; stop: string | null };
  error?: boolean;
  info: { size: number; repository: { size?: number; delta: number } };
  reference?: string[] | null;
  database: { id: number; "repo-key": number };
}

interface InfoStanza {
  name: string;
  status: { code: number; message: string };
  db: { id: number; "system-id": number; version: string; "repo-key": number }[];
  backup: InfoBackup[];
}

/**
 * Complete backups of a stanza, oldest first; backups without WAL information (`archive-check=n`) cannot be proven
 * restorable and are left out. @throws OpsError unavailable when the stanza is missing or unreadable
 */
export function parseInfo(json: string, stanza: string): BackupSet[] {
  const found = (JSON.parse(json) as InfoStanza[]).find((entry) => entry.name === stanza);
  // 2 = "no valid backups": a stanza that is simply new.
  if (!found || ![0, 2, 4].includes(found.status.code)) {
    throw new OpsError(
      "unavailable",
      `stanza ${stanza}: ${found?.status.message ?? "not in the repository"}`,
      {
        expected: "a stanza created by `pgbackrest stanza-create`",
        todo: "check `backups.stanza` and `backups.config` in the platform file",
      },
    );
  }
  return found.backup
    .filter((backup) => backup.archive?.start && backup.archive.stop && backup.lsn)
    .map((backup) => {
      const database = found.db.find((db) => db.id === backup.database.id);
      return {
        label: backup.label,
        type: backup.type,
        started: new Date(backup.timestamp.start * 1000),
        finished: new Date(backup.timestamp.stop * 1000),
        startLsn: backup.lsn!.start,
        stopLsn: backup.lsn!.stop,
        startSegment: backup.archive!.start!,
        stopSegment: backup.archive!.stop!,
        archiveId: `${database?.version ?? "?"}-${backup.database.id}`,
        error: backup.error === true,
        databaseBytes: backup.info.size,
        repositoryBytes: backup.info.repository.size ?? backup.info.repository.delta,
        references: backup.reference ?? [],
      };
    })
    .sort((a, b) => a.finished.getTime() - b.finished.getTime());
}

interface Listed {
  type: "file" | "path" | "link" | "special";
  size?: number;
}

/** Names and sizes of all files below a repository path, relative to it. */
export function parseListing(json: string): Map<string, number> {
  const entries = Object.entries(JSON.parse(json) as Record<string, Listed>);
  return new Map(entries.filter(([, e]) => e.type === "file").map(([name, e]) => [name, e.size ?? 0]));
}

/** WAL segments in a listing of `archive/<stanza>/<id>`: `000000010000000000000003-<sha1>[.zst]`. */
export function walSegments(listing: ReadonlyMap<string, number>): WalSegment[] {
  const segments: WalSegment[] = [];
  for (const [file, bytes] of listing) {
    const match = /(?:^|\/)([0-9A-F]{24})-[0-9a-f]{40}(?:\.\w+)?$/.exec(file);
    if (match) segments.push({ name: match[1]!, bytes });
  }
  return segments.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Lines that pgBackRest logged as warnings or errors, without its prefix. */
export function logged(level: "WARN" | "ERROR", output: string): string[] {
  const pattern = new RegExp(`^(?:\\S+ \\S+ )?P\\d+\\s+${level}: (.*)$`);
  return output.split("\n").flatMap((line) => pattern.exec(line.trim())?.[1] ?? []);
}

/** Bytes restored so far, from a detail line `restore file … (16MB, 45.31%) checksum …`. */
export function restoredShare(line: string): number | undefined {
  const match = /(?:restore|backup) file .*\([^)]*?,\s*([\d.]+)%\)/.exec(line);
  return match ? Number(match[1]) / 100 : undefined;
}

/**
 * Two asynchronous archive-gets may run at once (pgbackrest#2423, #2806; seen with 2.45 on a busy machine) and overwrite
 * each other's file: PostgreSQL then meets half a segment, or takes the error for the end of the archive and promotes
 * long before it. Getting one segment after the other cannot go wrong that way.
 * @param settings text of postgresql.auto.conf after a restore
 * @returns the text with a synchronous restore_command; undefined when it has none of pgBackRest's
 */
export function synchronousGet(settings: string): string | undefined {
  let found = false;
  const lines = settings.split("\n").map((line) => {
    if (!/^restore_command\s*=.* archive-get /.test(line)) return line;
    found = true;
    // A spool belongs to asynchronous work; pgBackRest refuses the one without the other.
    return line
      .replace(/ --spool-path=(?:"[^"]*"|\S+)/, "")
      .replace(" archive-get ", " --no-archive-async archive-get ");
  });
  return found ? lines.join("\n") : undefined;
}
