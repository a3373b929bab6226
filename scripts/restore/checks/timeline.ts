// The check that asks a promoted copy which timeline it came along, and names the others of the archive.

import { doubtOf, lineage, notFollowed, showLineage, showTimeline } from "../../backup/timelines";
import { parseHistory } from "../../backup/wal";
import { fail, inconclusive, pass } from "../../core/finding";
import { timelineTo } from "../recovery";
import type { AtTarget, RestoreCheck } from "../test-state";

/**
 * Each timeline that is not followed was written by a copy that was promoted with the live archive_command, or by the source
 * before it was put back.
 */
export const timeline: RestoreCheck<"at-target"> = {
  name: "timeline",
  stage: "at-target",
  async look(state) {
    const { goal, checkpoint, follow, switches } = state;
    const wanted = timelineTo(goal.target, state);
    const came = await cameAlong(state);
    if (came !== wanted)
      return fail(
        `the copy came along timeline ${came ?? "unknown"}; expected ${showTimeline(wanted, switches)}`,
      );
    if (goal.target.kind === "restore-point" && checkpoint) {
      const { others } = lineage({ seen: checkpoint, because: "", now: true }, switches);
      return pass(`timeline ${wanted}, the checkpoint's own${notFollowed(others, switches)}`);
    }
    const text = showLineage(follow, switches);
    const doubt = doubtOf(follow, switches);
    return doubt === undefined ? pass(text) : inconclusive(`${text}. ${doubt}. Say so with --timeline`);
  },
};

/** A promotion begins a timeline, and its history file ends with the one that was left. */
async function cameAlong({ server: { database } }: AtTarget): Promise<number | undefined> {
  const [row] = await database.query<{ history: string | null }>(
    database.maintenance,
    "select pg_read_file('pg_wal/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '.history', 0, 100000, true) as history",
  );
  return parseHistory(row?.history ?? "")?.parent;
}
