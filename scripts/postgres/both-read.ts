// What of two states can be compared at all: a table that one side could not read says nothing, neither equal nor different.
import type { DatabaseState } from "./database-state";
import { qualified, type TableFingerprint } from "./fingerprint";

export interface BothRead {
  want: TableFingerprint[];
  have: TableFingerprint[];
  /** One sentence for each table that was not read on either side, and why. */
  unread: string[];
}

export function bothRead(want: DatabaseState, have: DatabaseState): BothRead {
  const left = [...want.excluded, ...have.excluded].filter(({ unread }) => unread);
  const names = new Set(left.map(qualified));
  const read = ({ tables }: DatabaseState): TableFingerprint[] =>
    tables.filter((table) => !names.has(qualified(table)));
  const unread = new Set(left.map((table) => `${qualified(table)} (${table.why})`));
  return { want: read(want), have: read(have), unread: [...unread] };
}
