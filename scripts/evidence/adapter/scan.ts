// Lists what lies in a ledger's directory, and what should not. Reads names and kinds, no content.
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { beside, entryFile, isDate, isDigest, type LedgerFiles, PROBE } from "./layout";

export interface Day {
  date: string;
  /** Indices of its entries, ascending. */
  entries: readonly number[];
}

export interface Listing {
  /** In order of date. */
  days: readonly Day[];
  /** Digests that name the files. */
  artifacts: readonly string[];
  /**
   * What killed appends left of files that they were about to put in place, relative to the ledger: no evidence and no alarm. The
   * next writer is alone, so it knows that nobody needs them.
   */
  leftovers: readonly string[];
  /** Anything that no ledger writes, relative to the ledger. */
  strangers: readonly string[];
}

async function read(directory: string): Promise<Dirent[]> {
  return readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

/** Splits into what `accept` reads as something of ours, and the rest. */
function sort<T>(
  items: readonly Dirent[],
  accept: (item: Dirent) => T | undefined,
): { ours: T[]; others: string[] } {
  const ours: T[] = [];
  const others: string[] = [];
  for (const item of items) {
    const accepted = accept(item);
    if (accepted === undefined) others.push(item.name);
    else ours.push(accepted);
  }
  return { ours, others };
}

interface ScannedDay {
  /** Undefined where a killed append had made no more than the directory. */
  day: Day | undefined;
  leftovers: string[];
  strangers: string[];
}

/** @param isOurs of the name that a leftover would have got */
function isLeftover(item: Dirent, isOurs: (name: string) => boolean): boolean {
  const name = item.name.slice(0, -beside("").length);
  return item.isFile() && item.name === beside(name) && isOurs(name);
}

async function scanDay(directory: string, date: string): Promise<ScannedDay> {
  const all = await read(path.join(directory, date));
  const items = all.filter((item) => item.name !== "root.json" || !item.isFile());
  const indexOf = (name: string): number | undefined => {
    const index = Number.parseInt(name, 10);
    return index > 0 && `${date}/${name}` === entryFile(date, index) ? index : undefined;
  };
  const isOurs = (name: string): boolean => name === "root.json" || indexOf(name) !== undefined;
  const leftovers = items.filter((item) => isLeftover(item, isOurs)).map((item) => `${date}/${item.name}`);
  const { ours, others } = sort(items, (item) => (item.isFile() ? indexOf(item.name) : undefined));
  const entries = ours.sort((a, b) => a - b);
  const strangers = others.map((name) => `${date}/${name}`).filter((name) => !leftovers.includes(name));
  const begun = entries.length > 0 || all.some(({ name }) => name === "root.json");
  return { day: begun ? { date, entries } : undefined, leftovers, strangers };
}

export async function scan(files: LedgerFiles): Promise<Listing> {
  const isArtifacts = (item: Dirent): boolean => item.name === "artifacts" && item.isDirectory();
  const all = await read(files.directory);
  const top = all.filter((item) => !isArtifacts(item));
  const { ours: dates, others } = sort(top, (item) =>
    item.isDirectory() && isDate(item.name) ? item.name : undefined,
  );
  const scanned = await Promise.all(dates.sort().map((date) => scanDay(files.directory, date)));
  const stored = all.some(isArtifacts) ? await read(files.artifacts) : [];
  const artifacts = sort(stored, (item) => (item.isFile() && isDigest(item.name) ? item.name : undefined));
  const leftovers = [
    ...top.filter((item) => item.isFile() && item.name === PROBE).map(({ name }) => name),
    ...scanned.flatMap((day) => day.leftovers),
    ...stored.filter((item) => isLeftover(item, isDigest)).map(({ name }) => `artifacts/${name}`),
  ];
  const strange = [
    ...others,
    ...scanned.flatMap(({ strangers }) => strangers),
    ...artifacts.others.map((name) => `artifacts/${name}`),
  ];
  const left = new Set(leftovers);
  return {
    days: scanned.flatMap(({ day }) => day ?? []),
    artifacts: artifacts.ours.sort(),
    leftovers,
    strangers: strange.filter((name) => !left.has(name)).sort(),
  };
}
