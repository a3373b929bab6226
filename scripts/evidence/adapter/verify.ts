// Says everything that is wrong with a ledger, each finding at the file that was changed. What follows from a finding is
// not reported again: an altered entry is one problem, not one of the chain, of its day and of the head as well.
// `scripts/verify-evidence.mjs` does the same without sharing a line with this.
import type { KeyObject } from "node:crypto";
import path from "node:path";
import type { Artifact } from "../../core/evidence";
import { DAY_ROOT_PAYLOAD, type DayRoot, HEAD_PAYLOAD, type Head, readDayRoot, readHead } from "../chain";
import { Defect, openEnvelope, sha256 } from "../dsse";
import { EMPTY_TREE, grow, rootOf, type Tree } from "../merkle";
import type { LedgerProblem } from "../port";
import { checkLink } from "../statement";
import { readIfThere } from "./files";
import { dayRootFile, entryFile, type LedgerFiles, PLACE } from "./layout";
import { openEntry, type Verified } from "./read";
import { type Day, scan } from "./scan";

export interface Findings {
  entries: number;
  root: string;
  problems: LedgerProblem[];
}

/** The state of one walk over a ledger. */
interface Walk {
  files: LedgerFiles;
  publicKey: KeyObject;
  verified: Verified;
  problems: LedgerProblem[];
  /** Over the sound entries. */
  tree: Tree;
  /** Index of the last entry met. */
  last: number;
  /** Digest of that entry; undefined when it cannot be trusted, so that the next is not blamed for it. */
  previous: string | null | undefined;
  /** Entries that were found wrong, missing or too many. */
  broken: Set<number>;
  count: number;
  artifacts: Map<string, { artifact: Artifact; index: number }>;
}

export async function verifyLedger(files: LedgerFiles, publicKey: KeyObject): Promise<Findings> {
  const walk: Walk = {
    files,
    publicKey,
    verified: new Map(),
    problems: [],
    tree: EMPTY_TREE,
    last: 0,
    previous: null,
    broken: new Set(),
    count: 0,
    artifacts: new Map(),
  };
  const listing = await scan(files);
  for (const name of listing.strangers)
    report(walk, PLACE.file(name), "it is there", "only what the ledger writes");
  for (const day of listing.days) await walkDay(walk, day);
  await checkHead(walk);
  await checkArtifacts(walk, listing.artifacts);
  return { entries: walk.count, root: rootOf(walk.tree), problems: walk.problems };
}

function report({ problems }: Walk, place: string, found: string, expected: string): void {
  problems.push({ place, found, expected });
}

function blame(walk: Walk, place: string, error: unknown): void {
  if (!(error instanceof Defect)) throw error;
  report(walk, place, error.found, error.expected);
}

async function openSigned<T>(
  walk: Walk,
  file: string,
  place: string,
  payloadType: string,
  read: (payload: Buffer) => T,
): Promise<T | undefined> {
  const bytes = await readIfThere(file);
  if (!bytes) {
    report(walk, place, "it is missing", "it to be there, signed");
    return undefined;
  }
  try {
    return read(openEnvelope(bytes, payloadType, walk.publicKey));
  } catch (error) {
    blame(walk, place, error);
    return undefined;
  }
}

async function walkDay(walk: Walk, { date, entries: present }: Day): Promise<void> {
  const root = await openDayRoot(walk, date, present);
  // The day's root says which entries the day has; without it, what is there has to do.
  const listed = root ? Array.from({ length: root.count }, (_, offset) => root.first + offset) : present;
  const counted = new Set(listed);
  for (const index of present.filter((candidate) => !counted.has(candidate))) {
    walk.broken.add(index);
    report(walk, PLACE.entry(date, index), "it is there", "only entries that the day's root counts");
  }
  let tree = EMPTY_TREE;
  for (const index of listed) {
    const bytes = await walkEntry(walk, date, index);
    if (bytes) tree = grow(tree, bytes);
  }
  if (root && !listed.some((index) => walk.broken.has(index))) compareDayRoot(walk, root, rootOf(tree));
}

/** Undefined when it cannot be trusted to say which entries the day has. */
async function openDayRoot(
  walk: Walk,
  date: string,
  present: readonly number[],
): Promise<DayRoot | undefined> {
  const place = PLACE.dayRoot(date);
  const file = path.join(walk.files.directory, dayRootFile(date));
  const root = await openSigned(walk, file, place, DAY_ROOT_PAYLOAD, readDayRoot);
  if (!root) return undefined;
  const next = root.first + root.count;
  if (root.day !== date) report(walk, place, `it is the root of ${root.day}`, `the root of ${date}`);
  else if (present.find((index) => index >= next) === next && (await isGenuine(walk, date, next))) {
    report(
      walk,
      place,
      `it does not count entry ${next}, which is there and signed`,
      "the newest root of the day",
    );
  } else return root;
  return undefined;
}

