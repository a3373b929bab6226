// What a rehearsal measured, whether one still speaks for the migrations that are pending, and what that allows now.
import { DateTime } from "luxon";
import * as v from "valibot";
import type { MigrationPolicy } from "../../policies/service/service";
import { ageText } from "../core/instant";
import { type Facts, SHA256 } from "../evidence/facts";
import { blocksWrites, LOCK_MODES } from "./lock-modes";
import type { Migration } from "./migration";

/** A rehearsal older than this speaks of data that is no longer there, hours. */
export const REHEARSAL_HOURS = 24;

const HELD_LOCK = v.object({
  relation: v.string(),
  mode: v.picklist(LOCK_MODES),
  /** From the start of the statement that took it to the end of its transaction: at most so long. */
  seconds: v.number(),
});
export type HeldLock = Facts<typeof HELD_LOCK>;

const PASS = v.object({
  seconds: v.number(),
  /** Strongest first, then longest. */
  locks: v.array(HELD_LOCK),
  /** Under load: the longest that a probe which writes or reads a locked table waited. Quiet: null. */
  blockedWriteSeconds: v.nullable(v.number()),
  blockedReadSeconds: v.nullable(v.number()),
  /** Longest statement of the workload; null without one. */
  longestQuerySeconds: v.nullable(v.number()),
  walBytes: v.number(),
  /** Most that the database grew meanwhile, over what it had. */
  diskBytes: v.number(),
});
/** One migration run once in one direction on the copy. */
export type Pass = Facts<typeof PASS>;

/** A migration as it was: a file that is edited has another digest. */
export const NAMED_MIGRATION = v.object({ name: v.string(), sha256: SHA256 });

const REHEARSED_MIGRATION = v.object({
  ...NAMED_MIGRATION.entries,
  /** Without other work: what WAL and disk it takes. */
  up: PASS,
  /** Null where a forward fix is declared. */
  down: v.nullable(PASS),
  /** Under load, after it had been reverted. */
  again: v.nullable(PASS),
  downAgain: v.nullable(PASS),
});
export type RehearsedMigration = Facts<typeof REHEARSED_MIGRATION>;

/** What `migrate rehearse` leaves in its facts. */
export const REHEARSAL_FACTS = v.object({
  action: v.literal("rehearse"),
  /** Backup that the copy was restored from. */
  backup: v.string(),
  /** In order. */
  pending: v.array(NAMED_MIGRATION),
  migrations: v.array(REHEARSED_MIGRATION),
  /** What worked on the copy meanwhile. */
  workload: v.string(),
});
export type RehearsalFacts = Facts<typeof REHEARSAL_FACTS>;

export interface KnownRehearsal {
  facts: RehearsalFacts;
  finished: Date;
  passed: boolean;
  /** Entry of the ledger. */
  index: number;
}

export type Fitness = { ok: true; rehearsal: KnownRehearsal; detail: string } | { ok: false; reason: string };

type Named = Pick<Migration, "name" | "sha256">;

const same = (a: Named, b: Named): boolean => a.name === b.name && a.sha256 === b.sha256;

/**
 * Does a rehearsal speak for exactly these pending migrations? Of a set that was begun since, the rest does, as long as what is
 * applied of it is what was rehearsed.
 * @param known oldest first
 */
export function fitting(
  pending: readonly Named[],
  applied: readonly Named[],
  known: readonly KnownRehearsal[],
  now: Date,
): Fitness {
  const newest = known.at(-1);
  if (!newest) return { ok: false, reason: "nothing was ever rehearsed" };
  const set = newest.facts.pending;
  const rest = set.slice(set.length - pending.length);
  const begun = set.slice(0, set.length - pending.length);
  const exact = rest.length === pending.length && rest.every((one, index) => same(one, pending[index]!));
  if (!exact || !begun.every((one) => applied.some((other) => same(one, other))))
    return {
      ok: false,
      reason: `the last rehearsal (entry ${newest.index}) was of other files: ${differences(pending, set)}`,
    };
  if (!newest.passed) return { ok: false, reason: `the last rehearsal (entry ${newest.index}) did not pass` };
  const age = (now.getTime() - newest.finished.getTime()) / 1000;
  if (age > REHEARSAL_HOURS * 3600 || age < 0)
    return { ok: false, reason: `the last rehearsal (entry ${newest.index}) is ${ageText(age)} old` };
  const detail = `rehearsed ${ageText(age)} ago on ${newest.facts.backup} (entry ${newest.index})`;
  return { ok: true, rehearsal: newest, detail };
}

function differences(pending: readonly Named[], rehearsed: readonly Named[]): string {
  const lines = pending.map((one) => {
    const other = rehearsed.find(({ name }) => name === one.name);
    if (!other) return `${one.name} was not in it`;
    return other.sha256 === one.sha256 ? "" : `${one.name} was changed since`;
  });
  const gone = rehearsed.filter(({ name }) => !pending.some((one) => one.name === name));
  const all = [...lines, ...gone.map(({ name }) => `${name} is not pending now`)].filter(
    (line) => line !== "",
  );
  return all.join(", ") || "their order differs";
}

/** Longest that the migration kept a lock that holds up writers on each table, over all passes. */
export function blockingLocks(rehearsed: RehearsedMigration): HeldLock[] {
  const longest = new Map<string, HeldLock>();
  for (const pass of [rehearsed.up, rehearsed.again])
    for (const lock of pass?.locks ?? []) {
      const known = longest.get(lock.relation);
      if (blocksWrites(lock.mode) && (known?.seconds ?? -1) < lock.seconds) longest.set(lock.relation, lock);
    }
  return [...longest.values()];
}

/**
 * Why nothing may be applied now: in business hours, a lock that holds up writers of a big table may be held no longer than
 * the platform allows, by the rehearsal's measure. Undefined = it may.
 * @param sizes bytes of tables, by name; a table that is not there is new
 */
export function outsideHours(
  pending: readonly Named[],
  rehearsal: RehearsalFacts,
  sizes: Readonly<Record<string, number>>,
  policy: Pick<MigrationPolicy, "businessHours" | "bigTableMegabytes" | "longestLockMilliseconds">,
  timeZone: string,
  now: Date,
): string | undefined {
  const local = DateTime.fromJSDate(now, { zone: timeZone }).toFormat("HH:mm");
  const { from, to } = policy.businessHours;
  if (local < from || local >= to) return undefined;
  const tooLong = rehearsal.migrations
    .filter((one) => pending.some((other) => same(one, other)))
    .flatMap((one) => blockingLocks(one).map((lock) => ({ name: one.name, ...lock })))
    .filter(({ relation }) => (sizes[relation] ?? 0) >= policy.bigTableMegabytes * 1e6)
    .filter(({ seconds }) => seconds * 1000 > policy.longestLockMilliseconds);
  if (tooLong.length === 0) return undefined;
  const what = tooLong.map(
    ({ name, relation, mode, seconds }) =>
      `${name} held ${mode} on ${relation} (${Math.round((sizes[relation] ?? 0) / 1e6)} MB) for ${seconds.toFixed(2)} s`,
  );
  return `it is ${local} in ${timeZone}, business hours are ${from} to ${to}, and in the rehearsal ${what.join("; ")}`;
}
