// Lists what lies in a ledger's directory, and what should not. Reads names and kinds, no content.
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { entryFile, isDate, isDigest, type LedgerFiles } from "./layout";

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

async function scanDay(directory: string, date: string): Promise<{ day: Day; strangers: string[] }> {
  const items = (await read(path.join(directory, date))).filter(
    (item) => item.name !== "root.json" || !item.isFile(),
  );
  const { ours, others } = sort(items, (item) => {
    const index = Number.parseInt(item.name, 10);
    return item.isFile() && index > 0 && `${date}/${item.name}` === entryFile(date, index)
      ? index
      : undefined;
  });
  const entries = ours.sort((a, b) => a - b);
  return { day: { date, entries }, strangers: others.map((name) => `${date}/${name}`) };
}

export async function scan(files: LedgerFiles): Promise<Listing> {
  const isArtifacts = (item: Dirent): boolean => item.name === "artifacts" && item.isDirectory();
  const all = await read(files.directory);
  const top = all.filter((item) => !isArtifacts(item));
  const { ours: dates, others } = sort(top, (item) =>
    item.isDirectory() && isDate(item.name) ? item.name : undefined,
  );
  const scanned = await Promise.all(dates.sort().map((date) => scanDay(files.directory, date)));
  const artifacts = sort(all.some(isArtifacts) ? await read(files.artifacts) : [], (item) =>
    item.isFile() && isDigest(item.name) ? item.name : undefined,
  );
  return {
    days: scanned.map(({ day }) => day),
    artifacts: artifacts.ours.sort(),
    strangers: [
      ...others,
      ...scanned.flatMap(({ strangers }) => strangers),
      ...artifacts.others.map((name) => `artifacts/${name}`),
    ].sort(),
  };
}
