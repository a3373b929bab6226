// pgBackRest behind the ports of the backup room, for one platform's stanza.
import type { Platform } from "../../../../policies/service/service";
import type { Host } from "../../../machine/port";
import type { BackupTools } from "../../port";
import { createEngine } from "./engine";
import { PgBackRest } from "./pgbackrest";
import { createRepository } from "./repository";
import { createWalArchive } from "./wal-archive";

export function createPgBackRest(host: Host, platform: Pick<Platform, "backups" | "copies">): BackupTools {
  const pgbackrest = new PgBackRest(host, platform);
  return {
    backupEngine: createEngine(pgbackrest),
    backupRepository: createRepository(pgbackrest, platform.copies),
    walArchive: createWalArchive(pgbackrest),
  };
}
