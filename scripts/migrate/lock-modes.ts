// PostgreSQL's table-level lock modes and whom they hold up. Pure data.
// Source: PostgreSQL documentation, "13.3.1. Table-Level Locks", table 13.2 (the same from version 9.3 to 18).

/** From weakest to strongest. */
export const LOCK_MODES = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;
export type LockMode = (typeof LOCK_MODES)[number];

export type Blocks = "reads and writes" | "writes" | "other changes of the schema" | "nobody";

const strength = (mode: LockMode): number => LOCK_MODES.indexOf(mode);

/** Whom of an application's statements the mode holds up: reads take ACCESS SHARE, writes ROW EXCLUSIVE. */
export function blocks(mode: LockMode): Blocks {
  if (mode === "ACCESS EXCLUSIVE") return "reads and writes";
  if (strength(mode) >= strength("SHARE")) return "writes";
  return mode === "SHARE UPDATE EXCLUSIVE" ? "other changes of the schema" : "nobody";
}

export function blocksWrites(mode: LockMode): boolean {
  return strength(mode) >= strength("SHARE");
}

export function stronger(a: LockMode, b: LockMode): LockMode {
  return strength(a) >= strength(b) ? a : b;
}

/** `AccessExclusiveLock`, as pg_locks prints it; undefined for what is no table lock. */
export function modeOf(pgLocks: string): LockMode | undefined {
  const words = pgLocks
    .replace(/Lock$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toUpperCase();
  return LOCK_MODES.find((mode) => mode === words);
}
