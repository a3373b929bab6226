// The key of an environment's pseudonyms: a file beside the ledger's key, for ops alone. Whoever has it can tell who is who.
import { randomBytes } from "node:crypto";
import path from "node:path";
import { loadMasking } from "../../../policies/data/masking";
import { OpsError } from "../../core/errors";
import { secretFile } from "../../evidence/adapter/keys";
import type { Masking } from "../port";

/** As long as a SHA-256. */
const KEY_BYTES = 32;

/**
 * @param root the checkout, which declares @param keys directory of keys
 */
export function createMasking(root: string, keys: string, environment: string, platform: string): Masking {
  const file = path.join(keys, `masking-${environment}.key`);
  return {
    declared: () => loadMasking(root, platform),
    async key() {
      const bytes = await secretFile(file, () => `${randomBytes(KEY_BYTES).toString("hex")}\n`);
      const text = bytes.toString("utf8");
      if (/^[0-9a-f]{64}\n$/.test(text)) return Buffer.from(text.trim(), "hex");
      throw new OpsError("evidence", `${file} holds no key of ${KEY_BYTES} bytes`, {
        expected: "the key that was made there",
        todo: "put it back; with a new one every pseudonym is another than before",
      });
    },
  };
}
