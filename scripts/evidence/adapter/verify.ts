// Says everything that is wrong with a ledger, each finding at the file that was changed. What follows from a finding is
// not reported again: an altered entry is one problem, not one of the chain, of its day and of the head as well.
// `scripts/verify-evidence.mjs` does the same without sharing a line with this.
import type { KeyObject } from "node:crypto";
import path from "node:path";
import type { Artifact } from "../../core/evidence";
import {
  DAY_ROOT_PAYLOAD,
  type DayRoot,
  EMPTY_TIP,
  extend,
  HEAD_PAYLOAD,
  type Head,
  readDayRoot,
  readHead,
  type Tip,
  writeHead,
} from "../chain";
import { checkEnvironment } from "../claim";
import { Defect, openEnvelope, sha256 } from "../dsse";
import { EMPTY_TREE, grow, rootOf } from "../merkle";
import type { LedgerProblem } from "../port";
import { checkLink } from "../statement";
import { readIfThere } from "./files";
import { dayRootFile, entryFile, type LedgerFiles, PLACE, printable } from "./layout";
import { openEntry, type Verified } from "./read";
import { type Day, scan } from "./scan";
import { type Waiting, waitingEntry } from "./waiting";

export interface Findings {
  entries: number;
  root: string;
  problems: LedgerProblem[];
  /** Place of an entry whose append was interrupted, or is going on; it is not counted. Undefined when there is none. */
  interrupted: string | undefined;
}

/** The state of one restore run over a ledger. */
interface Reading {
  files: LedgerFiles;
  publicKey: KeyObject;
  verified: Verified;
  problems: LedgerProblem[];
  /** Over the sound entries: what the head must say. */
  tip: Tip;
  /** Index of the last entry met. */
  last: number;
  /** Digest of that entry; undefined when it cannot be trusted, so that the next is not blamed for it. */
  previous: string | null | undefined;
  /** Entries that were found wrong, missing or too many. */
  broken: Set<number>;
  count: number;
  artifacts: Map<string, { artifact: Artifact; index: number }>;
  waiting: Waiting | undefined;
  /** Where the ledger ends without the entry that waits, once that was met. */
  without: Pick<Reading, "tip" | "last" | "previous" | "count"> | undefined;
}

export async function verifyLedger(files: LedgerFiles, publicKey: KeyObject): Promise<Findings> {
  const reading: Reading = {
    files,
    publicKey,
    verified: new Map(),
    problems: [],
    tip: EMPTY_TIP,
    last: 0,
    previous: null,
    broken: new Set(),
    count: 0,
    artifacts: new Map(),
    waiting: undefined,
    without: undefined,
  };
  reading.waiting = await findWaiting(reading);
  const listing = await scan(files);
  for (const name of listing.strangers)
    report(reading, PLACE.file(name), "it is there", "only what the ledger writes");
  for (const day of listing.days) await walkDay(reading, day);
  // The head does not count it yet.
  const met = reading.without !== undefined && reading.waiting?.index === reading.last;
  if (met && !reading.broken.has(reading.last)) Object.assign(reading, reading.without);
  await checkHead(reading);
  await checkArtifacts(reading, listing.artifacts);
  const { waiting, count, tip, problems } = reading;
  const interrupted = waiting && PLACE.entry(waiting.date, waiting.index);
  return { entries: count, root: rootOf(tip.tree), problems, interrupted };
}

/** A head that is not what it must be is blamed later, and excuses nothing. */
async function findWaiting(reading: Reading): Promise<Waiting | undefined> {
  const { files, publicKey } = reading;
  try {
    const head = readHead(
      openEnvelope((await readIfThere(files.head)) ?? Buffer.of(), HEAD_PAYLOAD, publicKey),
    );
    if (head.ledger !== files.name) return undefined;
    return await waitingEntry(files, head.tip, publicKey).catch((error: unknown) => {
      blame(reading, PLACE.waiting, error);
      return undefined;
    });
  } catch (error) {
    if (!(error instanceof Defect)) throw error;
    return undefined;
  }
}

