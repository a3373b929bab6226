// Reads what `pgbackrest info --output=json` and `repo-ls --output=json` say. Pure parsing; runs nothing.

import { OpsError } from "../../../core/errors";
import type { BackupSet } from "../../backup-set";
import type { WalSegment } from "../../wal";

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
  db: { id: number; "system-id": string; version: string; "repo-key": number }[];
  backup: InfoBackup[];
}

/**
 * Complete backups of a stanza, oldest first; backups without WAL information (`archive-check=n`) cannot be proven
 * restorable and are left out. @throws OpsError unavailable when the stanza is missing or unreadable
 */
export function parseInfo(json: string, stanza: string): BackupSet[] {
  // 64 bits: as a number the identifier would lose its last digits.
  const exact = json.replace(/"system-id":\s*(\d+)/g, '"system-id":"$1"');
  const found = stanzas(exact, stanza).find((entry) => entry.name === stanza);
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
        systemIdentifier: database?.["system-id"],
      };
    })
    .sort((a, b) => a.finished.getTime() - b.finished.getTime());
}

/**
 * Database system identifier of the stanza's newest cluster. Taken from the text: it has 64 bits, a number here has 53.
 */
export function systemIdentifier(json: string, stanza: string): string | undefined {
  const quoted = json.replace(/("system-id"\s*:\s*)(\d+)/g, '$1"$2"');
  const stanzas = JSON.parse(quoted) as { name: string; db: { "system-id": string }[] }[];
  return stanzas.find((entry) => entry.name === stanza)?.db.at(-1)?.["system-id"];
}

/** With a wrong passphrase pgBackRest quotes what it decrypted, bytes of noise, in its own JSON. */
function stanzas(json: string, stanza: string): InfoStanza[] {
  try {
    return JSON.parse(json) as InfoStanza[];
  } catch (cause) {
    throw new OpsError("unavailable", `stanza ${stanza}: pgBackRest's list of backups is not valid JSON`, {
      expected: "a repository that can be decrypted with the configured passphrase",
      todo: "check `repo1-cipher-pass` and the files backup.info of the repository",
      cause,
    });
  }
}

interface Listed {
  type: "file" | "path" | "link" | "special";
  size?: number;
  /** Seconds since 1970 of the last modification: a repository's files are written once. */
  time?: number;
}

export interface ListedFile {
  bytes: number;
  stored: Date | undefined;
}

/** All files below a repository path, by their names relative to it. */
export function parseListing(json: string): Map<string, ListedFile> {
  const entries = Object.entries(JSON.parse(json) as Record<string, Listed>);
  return new Map(
    entries
      .filter(([, e]) => e.type === "file")
      .map(([name, e]) => [
        name,
        { bytes: e.size ?? 0, stored: e.time === undefined ? undefined : new Date(e.time * 1000) },
      ]),
  );
}

/** WAL segments in a listing of `archive/<stanza>/<id>`: `000000010000000000000003-<sha1>[.zst]`. */
export function walSegments(listing: ReadonlyMap<string, ListedFile>): WalSegment[] {
  const segments: WalSegment[] = [];
  for (const [file, { bytes, stored }] of listing) {
    const match = /(?:^|\/)([0-9A-F]{24})-([0-9a-f]{40})(?:\.\w+)?$/.exec(file);
    if (match) segments.push({ name: match[1]!, bytes, archivedAt: stored, sha1: match[2]! });
  }
  return segments.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Lines that pgBackRest logged as warnings or errors; on standard error, where it prints them, they bear no process number. */
export function logged(level: "WARN" | "ERROR", output: string): string[] {
  const pattern = new RegExp(`^(?:(?:\\S+ \\S+ )?P\\d+\\s+)?${level}: (.*)$`);
  return output.split("\n").flatMap((line) => pattern.exec(line.trim())?.[1] ?? []);
}

/** Warnings of a backup that say nothing about its content. Every other warning makes a backup suspect. */
const BENIGN: readonly RegExp[] = [
  /retention-full' is not set/, // retention is ours, checked against what was promised
  /no prior backup exists, (incr|diff) backup has been changed to full/,
  // After a killed backup: what it copied is kept only where its checksum is right; a wrong one is a warning of its own.
  /^resumable backup \S+ of same type exists -- invalid files will be removed then the backup will resume$/,
  /^backup '\S+' cannot be resumed: /, // nothing of it is kept
];

/** The warnings of a backup that make it suspect. */
export function suspicious(warnings: readonly string[]): string[] {
  return warnings.filter((line) => !BENIGN.some((benign) => benign.test(line)));
}

/** Bytes restored so far, from a detail line `restore file … (16MB, 45.31%) checksum …`. */
export function restoredShare(line: string): number | undefined {
  const match = /(?:restore|backup) file .*\([^)]*?,\s*([\d.]+)%\)/.exec(line);
  return match ? Number(match[1]) / 100 : undefined;
}
