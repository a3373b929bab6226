// What is declared of data, read from this checkout, and the secret that personal keys are digested with: a file of ours alone, made once.
import { randomBytes } from "node:crypto";
import path from "node:path";
import { isRuleSet, loadDataRules } from "../../../policies/data/load";
import { loadDataQueries } from "../../../policies/data/queries";
import type { Roster } from "../../../policies/service/roster";
import type { Platform } from "../../../policies/service/service";
import { createWalFiles } from "../../backup/adapter/wal-files";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import type { DataTools } from "../port";
import { writeWorkbook } from "./workbook";

const SECRET_BYTES = 32;

export interface DataPlace {
  host: Host;
  /** Of the repository. */
  root: string;
  /** Directory of keys. */
  keys: string;
  /** Read when asked for. */
  declared: { readonly platform: Platform; readonly roster: Roster };
}

export function createData({ host, root, keys, declared }: DataPlace): DataTools["data"] {
  const file = path.join(keys, "data-digest.key");
  return {
    rules() {
      const { name, data } = declared.platform;
      const gone = data?.rules.find((set) => !isRuleSet(root, set));
      if (gone !== undefined)
        throw new OpsError(
          "config",
          `platform ${name} uses rules of policies/data/${gone}, where there are none`,
          {
            expected: "`data.rules` to name folders with rules",
          },
        );
      if (data) return loadDataRules(root, data, declared.roster);
      throw new OpsError("usage", `platform ${name} uses no rules of data quality`, {
        expected: "`data.rules` in its file",
        todo: `add it to policies/service/platforms/${name}.yaml; README.md there shows how`,
      });
    },
    queries: () => loadDataQueries(root, declared.roster),
    workbook: writeWorkbook,
    walFiles: (directory) => createWalFiles(host, declared.platform.backups.osUser, directory),
    async digestSecret() {
      const kept = await host.readRecord(file);
      if (kept === undefined) {
        const secret = randomBytes(SECRET_BYTES);
        await host.makeDirectory(keys, { mode: 0o700 });
        await host.writeText(file, `${secret.toString("hex")}\n`, { mode: 0o600 });
        return secret;
      }
      const secret = Buffer.from(kept.trim(), "hex");
      if (secret.length === SECRET_BYTES) return secret;
      throw new OpsError("proofs", `${file} holds no secret`, {
        expected: `${SECRET_BYTES} bytes in hex`,
        todo: "move it away: another is made, and digests of keys differ from those of earlier reports",
      });
    },
  };
}
