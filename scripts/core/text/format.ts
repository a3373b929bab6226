// How quantities are written, everywhere: progress, reports, tables. Instants are written by ../instant.

/** Words of the units of time; `ENGLISH` unless a report speaks another language. */
export interface DurationUnits {
  ms: string;
  s: string;
  min: string;
  h: string;
  d: string;
}

const ENGLISH: DurationUnits = { ms: "ms", s: "s", min: "min", h: "h", d: "d" };
const NOTHING = "–";

/**
 * A duration in seconds: `420 ms`, `5.1 s`, `2 min 05 s`, `1 h 03 min`, `3 d 4 h`; exact multiples stay short (`60 min`
 * is `1 h`). Not a number and infinity are `–`.
 */
export function formatSeconds(seconds: number, units: DurationUnits = ENGLISH): string {
  if (!Number.isFinite(seconds)) return NOTHING;
  if (seconds < 0) return `−${formatSeconds(-seconds, units)}`;
  if (seconds === 0) return `0 ${units.s}`;
  if (seconds < 0.9995) return `${Math.max(1, Math.round(seconds * 1000))} ${units.ms}`;
  if (seconds < 59.95) return `${seconds.toFixed(Number.isInteger(seconds) ? 0 : 1)} ${units.s}`;
  const whole = Math.round(seconds);
  if (whole < 3600) return pair(Math.floor(whole / 60), units.min, whole % 60, units.s, 2);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair(Math.floor(minutes / 60), units.h, minutes % 60, units.min, 2);
  const hours = Math.round(seconds / 3600);
  return pair(Math.floor(hours / 24), units.d, hours % 24, units.h, 1);
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string, digits: number): string {
  const head = `${large} ${largeUnit}`;
  return small === 0 ? head : `${head} ${String(small).padStart(digits, "0")} ${smallUnit}`;
}

/** A signed difference of seconds: `+1.2 s`, `−0.4 s`, `±0 s`. */
export function formatDelta(seconds: number, units: DurationUnits = ENGLISH): string {
  if (seconds === 0) return `±0 ${units.s}`;
  return seconds > 0 ? `+${formatSeconds(seconds, units)}` : formatSeconds(seconds, units);
}

/** Bytes in binary units: `812 B`, `3.1 GiB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
}

/** Anything counted, in SI multiples: `812 rows`, `6.5 M rows`. */
export function formatCount(count: number, unit: string): string {
  return scaled(count, 1000, [unit, `k ${unit}`, `M ${unit}`, `G ${unit}`, `T ${unit}`]);
}

/** An amount in its unit; `B` means bytes, `B/s` bytes per second. */
export function formatAmount(amount: number, unit: string): string {
  if (unit === "B/s") return formatRate(amount, "B");
  return unit === "B" ? formatBytes(amount) : formatCount(amount, unit);
}

/** Amount per second: `203 MiB/s`, `6.5 M rows/s`. */
export function formatRate(perSecond: number, unit: string): string {
  return Number.isFinite(perSecond) ? `${formatAmount(perSecond, unit)}/s` : NOTHING;
}

/** A part of a whole as whole per cent; anything under a half is `< 1 %` so that little never reads as nothing. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return NOTHING;
  if (share > 0 && share < 0.005) return "< 1 %";
  return `${Math.round(share * 100)} %`;
}

function scaled(value: number, base: number, units: readonly string[]): string {
  if (!Number.isFinite(value)) return NOTHING;
  let size = value;
  let step = 0;
  // Three digits at most: 999.6 would print as 1000 of this unit, so it is the next one already.
  while (Math.abs(size) >= (base === 1024 ? 1023.5 : 999.5) && step < units.length - 1) {
    size /= base;
    step++;
  }
  const digits = Number.isInteger(size) || Math.abs(size) >= 99.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${units[step]}`;
}
