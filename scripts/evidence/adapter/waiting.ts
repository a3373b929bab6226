// The entry that an append put beside the head before it began to place it in the ledger. Signed as the one that follows the head, it
// tells an append that was interrupted, or is going on, from an alteration: whatever of it is in the ledger already is no more than it
// says. Of entries that the head counts it excuses nothing.
import type { KeyObject } from "node:crypto";
import path from "node:path";
import type { Artifact } from "../../core/evidence";
import type { Tip } from "../chain";
import { checkEnvironment } from "../claim";
import { Defect, openEnvelope, sha256 } from "../dsse";
import { checkLink, type Link, readStatement, STATEMENT_PAYLOAD } from "../statement";
import { readIfThere } from "./files";
import { entryFile, isDate, type LedgerFiles } from "./layout";

/** What `entry.json` holds. */
export interface Pending {
  date: string;
  envelope: string;
}

export interface Waiting {
  date: string;
  index: number;
  bytes: Buffer;
  artifacts: readonly Artifact[];
  /** Its file is in the ledger, byte by byte. */
  placed: boolean;
}

export const linkAfter = (tip: Tip): Link => ({ index: tip.tree.size + 1, previous: tip.last });

export const pendingFile = (files: LedgerFiles): string => path.join(files.pending, "entry.json");

/** It was renamed into place whole: what cannot be read was changed by somebody. @throws Defect */
export function readPending(text: string): Pending {
  try {
    const { date, envelope } = JSON.parse(text) as Pending;
    if (isDate(date) && typeof envelope === "string") return { date, envelope };
  } catch {
    // Said below.
  }
  throw new Defect("it is not what was written", "the entry that was being appended");
}

/**
 * @param tip of the head
 * @returns undefined when nothing waits, or what waits is the head's last entry already
 * @throws Defect when it is not the signed entry that follows
 */
export async function waitingEntry(
  files: LedgerFiles,
  tip: Tip,
  publicKey: KeyObject,
): Promise<Waiting | undefined> {
  const text = await readIfThere(pendingFile(files));
  if (!text) return undefined;
  const { date, envelope } = readPending(text.toString());
  const bytes = Buffer.from(envelope);
  if (sha256(bytes) === tip.last) return undefined;
  const { link, predicate } = readStatement(openEnvelope(bytes, STATEMENT_PAYLOAD, publicKey));
  checkLink(link, linkAfter(tip));
  checkEnvironment(predicate, files.name);
  if (tip.day && date < tip.day.date)
    throw new Defect(`it is of ${date}`, `a day not before the head's, ${tip.day.date}`);
  const present = await readIfThere(path.join(files.directory, entryFile(date, link.index)));
  const placed = present?.equals(bytes) === true;
  return { date, index: link.index, bytes, artifacts: predicate.artifacts, placed };
}