function report({ problems }: Reading, place: string, found: string, expected: string): void {
  // What is found was written by strangers: only printable ASCII reaches the terminal.
  problems.push({ place, found: printable(found), expected: printable(expected) });
}

function blame(reading: Reading, place: string, error: unknown): void {
  if (!(error instanceof Defect)) throw error;
  report(reading, place, error.found, error.expected);
}

async function openSigned<T>(
  reading: Reading,
  file: string,
  place: string,
  payloadType: string,
  read: (payload: Buffer) => T,
): Promise<T | undefined> {
  const bytes = await readIfThere(file);
  if (!bytes) {
    report(reading, place, "it is missing", "it to be there, signed");
    return undefined;
  }
  try {
    return read(openEnvelope(bytes, payloadType, reading.publicKey));
  } catch (error) {
    blame(reading, place, error);
    return undefined;
  }
}

async function walkDay(reading: Reading, { date, entries }: Day): Promise<void> {
  const { waiting, files } = reading;
  // Of the entry that waits, the day's root may know nothing yet: it is placed after it.
  const waits = waiting?.placed && waiting.date === date ? waiting.index : Number.POSITIVE_INFINITY;
  const before = entries.filter((index) => index !== waits);
  const begun = before.length > 0 || (await readIfThere(path.join(files.directory, dayRootFile(date))));
  if (!begun) return;
  const root = await openDayRoot(reading, date, before);
  const present = root && root.first + root.count > waits ? entries : before;
  // The day's root says which entries the day has; without it, what is there has to do.
  const listed = root ? Array.from({ length: root.count }, (_, offset) => root.first + offset) : present;
  const counted = new Set(listed);
  for (const index of present.filter((candidate) => !counted.has(candidate))) {
    reading.broken.add(index);
    report(reading, PLACE.entry(date, index), "it is there", "only entries that the day's root counts");
  }
  let tree = EMPTY_TREE;
  for (const index of listed) {
    const bytes = await walkEntry(reading, date, index);
    if (bytes) tree = grow(tree, bytes);
  }
  if (root && !listed.some((index) => reading.broken.has(index))) compareDayRoot(reading, root, rootOf(tree));
}

/** Undefined when it cannot be trusted to say which entries the day has. */
async function openDayRoot(
  reading: Reading,
  date: string,
  present: readonly number[],
): Promise<DayRoot | undefined> {
  const place = PLACE.dayRoot(date);
  const file = path.join(reading.files.directory, dayRootFile(date));
  const root = await openSigned(reading, file, place, DAY_ROOT_PAYLOAD, readDayRoot);
  if (!root) return undefined;
  const next = root.first + root.count;
  if (root.day !== date) report(reading, place, `it is the root of ${root.day}`, `the root of ${date}`);
  else if (present.find((index) => index >= next) === next && (await isGenuine(reading, date, next))) {
    report(
      reading,
      place,
      `it does not count entry ${next}, which is there and signed`,
      "the newest root of the day",
    );
  } else return root;
  return undefined;
}

/** An entry that its day's root does not count, but that is signed as what it is: then its root is too old. */
async function isGenuine(reading: Reading, date: string, index: number): Promise<boolean> {
  const bytes = await readIfThere(path.join(reading.files.directory, entryFile(date, index)));
  try {
    return bytes !== undefined && openEntry(bytes, reading.publicKey, reading.verified).link.index === index;
  } catch {
    return false;
  }
}

/** All entries of the day are sound: the last digest that was met is that of its last. */
function compareDayRoot(reading: Reading, signed: DayRoot, root: string): void {
  if (signed.root === root && signed.last === reading.previous) return;
  report(reading, PLACE.dayRoot(signed.day), `it says ${signed.root}`, `${root} over the day's entries`);
}

