// Reads the entries of a ledger in order and trusts none: signature, chain and head are checked while reading. Takes no
// lock: entries behind the head are complete, and one that is being appended lies before it.
import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Predicate } from "../../core/evidence";
import type { Tip } from "../chain";
import { checkEnvironment } from "../claim";
import { Defect, openEnvelope, sha256 } from "../dsse";
import type { LedgerEntry } from "../port";
import { checkLink, type Link, readStatement, STATEMENT_PAYLOAD } from "../statement";
import { damaged, placed } from "./errors";
import { entryFile, type LedgerFiles, PLACE } from "./layout";
import { scan } from "./scan";

export interface Claim {
  predicate: Predicate;
  link: Link;
}

/** Claims by digest of their envelope. The same bytes need not be verified twice, so a second reading is cheap. */
export type Verified = Map<string, Claim>;

/** @throws Defect */
export function openEntry(
  bytes: Buffer,
  publicKey: KeyObject,
  verified: Verified,
): Claim & { digest: string } {
  const digest = sha256(bytes);
  const claim = verified.get(digest) ?? readStatement(openEnvelope(bytes, STATEMENT_PAYLOAD, publicKey));
  verified.set(digest, claim);
  return { ...claim, digest };
}

/** Files read at once: enough to hide the latency of a disk, few enough for any limit of open files. */
const AHEAD = 64;

/**
 * @param tip of the head, which was read before
 * @throws OpsError evidence, naming the first entry that is wrong
 */
export async function readEntries(
  files: LedgerFiles,
  tip: Tip,
  publicKey: KeyObject,
  verified: Verified,
): Promise<LedgerEntry[]> {
  const { days } = await scan(files);
  const listed = days.flatMap(({ date, entries }) =>
    entries.map((index) => ({ date, index, file: entryFile(date, index) })),
  );
  const wanted = listed.slice(0, tip.tree.size);
  const read: LedgerEntry[] = [];
  for (let start = 0; start < wanted.length; start += AHEAD) {
    const batch = wanted.slice(start, start + AHEAD);
    const contents = await Promise.all(batch.map(({ file }) => readFile(path.join(files.directory, file))));
    for (const [position, { date, index, file }] of batch.entries()) {
      const expected = { index: read.length + 1, previous: read.at(-1)?.digest ?? null };
      try {
        if (index > expected.index)
          throw new Defect(`the file of entry ${expected.index} is missing`, "every entry");
        const { link, predicate, digest } = openEntry(contents[position]!, publicKey, verified);
        checkLink(link, expected);
        checkEnvironment(predicate, files.name);
        read.push({ index, digest, predicate, file });
      } catch (error) {
        placed(PLACE.entry(date, index))(error);
      }
    }
  }
  if (read.length < tip.tree.size)
    throw damaged(PLACE.gap(read.length + 1, tip.tree.size), "it is missing", "every entry");
  if ((read.at(-1)?.digest ?? null) !== tip.last) {
    throw damaged(PLACE.head, `it ends in ${tip.last}`, `the last entry's ${read.at(-1)?.digest}`);
  }
  return read;
}
