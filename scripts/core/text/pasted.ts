// Names in text that people paste into a shell or into psql, or pipe there: no name becomes a command. Pure.

/** One word of a shell, whatever it holds. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Whether a name holds what ends a line or moves a terminal's cursor: psql takes what follows a line's end for a command of its own. */
export function holdsControls(name: string): boolean {
  return /[\p{Cc}\u2028\u2029]/u.test(name);
}

/**
 * psql's command to go to a database, as pg_dumpall writes it: a plain word would be a connection string where the name looks like one.
 * @throws RangeError for a name with a line break, which psql cannot be told
 */
export function connectCommand(database: string): string {
  if (holdsControls(database)) throw new RangeError("psql cannot be told a name with a line break");
  const value = database.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return /^[A-Za-z0-9_.]+$/.test(database)
    ? `\\connect ${database}`
    : `\\connect -reuse-previous=on "${`dbname='${value}'`.replaceAll('"', '""')}"`;
}