/** An entry that its day's root does not count, but that is signed as what it is: then its root is too old. */
async function isGenuine(walk: Walk, date: string, index: number): Promise<boolean> {
  const bytes = await readIfThere(path.join(walk.files.directory, entryFile(date, index)));
  try {
    return bytes !== undefined && openEntry(bytes, walk.publicKey, walk.verified).link.index === index;
  } catch {
    return false;
  }
}

/** All entries of the day are sound: the last digest that was met is that of its last. */
function compareDayRoot(walk: Walk, signed: DayRoot, root: string): void {
  if (signed.root === root && signed.last === walk.previous) return;
  report(walk, PLACE.dayRoot(signed.day), `it says ${signed.root}`, `${root} over the day's entries`);
}

/** @returns the envelope when it is sound */
async function walkEntry(walk: Walk, date: string, index: number): Promise<Buffer | undefined> {
  const place = PLACE.entry(date, index);
  if (index <= walk.last) {
    walk.broken.add(index);
    report(walk, place, "it is out of order", `an entry after ${walk.last}`);
    return undefined;
  }
  if (index > walk.last + 1) reportGap(walk, index - 1);
  walk.last = index;
  const bytes = await readIfThere(path.join(walk.files.directory, entryFile(date, index)));
  try {
    if (!bytes) throw new Defect("it is missing", "every entry that its day's root counts");
    walk.count++;
    const { digest, link, predicate } = openEntry(bytes, walk.publicKey, walk.verified);
    const previous = walk.previous === undefined ? link.previous : walk.previous;
    walk.previous = digest;
    checkLink(link, { index, previous });
    for (const artifact of predicate.artifacts) walk.artifacts.set(artifact.sha256, { artifact, index });
    walk.tree = grow(walk.tree, bytes);
    return bytes;
  } catch (error) {
    walk.broken.add(index);
    walk.previous = undefined;
    blame(walk, place, error);
    return undefined;
  }
}

/** Everything up to `end` that was neither met nor blamed yet is missing, and nothing says in which file it was. */
function reportGap(walk: Walk, end: number): void {
  const first = walk.last + 1;
  walk.broken.add(first);
  walk.previous = undefined;
  walk.last = end;
  report(walk, PLACE.gap(first, end), "the files are missing", "every entry");
}

async function checkHead(walk: Walk): Promise<void> {
  const head = await openSigned(walk, walk.files.head, PLACE.head, HEAD_PAYLOAD, readHead);
  if (!head) return;
  const size = head.tip.tree.size;
  if (size > walk.last) reportTruncation(walk, head);
  if (walk.broken.size > 0) return;
  if (size < walk.last) {
    report(walk, PLACE.head, `it counts ${size} entries`, `${walk.last}, which are there and signed`);
    return;
  }
  if (head.tip.last === walk.previous && rootOf(head.tip.tree) === rootOf(walk.tree)) return;
  report(walk, PLACE.head, `it says ${rootOf(head.tip.tree)}`, `${rootOf(walk.tree)} over all entries`);
}

function reportTruncation(walk: Walk, { tip }: Head): void {
  const size = tip.tree.size;
  const blamed = [...walk.broken].filter((index) => index > walk.last);
  walk.last = Math.max(walk.last, ...blamed);
  if (size > walk.last + 1) reportGap(walk, size);
  else if (size > walk.last) {
    walk.broken.add(size);
    const place = PLACE.entry(tip.day?.date ?? "", size);
    report(walk, place, "it is missing", `${size} entries, as the head says`);
  }
}

async function checkArtifacts(walk: Walk, present: readonly string[]): Promise<void> {
  for (const [digest, { artifact, index }] of walk.artifacts) {
    const content = await readIfThere(path.join(walk.files.artifacts, digest));
    const expected = `${artifact.name} of entry ${index}, ${artifact.bytes} bytes`;
    if (!content) report(walk, PLACE.artifact(digest), "it is missing", expected);
    else if (sha256(content) !== digest || content.length !== artifact.bytes) {
      report(walk, PLACE.artifact(digest), "its content was altered", expected);
    }
  }
  // An entry that cannot be read cannot say which artifacts are its own.
  if (walk.broken.size > 0) return;
  for (const digest of present.filter((candidate) => !walk.artifacts.has(candidate))) {
    report(walk, PLACE.artifact(digest), "it is there", "only artifacts that an entry names");
  }
}
