// The check that asks a promoted copy which timeline it came along, and names the others of the archive.

import { lineage, showTimeline } from "../../backup/timelines";
import { parseHistory, type Switches } from "../../backup/wal";
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
    const text = `timeline ${wanted}, ${follow.because}${notFollowed(follow.others, switches)}`;
    if (follow.doubtful.length === 0) return pass(text);
    const doubt = follow.doubtful.map((one) => showTimeline(one, switches)).join("; ");
    return inconclusive(
      `${text}. The source cannot be asked whether it took one of these since: ${doubt}. Say so with --timeline`,
    );
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

function notFollowed(others: readonly number[], switches: Switches): string {
  if (others.length === 0) return "";
  return `; not the source's, and not followed: ${others.map((one) => showTimeline(one, switches)).join("; ")}`;
}
