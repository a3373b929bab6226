// The command by which recovery takes WAL out of a directory.

/**
 * PostgreSQL replaces `%f`, `%p`, `%r` and `%%`, then hands the text to a shell: the directory is quoted for both, whatever
 * its name holds. A file that is not there ends in exit 1, which means "no such WAL" and nothing worse.
 */
export function restoreCommand(directory: string): string {
  const quoted = directory.replaceAll("'", "'\\''").replaceAll("%", "%%");
  return `cp -- '${quoted}/%f' "%p"`;
}
