// What making a backup needs of the world: the source, the engine, and the ledger that the backup is recorded in.
import type { Core, Operated } from "../core/tools";
import type { EvidenceTools, Provenance } from "../evidence/port";
import type { PostgresTools } from "../postgres/port";
import type { BackupTools } from "./port";

export type BackupWork = Core & Operated & PostgresTools & BackupTools & EvidenceTools & Provenance;
