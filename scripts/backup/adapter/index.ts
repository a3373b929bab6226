// The table of backup engines: which one stands behind the ports is said by `backups.adapter` in the platform file.
import type { Platform } from "../../../policies/service/service";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import type { BackupTools } from "../port";
import { createPgBackRest } from "./pgbackrest";

type Connect = (host: Host, platform: Platform) => BackupTools;

/** One line an engine; `policies/schemas/platform.schema.json` offers the same names. */
export const ENGINES: Readonly<Record<string, Connect>> = {
  pgbackrest: createPgBackRest,
};

/** @throws OpsError config when the platform names an engine that does not exist */
export function connectBackups(host: Host, platform: Platform): BackupTools {
  const { adapter } = platform.backups;
  const connect = Object.hasOwn(ENGINES, adapter) ? ENGINES[adapter] : undefined;
  if (connect) return connect(host, platform);
  throw new OpsError("config", `platform ${platform.name}: there is no backup engine ${adapter}`, {
    expected: `one of ${Object.keys(ENGINES).join(", ")}`,
    todo: "correct `backups.adapter` in the platform file",
  });
}
