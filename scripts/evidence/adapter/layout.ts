// Where a ledger keeps its files and how places in it are named.
import path from "node:path";

export interface LedgerFiles {
  /** Shown in the signed head: tells one ledger from another. */
  name: string;
  /** The ledger itself: days, entries, artifacts; nothing else may lie in it. */
  directory: string;
  artifacts: string;
  /** Outside the ledger, so that cutting its end off does not cut this off too. */
  head: string;
  lock: string;
  /** An entry on its way into the ledger; exists only while one is being appended, or after a crash. */
  pending: string;
  privateKey: string;
  publicKey: string;
}

export function ledgerFiles(places: {
  directory: string;
  heads: string;
  keys: string;
  name?: string;
}): LedgerFiles {
  const name = places.name ?? path.basename(places.directory);
  return {
    name,
    directory: places.directory,
    artifacts: path.join(places.directory, "artifacts"),
    head: path.join(places.heads, `${name}.dsse.json`),
    lock: path.join(places.heads, `${name}.lock`),
    pending: path.join(places.heads, `${name}.pending`),
    privateKey: path.join(places.keys, "ed25519.pem"),
    publicKey: path.join(places.keys, "ed25519.pub.pem"),
  };
}

/** Relative to the ledger. `date` is the day in Asia/Shanghai. */
export function entryFile(date: string, index: number): string {
  return `${date}/${String(index).padStart(6, "0")}.dsse.json`;
}

export function dayRootFile(date: string): string {
  return `${date}/root.json`;
}

export const isDate = (name: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(name);
export const isDigest = (name: string): boolean => /^[0-9a-f]{64}$/.test(name);

/** What a killed append leaves of a file that it was about to put in place, as `files.ts` names it. */
export const beside = (file: string): string => `${file}.tmp`;
/** At the top of a ledger, while it is tried whether one can write there. */
export const PROBE = beside("preflight");

/** Names and claims are given by strangers: only printable ASCII reaches the terminal. */
export const printable = (text: string): string => text.replace(/[^ -~]/g, "?");

/** How places are named in findings; the standalone verifier uses the same words. */
export const PLACE = {
  head: "head",
  dayRoot: (date: string): string => `day root ${date}`,
  entry: (date: string, index: number): string => `entry ${index} (${entryFile(date, index)})`,
  /** Entries that are gone together with all that said in which file they were. */
  gap: (first: number, last: number): string =>
    first === last ? `entry ${first}` : `entries ${first} to ${last}`,
  artifact: (sha256: string): string => `artifact artifacts/${sha256}`,
  /** Beside the head. */
  waiting: "waiting entry",
  file: (name: string): string => `file ${printable(name)}`,
} as const;
