// Reads what is signed about a whole ledger: its head, and the tip that the next entry will continue.

import type { KeyObject } from "node:crypto";
import { readdir } from "node:fs/promises";
import path from "node:path";
import {
  DAY_ROOT_PAYLOAD,
  dayRootOf,
  HEAD_PAYLOAD,
  type Head,
  readHead,
  type Tip,
  writeDayRoot,
} from "../chain";
import { Defect, keyId, openEnvelope, sha256 } from "../dsse";
import { damaged, placed } from "./errors";
import { readIfThere } from "./files";
import { dayRootFile, entryFile, type LedgerFiles, PLACE } from "./layout";

/** Nothing was ever appended here: there is neither a head nor anything in the directory. */
export async function isUnused(files: LedgerFiles): Promise<boolean> {
  if (await readIfThere(files.head)) return false;
  const names = await readdir(files.directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.length === 0;
}

/** @throws OpsError evidence */
export async function loadHead(files: LedgerFiles, publicKey: KeyObject): Promise<Head> {
  const bytes = await readIfThere(files.head);
  if (!bytes) throw damaged(PLACE.head, `${files.head} is missing`, "the signed head of this ledger");
  try {
    const head = readHead(openEnvelope(bytes, HEAD_PAYLOAD, publicKey));
    if (head.ledger === files.name) return head;
    throw new Defect(`it is the head of ledger ${head.ledger}`, `the head of ledger ${files.name}`);
  } catch (error) {
    return placed(PLACE.head)(error);
  }
}

/**
 * The last entry and the day's root must be what the head says: appending signs the root anew, and must not put a
 * signature on what somebody changed.
 * @throws OpsError evidence
 */
export async function checkTip(files: LedgerFiles, tip: Tip, publicKey: KeyObject): Promise<void> {
  const today = dayRootOf(tip);
  if (!today) return;
  const count = tip.tree.size;
  const last = await readIfThere(path.join(files.directory, entryFile(today.day, count)));
  if (!last || sha256(last) !== tip.last) {
    const found = last ? "it was altered" : "it is missing";
    throw damaged(PLACE.entry(today.day, count), found, `sha256 ${tip.last}`);
  }
  const root = await readIfThere(path.join(files.directory, dayRootFile(today.day)));
  const place = PLACE.dayRoot(today.day);
  if (!root) throw damaged(place, `${dayRootFile(today.day)} is missing`, `the signed root ${today.root}`);
  try {
    const payload = openEnvelope(root, DAY_ROOT_PAYLOAD, publicKey);
    if (payload.equals(writeDayRoot(today))) return;
  } catch (error) {
    placed(place)(error);
  }
  throw damaged(
    place,
    "it is not the root of this day's entries",
    `the root ${today.root} by key ${keyId(publicKey)}`,
  );
}
