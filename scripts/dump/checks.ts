// What a dump that was loaded again proves, check by check. Pure.
import type { Check, Finding } from "../core/evidence";
import { inconclusive, judge, pass } from "../core/finding";
import { type LeftOutDatabase, showLeftOut } from "../postgres/databases";
import type { Moment } from "./moment";
import type { Differences, Loaded } from "./rehearse";

export interface Rehearsed {
  differences: Differences;
  roles: string[];
  loaded: Loaded;
  /** From nothing to loaded. */
  seconds: number;
}

/** @param databases how many it holds */
export function momentCheck(
  moment: Pick<Moment, "snapshot" | "at">,
  databases: number,
  leftOut: readonly LeftOutDatabase[],
): Check {
  const unread = leftOut.filter((one) => one.unread);
  const apart = leftOut.length > 0 ? `; not in it: ${leftOut.map(showLeftOut).join(", ")}` : "";
  const detail = `${databases} database(s) under snapshot ${moment.snapshot}, ${moment.at}${apart}`;
  return { name: "dump-one-moment", ...(unread.length > 0 ? inconclusive(detail) : pass(detail)) };
}

export function checksOf({ differences, roles, loaded }: Rehearsed, kept: string): Check[] {
  const { content, unread, structure, sequences, recomputed, tables, rows } = differences;
  const anew = recomputed.length > 0 ? `; computed anew, not compared: ${recomputed.join(", ")}` : "";
  const { refused, unfinished } = loaded;
  const cut = [...unfinished.keys()].map((database) => `${database} (not loaded to its end)`);
  /** Nobody can tell of what was not read, or not loaded to its end. */
  const judged = (problems: readonly string[], clean: string, left: readonly string[] = cut): Finding =>
    problems.length === 0 && left.length > 0
      ? inconclusive(`not compared: ${left.join("; ")}; everything else is equal`)
      : judge(problems, clean);
  const late = [...unfinished].map(([database, why]) => `${database}: ${why}`);
  const loads =
    refused.length === 0 && late.length > 0
      ? inconclusive(late.join("; "))
      : judge([...refused, ...late], "the server took every definition, row, constraint and index");
  return [
    { name: "dump-kept", ...pass(`${kept}, read back and equal by sha256`) },
    { name: "dump-loads", ...loads },
    {
      name: "dump-content",
      ...judged(content, `${tables} tables, ${rows} rows, equal to the source's${anew}`, [...unread, ...cut]),
    },
    {
      name: "dump-structure",
      ...judged(structure, "every object as on the source, with owner and grants"),
    },
    { name: "dump-roles", ...judge(roles, "every role, membership and setting of a role") },
    { name: "dump-sequences", ...judged(sequences, "no sequence is behind") },
  ];
}
