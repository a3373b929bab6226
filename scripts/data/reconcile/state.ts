// What is open between statements and the database, by evidence: what was missing, and what was decided of it. Pure.
import * as v from "valibot";
import { type Facts, factsIn, INSTANT } from "../../evidence/facts";
import type { LedgerEntry } from "../../evidence/port";

/** Items of a statement that the database did not know. */
export const MISSING_FACTS = v.object({
  missing: v.object({
    since: INSTANT,
    items: v.array(v.object({ id: v.string(), provider: v.string(), at: INSTANT })),
  }),
});
export type Missing = Facts<typeof MISSING_FACTS>["missing"];

/** What a person decided. */
export const RESOLVED_FACTS = v.object({
  resolved: v.object({
    since: INSTANT,
    items: v.array(v.object({ id: v.string(), as: v.picklist(["replayed", "waived"]), reason: v.string() })),
  }),
});
export type Resolved = Facts<typeof RESOLVED_FACTS>["resolved"];

export type Entry = Missing["items"][number] & { as: "open" | "replayed" | "waived" };

/** Everything that was ever missing since a restore point, as it was last decided. */
export function remembered(
  entries: readonly LedgerEntry[],
  platform: string,
  since: string,
): Map<string, Entry> {
  const known = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.predicate.job !== "data" || entry.predicate.platform !== platform) continue;
    const missing = factsIn(entry, MISSING_FACTS)?.missing;
    if (missing?.since === since)
      for (const item of missing.items) if (!known.has(item.id)) known.set(item.id, { ...item, as: "open" });
    const resolved = factsIn(entry, RESOLVED_FACTS)?.resolved;
    if (resolved?.since === since)
      for (const { id, as } of resolved.items) {
        const item = known.get(id);
        if (item) known.set(id, { ...item, as });
      }
  }
  return known;
}

export interface Now {
  id: string;
  provider: string;
  at: Date;
  there: boolean;
}

/**
 * What is still to be done: missing now and not waived; or missing before, not decided, and not to be seen now. What is in the
 * database is settled, whoever put it there; what is said to be replayed and is not there, is not.
 */
export function openOf(known: ReadonlyMap<string, Entry>, now: readonly Now[]): Entry[] {
  const open = new Map<string, Entry>();
  const seen = new Set(now.map(({ id }) => id));
  for (const { id, provider, at, there } of now) {
    const before = known.get(id);
    if (there || before?.as === "waived") continue;
    open.set(id, { id, provider, at: at.toISOString(), as: before?.as ?? "open" });
  }
  for (const item of known.values()) if (item.as === "open" && !seen.has(item.id)) open.set(item.id, item);
  return [...open.values()].sort((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id));
}
