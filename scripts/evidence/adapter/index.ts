// The evidence ledger on a file system. Opens it and ties the parts together; each part's file says what it guarantees.
import type { KeyObject } from "node:crypto";
import path from "node:path";
import { OpsError } from "../../core/errors";
import { keyId, sha256 } from "../dsse";
import { EMPTY_TREE, rootOf } from "../merkle";
import type { Ledger, LedgerEntry, LedgerVerification } from "../port";
import { alone, reading, writing } from "./access";
import { append, initialise, isInterrupted, recover, removeLeftovers, type Writing } from "./append";
import { damaged, unusableKey, unwritable } from "./errors";
import { exportLedger } from "./export";
import { type OnStep, probe, readIfThere } from "./files";
import { checkTip, isUnused, loadHead } from "./head";
import { isSubstituted, verifyingKey } from "./keys";
import { type LedgerFiles, ledgerFiles, PLACE } from "./layout";
import { readEntries, type Verified } from "./read";
import { verifyLedger } from "./verify";

export interface LedgerOptions {
  /** The ledger itself; one for each environment. */
  directory: string;
  /** Heads of ledgers, and what their writer needs while it writes. Best on another disk. */
  heads: string;
  /** `ed25519.pem` (0600) and `ed25519.pub.pem`; made on first use. */
  keys: string;
  now: () => Date;
  /** Default: the last part of `directory`. */
  name?: string;
  /** For fault tests: told of each durable step before it is taken. */
  onStep?: OnStep;
}

/**
 * Opens a ledger; it need not exist yet. Finishes an append that a crash interrupted, where this user can write.
 * @throws nothing about damage: `verify` reports it, `entries` and `append` refuse to go on
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const files = ledgerFiles(options);
  const by = { files, now: options.now, onStep: options.onStep ?? (() => {}) };
  const verified: Verified = new Map();
  /** Artifacts are held until an entry names them: a job that dies before leaves nothing behind. */
  const held = new Map<string, Buffer>();
  if (await isInterrupted(files)) await writing(by, recover).catch(tolerate);
  /** Clears once what others left: looking for it costs more, the more entries there are. */
  let cleared = false;
  const write = <T>(body: (now: Writing) => Promise<T>): Promise<T> =>
    writing(by, async (now) => {
      const done = await body(now);
      if (!cleared) await removeLeftovers(now);
      cleared = true;
      return done;
    });

  return {
    location: files.directory,
    preflight: () => write(preflight),

    async store(name, mediaType, content) {
      const bytes = Buffer.from(content);
      const digest = sha256(bytes);
      held.set(digest, bytes);
      return { name, mediaType, sha256: digest, bytes: bytes.length };
    },

    load: async (digest) =>
      intact(digest, held.get(digest) ?? (await readIfThere(path.join(files.artifacts, digest)))),

    async append(predicate) {
      const entry = await write((now) => append(now, predicate, held));
      for (const artifact of entry.predicate.artifacts) held.delete(artifact.sha256);
      return entry;
    },

    entries: () => reading(files, () => entries(files, verified)),
    verify: () =>
      reading(files, async () =>
        (await isUnused(files)) ? NOTHING : alone(files, () => verification(files)),
      ),
    exportTo: (directory) => alone(files, () => exportLedger(files, directory)),
  };
}

/** Makes what is missing and shows that an entry could be written. @throws OpsError evidence */
async function preflight(by: Writing): Promise<void> {
  const { directory } = by.files;
  await initialise(by);
  const reason = await probe(directory);
  if (reason !== undefined) throw unwritable(directory, reason);
}

/** @throws OpsError evidence when it is missing or not what its address says */
function intact(digest: string, content: Buffer | undefined): Buffer {
  if (content && sha256(content) === digest) return content;
  throw damaged(
    PLACE.artifact(digest),
    content ? "its content was altered" : "it is missing",
    `sha256 ${digest}`,
  );
}

async function entries(files: LedgerFiles, verified: Verified): Promise<LedgerEntry[]> {
  if (await isUnused(files)) return [];
  const publicKey = await keyOf(files);
  if (await isSubstituted(files)) throw unusableKey(files.publicKey, SUBSTITUTED, "put the right one back");
  const { tip } = await loadHead(files, publicKey);
  return readEntries(files, tip, publicKey, verified);
}

async function verification(files: LedgerFiles): Promise<LedgerVerification> {
  const publicKey = await keyOf(files);
  const findings = await verifyLedger(files, publicKey);
  // With a key that is only put beside it, everything is blamed; with one that everything was signed anew with, nothing is.
  if (findings.problems.length === 0 && (await isSubstituted(files)))
    findings.problems.push({ place: "public key", found: SUBSTITUTED, expected: "its other half" });
  const extendable = await loadHead(files, publicKey)
    .then(({ tip }) => checkTip(files, tip, publicKey))
    .then(
      () => true,
      () => false,
    );
  return { ...findings, key: keyId(publicKey), extendable };
}

const SUBSTITUTED = "it is not the public half of the key that signs here";

/** @throws OpsError evidence when the public key is gone */
async function keyOf(files: LedgerFiles): Promise<KeyObject> {
  const found = await verifyingKey(files);
  if (found) return found;
  throw unusableKey(
    files.publicKey,
    "it is missing",
    "put it back; the head and the export hold its fingerprint",
  );
}

const NOTHING: LedgerVerification = {
  entries: 0,
  root: rootOf(EMPTY_TREE),
  problems: [],
  interrupted: undefined,
  key: undefined,
  extendable: true,
};

/** An interrupted entry that cannot be finished here and now stays where it is; appending says why. */
function tolerate(error: unknown): void {
  if (!(error instanceof OpsError)) throw error;
}
