// How WAL's times are written.

/** `2026-12-01 11:55:31.493632 UTC` → `2026-12-01T11:55:31.493632Z` */
export function isoOf(at: string): string {
  return at.replace(" UTC", "Z").replace(" ", "T");
}
