// What is to be done to one row so that a transaction's change of it is taken back, and everybody else's stays. Pure.
import { type ChangedRow, differences, equalImages, type Image, kindOf } from "../images/change";

/** What is done with a row that somebody changed since in the very columns that the transaction changed. */
export const POLICIES = ["stop", "keep-newer", "take-older"] as const;
export type Policy = (typeof POLICIES)[number];

export type Conflict =
  /** Somebody changed the same columns since. */
  | "changed"
  /** Somebody deleted it since. */
  | "gone"
  /** The transaction deleted it, and somebody made another with its key since. */
  | "returned";

export type Deed =
  | { do: "insert"; image: Image }
  | { do: "delete" }
  /** @param columns positions that get what they were before */
  | { do: "update"; columns: readonly number[]; image: Image }
  | { do: "nothing" };

export interface Decision {
  deed: Deed;
  conflict?: Conflict;
  /** Somebody changed other columns of it since: they stay as they are. */
  merged?: true;
}

const NOTHING: Deed = { do: "nothing" };

/** @param present the row as it is now, found by the key that it had afterwards or, where it was deleted, before; null = there is none */
export function decide(row: ChangedRow, present: Image | null, policy: Policy): Decision {
  const { before, after } = row;
  const put = (deed: Deed, conflict: Conflict): Decision => ({
    deed: policy === "take-older" ? deed : NOTHING,
    conflict,
  });
  switch (kindOf(row)) {
    case undefined:
      return { deed: NOTHING };
    case "inserted":
      if (present === null) return { deed: NOTHING };
      return equalImages(present, after!) ? { deed: { do: "delete" } } : put({ do: "delete" }, "changed");
    case "deleted":
      if (present === null) return { deed: { do: "insert", image: before! } };
      if (equalImages(present, before!)) return { deed: NOTHING };
      return put(updateTo(before!, present), "returned");
    case "updated":
      return updated(before!, after!, present, put);
  }
}

function updated(
  before: Image,
  after: Image,
  present: Image | null,
  put: (deed: Deed, conflict: Conflict) => Decision,
): Decision {
  if (present === null) return put({ do: "insert", image: before }, "gone");
  if (equalImages(present, before)) return { deed: NOTHING };
  const back = differences(before, after).filter((index) => present[index] !== before[index]);
  const deed: Deed = back.length === 0 ? NOTHING : { do: "update", columns: back, image: before };
  if (back.some((index) => present[index] !== after[index])) return put(deed, "changed");
  return equalImages(present, after) ? { deed } : { deed, merged: true };
}

function updateTo(image: Image, present: Image): Deed {
  const columns = differences(image, present);
  return columns.length === 0 ? NOTHING : { do: "update", columns, image };
}
