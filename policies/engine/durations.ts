// Lengths of time in milliseconds, as instants are counted. China keeps no summer time: a day there is always one.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