/** @returns the envelope when it is sound */
async function walkEntry(reading: Reading, date: string, index: number): Promise<Buffer | undefined> {
  const place = PLACE.entry(date, index);
  if (index <= reading.last) {
    reading.broken.add(index);
    report(reading, place, "it is out of order", `an entry after ${reading.last}`);
    return undefined;
  }
  if (index > reading.last + 1) reportGap(reading, index - 1);
  if (index === reading.waiting?.index) {
    const { tip, last, previous, count } = reading;
    reading.without = { tip, last, previous, count };
  }
  reading.last = index;
  const bytes = await readIfThere(path.join(reading.files.directory, entryFile(date, index)));
  try {
    if (!bytes) throw new Defect("it is missing", "every entry that its day's root counts");
    reading.count++;
    const { digest, link, predicate } = openEntry(bytes, reading.publicKey, reading.verified);
    const previous = reading.previous === undefined ? link.previous : reading.previous;
    reading.previous = digest;
    checkLink(link, { index, previous });
    checkEnvironment(predicate, reading.files.name);
    for (const artifact of predicate.artifacts) reading.artifacts.set(artifact.sha256, { artifact, index });
    reading.tip = extend(reading.tip, date, bytes);
    return bytes;
  } catch (error) {
    reading.broken.add(index);
    reading.previous = undefined;
    blame(reading, place, error);
    return undefined;
  }
}

/** Everything up to `end` that was neither met nor blamed yet is missing, and nothing says in which file it was. */
function reportGap(reading: Reading, end: number): void {
  const first = reading.last + 1;
  reading.broken.add(first);
  reading.previous = undefined;
  reading.last = end;
  report(reading, PLACE.gap(first, end), "the files are missing", "every entry");
}

async function checkHead(reading: Reading): Promise<void> {
  const head = await openSigned(reading, reading.files.head, PLACE.head, HEAD_PAYLOAD, readHead);
  if (!head) return;
  const { name } = reading.files;
  if (head.ledger !== name) {
    report(reading, PLACE.head, `it is the head of ledger ${head.ledger}`, `the head of ledger ${name}`);
    return;
  }
  const size = head.tip.tree.size;
  if (size > reading.last) reportTruncation(reading, head);
  if (reading.broken.size > 0) return;
  if (size < reading.last) {
    report(reading, PLACE.head, `it counts ${size} entries`, `${reading.last}, which are there and signed`);
    return;
  }
  const date = reading.tip.day?.date ?? "";
  // Of a day that lies under another date or was counted otherwise, its root is blamed already.
  const blamed = reading.problems.some(({ place }) => place === PLACE.dayRoot(date));
  const tip = blamed ? { ...reading.tip, day: head.tip.day } : reading.tip;
  if (writeHead(head).equals(writeHead({ ledger: name, tip, at: head.at }))) return;
  const [says, over] = [rootOf(head.tip.tree), rootOf(tip.tree)];
  if (says === over)
    report(reading, PLACE.head, "its last entry or day is another", "those of the last entry");
  else report(reading, PLACE.head, `it says ${says}`, `${over} over all entries`);
}

function reportTruncation(reading: Reading, { tip }: Head): void {
  const size = tip.tree.size;
  const blamed = [...reading.broken].filter((index) => index > reading.last);
  reading.last = Math.max(reading.last, ...blamed);
  if (size > reading.last + 1) reportGap(reading, size);
  else if (size > reading.last) {
    reading.broken.add(size);
    const place = PLACE.entry(tip.day?.date ?? "", size);
    report(reading, place, "it is missing", `${size} entries, as the head says`);
  }
}

async function checkArtifacts(reading: Reading, present: readonly string[]): Promise<void> {
  for (const [digest, { artifact, index }] of reading.artifacts) {
    const content = await readIfThere(path.join(reading.files.artifacts, digest));
    const expected = `${artifact.name} of entry ${index}, ${artifact.bytes} bytes`;
    if (!content) report(reading, PLACE.artifact(digest), "it is missing", expected);
    else if (sha256(content) !== digest || content.length !== artifact.bytes) {
      report(reading, PLACE.artifact(digest), "its content was altered", expected);
    }
  }
  // An entry that cannot be read cannot say which artifacts are its own.
  if (reading.broken.size > 0) return;
  const waiting = new Set(reading.waiting?.artifacts.map(({ sha256: digest }) => digest));
  for (const digest of present.filter((one) => !reading.artifacts.has(one) && !waiting.has(one))) {
    report(reading, PLACE.artifact(digest), "it is there", "only artifacts that an entry names");
  }
}
