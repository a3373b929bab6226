// Why something of a copy cannot be read: because it is damaged, or because this machine lacks what reading it needs.
import { OpsError } from "../core/errors";
import type { Finding } from "../core/evidence";
import { fail, inconclusive } from "../core/finding";

/** `could not access file "$libdir/vendor": No such file or directory`, and what the loader of shared libraries says. */
const LIBRARY = /could not (?:access file|load library) "([^"]+)"/;

/** The library that PostgreSQL did not find, by its message; undefined when it complains of something else. */
export function missingLibrary(message: string): string | undefined {
  return LIBRARY.exec(message)?.[1];
}

/** A library that is not here is no damage: the data may be whole, and nobody on this machine can tell. */
export function lacksLibrary(library: string): Finding {
  return inconclusive(
    `the shared library ${library}, which a function of the database needs, is not on this machine: install it here as it is on the source, and verify again`,
  );
}

/** @returns undefined for what is no finding: a lost connection, an interruption, a bug */
export function unreadable(error: unknown): Finding | undefined {
  const text = error instanceof Error ? error.message : "";
  const library = missingLibrary(text);
  if (library !== undefined) return lacksLibrary(library);
  // What a server says of damage, and of what it lacks, has become one of these where its session was opened.
  if (!(error instanceof OpsError)) return undefined;
  if (error.exit === "fail") return fail(text);
  const lacks = error.exit === "missing" || error.exit === "inconclusive";
  return lacks ? inconclusive([text, error.todo].filter(Boolean).join("; ")) : undefined;
}
