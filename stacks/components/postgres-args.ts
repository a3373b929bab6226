// What a PostgreSQL of either kind is declared with.
import type * as pulumi from "@pulumi/pulumi";

import type { PostgresConfig } from "../configuration";
import type { Region, Tags } from "../environments";
import type { BackupWindow } from "../plan/backup-window";

export interface PostgresArgs {
  environment: string;
  accountId: string;
  region: Region;
  /** vSwitches of at least two zones; the first holds the primary. */
  switches: readonly { zone: string; id: pulumi.Input<string> }[];
  groupId: pulumi.Input<string>;
  /** Networks (CIDR) that may connect. */
  clients: readonly string[];
  keyId: pulumi.Input<string>;
  config: PostgresConfig;
  window: BackupWindow;
  /** Days that any instant can be restored. */
  retention: number;
  /** Vendor's copy of backups into another region. @default none */
  crossRegion?: Region | undefined;
  /** pgBackRest repositories, nearest first; with `self-managed` only. */
  repositories: readonly { bucket: pulumi.Input<string>; region: Region }[];
  tags: Tags;
}
