// The ledger of signed evidence.

import type { Artifact, Predicate } from "../core/evidence";
import type { Core, Operated } from "../core/tools";

export interface LedgerEntry {
  index: number;
  /** sha256 of the envelope, hex. */
  digest: string;
  predicate: Predicate;
  /** Path of the envelope, relative to the ledger. */
  file: string;
}

export interface LedgerProblem {
  /** `entry 12 (2026-11-23/000012.dsse.json)`, `head`, `day root 2026-11-23`. */
  place: string;
  found: string;
  expected: string;
}

export interface LedgerVerification {
  entries: number;
  /** Merkle root (RFC 6962) over all entries that are sound, hex. */
  root: string;
  /** Each at the file that was changed; what follows from one is not reported again. */
  problems: LedgerProblem[];
  /**
   * Place of an entry that was signed and is not in force yet: its append was interrupted, or is going on; the next writer finishes it.
   * It is not counted. Undefined when there is none.
   */
  interrupted: string | undefined;
  /** Fingerprint of the public key that was verified with; undefined when nothing was ever signed. */
  key: string | undefined;
  /** False when the very end is damaged: nothing can be appended before it is repaired. */
  extendable: boolean;
}

export interface Ledger {
  /** Directory shown to the user. */
  readonly location: string;
  /**
   * Makes what is missing (directories, keys) and shows that an entry could be written: before a job runs, not after.
   * @throws OpsError evidence
   */
  preflight(): Promise<void>;
  /** Atomic, one writer at a time, durable when it returns. @throws OpsError evidence */
  append(predicate: Predicate): Promise<LedgerEntry>;
  /** Entries in order; signatures and the chain are checked while reading. @throws OpsError evidence */
  entries(): Promise<LedgerEntry[]>;
  /** Everything that is wrong with the ledger. @throws OpsError evidence when the public key itself is gone */
  verify(): Promise<LedgerVerification>;
  /** Takes content and returns its address; put it in `Predicate.artifacts`. It is kept once an entry names it. */
  store(name: string, mediaType: string, content: string | Uint8Array): Promise<Artifact>;
  /** Content by address; re-hashed. @throws OpsError evidence */
  load(sha256: string): Promise<Buffer>;
  /** Copies ledger, head, public key and the verifier for an outsider; returns what lies there. @throws OpsError directory */
  exportTo(directory: string): Promise<string[]>;
}

export interface EvidenceTools {
  ledger: Ledger;
}

/** What every entry of one run says of the run itself. */
export interface Provenance {
  /** Inputs named in every evidence of this run: git commit, versions, seed. */
  inputs: Readonly<Record<string, string>>;
  actor: string;
}

/** What reads the evidence of one platform in one environment. */
export type EvidenceReader = EvidenceTools & Pick<Operated, "environment" | "platform">;

/** What writes evidence. */
export type EvidenceWriter = EvidenceTools &
  Provenance &
  Pick<Operated, "environment" | "platformName"> &
  Pick<Core, "clock">;
