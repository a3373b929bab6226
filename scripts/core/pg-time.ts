// PostgreSQL timestamps as exact microseconds: a Date would round them, and a commit 0.4 ms late must not look in time.

/**
 * Microseconds since 1970 of an instant printed in UTC: `2026-11-23 04:00:00.123456+00`, `…T…Z`, or with ` UTC`.
 * @throws RangeError when it is no such text (in particular when its zone is not UTC)
 */
export function microseconds(text: string): bigint {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00(?::?00)?| UTC)$/.exec(text);
  if (!match) throw new RangeError(`not a UTC timestamp: ${text}`);
  const whole = BigInt(Date.parse(`${match[1]}T${match[2]}Z`)) * 1000n;
  return whole + BigInt((match[3] ?? "0").padEnd(6, "0"));
}

export function microsecondsOf(at: Date): bigint {
  return BigInt(at.getTime()) * 1000n;
}
