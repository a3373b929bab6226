// The last committed heartbeat as one line outside the database. Of fixed length, because it is overwritten in place.

/** `at` in UTC with microseconds. */
export function formatHeartbeat(beat: { n: string; at: string }): string {
  return `${beat.at} ${beat.n.padStart(19, "0")}\n`;
}

/** Undefined when the text is no heartbeat. Truncated to milliseconds. */
export function parseHeartbeat(text: string): Date | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d{3}Z \d{19}\n$/.exec(text);
  return match ? new Date(`${match[1]}Z`) : undefined;
}
