// The evidence ledger on a file system. Opens it and ties the parts together; each part's file says what it guarantees.
import type { KeyObject } from "node:crypto";
import path from "node:path";
import { OpsError } from "../../core/errors";
import { keyId, sha256 } from "../dsse";
import { EMPTY_TREE, rootOf } from "../merkle";
import type { Ledger, LedgerVerification } from "../port";
import { append, initialise, isInterrupted, recover, type Writing } from "./append";
import { damaged, unreadable, unusableKey, unwritable } from "./errors";
import { exportLedger } from "./export";
import { isAbsent, isObstacle, makeDirectory, type OnStep, probe, readIfThere, reasonOf } from "./files";
import { checkTip, isUnused, loadHead } from "./head";
import { signingKey, verifyingKey } from "./keys";
import { ledgerFiles, PLACE } from "./layout";
import { lockLedger } from "./lock";
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
  const { now, onStep = () => {} } = options;
  const verified: Verified = new Map();
  /** Artifacts are held until an entry names them: a job that dies before leaves nothing behind. */
  const held = new Map<string, Buffer>();

  /** Runs the body as the only writer. */
  const writing = async <T>(body: (writing: Writing) => Promise<T>): Promise<T> => {
    try {
      await makeDirectory(path.dirname(files.head));
      const release = await lockLedger(files.lock);
      return await signingKey(files)
        .then((privateKey) => body({ files, privateKey, now, onStep }))
        .finally(release);
    } catch (error) {
      throw isObstacle(error) ? unwritable(files.directory, reasonOf(error), error) : error;
    }
  };

  /** An auditor who may only read needs no lock: nobody appends from a place where nobody may write. */
  const alone = async <T>(body: () => Promise<T>): Promise<T> => {
    const release = await lockLedger(files.lock).catch((error: unknown) => {
      if (isObstacle(error) || isAbsent(error)) return async () => {};
      throw error;
    });
    return body().finally(release);
  };

  const reading = async <T>(body: () => Promise<T>): Promise<T> =>
    body().catch((error: unknown) => {
      throw isObstacle(error) ? unreadable(files.directory, reasonOf(error), error) : error;
    });

  const key = async (): Promise<KeyObject> => {
    const found = await verifyingKey(files);
    if (!found)
      throw unusableKey(
        files.publicKey,
        "it is missing",
        "put it back; the head and the export hold its fingerprint",
      );
    return found;
  };

  if (await isInterrupted(files)) await writing(recover).catch(tolerate);

  return {
    location: files.directory,

    async preflight() {
      await writing(async (by) => {
        await initialise(by);
        const reason = await probe(files.directory);
        if (reason !== undefined) throw unwritable(files.directory, reason);
      });
    },

    async store(name, mediaType, content) {
      const bytes = Buffer.from(content);
      const digest = sha256(bytes);
      held.set(digest, bytes);
      return { name, mediaType, sha256: digest, bytes: bytes.length };
    },

    async load(digest) {
      const content = held.get(digest) ?? (await readIfThere(path.join(files.artifacts, digest)));
      if (content && sha256(content) === digest) return content;
      throw damaged(
        PLACE.artifact(digest),
        content ? "its content was altered" : "it is missing",
        `sha256 ${digest}`,
      );
    },

    async append(predicate) {
      const entry = await writing((by) => append(by, predicate, held));
      for (const artifact of entry.predicate.artifacts) held.delete(artifact.sha256);
      return entry;
    },

    entries: () =>
      reading(async () => {
        if (await isUnused(files)) return [];
        const publicKey = await key();
        const { tip } = await loadHead(files, publicKey);
        return readEntries(files, tip, publicKey, verified);
      }),

    verify: () => reading(async () => ((await isUnused(files)) ? NOTHING : alone(verification))),

    exportTo: (directory) => alone(() => exportLedger(files, directory)),
  };

  async function verification(): Promise<LedgerVerification> {
    const publicKey = await key();
    const findings = await verifyLedger(files, publicKey);
    const extendable = await loadHead(files, publicKey)
      .then(({ tip }) => checkTip(files, tip, publicKey))
      .then(
        () => true,
        () => false,
      );
    return { ...findings, key: keyId(publicKey), extendable };
  }
}

const NOTHING: LedgerVerification = {
  entries: 0,
  root: rootOf(EMPTY_TREE),
  problems: [],
  key: undefined,
  extendable: true,
};

/** An interrupted entry that cannot be finished here and now stays where it is; appending says why. */
function tolerate(error: unknown): void {
  if (!(error instanceof OpsError)) throw error;
}
