// What a restore test needs of the world: all that restores, recovers, isolates and reads.
import type { BackupTools } from "../backup/port";
import type { ContractTools } from "../contract/port";
import type { Core, Operated } from "../core/tools";
import type { EvidenceTools } from "../evidence/port";
import type { IsolationTools } from "../isolation/port";
import type { MachineTools, Workspace } from "../machine/port";
import type { PostgresTools } from "../postgres/port";

export type RestoreTools = Core &
  Operated &
  Workspace &
  MachineTools &
  PostgresTools &
  BackupTools &
  EvidenceTools &
  IsolationTools &
  Pick<ContractTools, "integrations">;
