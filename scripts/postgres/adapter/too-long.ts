// What is said when a program or statement on a copy was ended because its time was up.
import { OpsError } from "../../core/errors";

/** Nothing is known of what it was about; everything else can still be looked at. */
export function tookTooLong(what: string, seconds: number): OpsError {
  return new OpsError(
    "inconclusive",
    `${what} did not end within ${seconds} s: code of the database (of an index, a CHECK, a view) may wait`,
    {
      expected: "an end within the time limit of the job",
      todo: "look at the functions that it calls; where there is just much to do, give more time with --timeout",
    },
  );
}
