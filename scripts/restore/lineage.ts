// Which timeline recovery follows: the one that the source went along, never blindly the newest of the archive, because any
// copy that was promoted with the live archive_command has left one there.

import type { BackupSet } from "../backup/backup-set";
import type { CheckpointReference } from "../backup/checkpoint";
import { checkpoints } from "../backup/evidence";
import type { BackupTools } from "../backup/port";
import { descends, type Lineage, lineage, showTimeline, switchesOf, timelineOf } from "../backup/timelines";
import type { Switches } from "../backup/wal";
import { OpsError } from "../core/errors";
import type { Core, Operated } from "../core/tools";
import type { EvidenceReader } from "../evidence/port";
import type { PostgresTools } from "../postgres/port";
import { type Goal, resolveGoal, sameCluster } from "./target";

export type LineageTools = EvidenceReader &
  PostgresTools &
  Pick<Operated, "platform"> &
  Pick<BackupTools, "backupRepository" | "walArchive">;

/**
 * A goal on the timeline that the source went along, or on one that the user names; only backups and checkpoints that lie on it
 * are used. A checkpoint that is named is restored on its own.
 * @param to as for `resolveGoal`; default the newest checkpoint, else `latest`
 * @param named `--timeline`
 * @throws OpsError as `resolveGoal`; unknownTarget when no backup leads to the timeline that was named
 */
export async function findGoal(
  context: LineageTools & Pick<Core, "clock">,
  to: string | undefined,
  named?: number,
): Promise<Goal> {
  const known = await checkpoints(context);
  const sets = await context.backupRepository.list();
  const newest = sets.at(-1);
  const usual = (text: string, from = sets, points = known): Goal =>
    resolveGoal(text, from, points, context.clock.now());
  if (!newest) return usual(to ?? "latest");
  const switches = await switchesOf(context, newest.archiveId);
  const follow =
    named === undefined
      ? await sourceLineage(context, newest, switches, known, sets)
      : namedLineage(named, sets, newest, switches);
  const onIt = (set: BackupSet): boolean =>
    set.archiveId !== newest.archiveId || descends(follow.timeline, stopOf(set), switches);
  const points = known.filter((point) => liesOn(point, [{ set: newest, follow, switches }]));
  const target = to ?? (named === undefined ? known : points).at(-1)?.name ?? "latest";
  const point = known.find(({ name }) => name === target);
  if (point && named === undefined) return usual(target);
  if (point && !points.includes(point))
    throw new OpsError("unknownTarget", `checkpoint ${target} does not lie on timeline ${named}`, {
      expected: `a checkpoint on ${showTimeline(follow.timeline, switches)}`,
      todo: `leave out --timeline: a checkpoint is restored on its own, which is ${point.timeline}`,
    });
  return { ...usual(target, sets.filter(onIt), points), follow };
}

/** The timeline that recovery follows in one archive, told by one of its backups. */
export interface FollowedArchive {
  set: BackupSet;
  follow: Lineage;
  switches: Switches;
}

/** Recovery passes the checkpoint where it follows these timelines. Of archives of other clusters a checkpoint says nothing. */
export function liesOn(point: CheckpointReference, archives: readonly FollowedArchive[]): boolean {
  const own = archives.filter(({ set }) => sameCluster(point, set));
  return own.length === 0 || own.some(({ follow, switches }) => descends(follow.timeline, point, switches));
}

/** For a goal that was chosen without one. */
export async function lineageFor(
  context: LineageTools,
  set: BackupSet,
  switches: Switches,
): Promise<Lineage> {
  const sets = await context.backupRepository.list();
  return sourceLineage(context, set, switches, await checkpoints(context), sets);
}

/** What the source itself says or, where it cannot be asked, what was last seen of it. */
async function sourceLineage(
  context: LineageTools,
  set: BackupSet,
  switches: Switches,
  known: readonly CheckpointReference[],
  sets: readonly BackupSet[],
): Promise<Lineage> {
  const there = await askSource(context, set);
  const has = (timeline: number): boolean =>
    timeline === 1 || switches.has(timeline) || isBackedUp(timeline, sets);
  if (there !== undefined && has(there.timeline))
    return lineage({ seen: there, because: "the source's own", now: true }, switches);
  // Evidence is in the order in which it was written; backups are by time. The later of the two is nearer to the truth.
  const point = known.findLast((candidate) => sameCluster(candidate, set));
  const newest = sets.findLast(({ archiveId }) => archiveId === set.archiveId) ?? set;
  const seen =
    point && Date.parse(point.at) >= newest.started.getTime()
      ? { seen: point, because: `that of checkpoint ${point.name}, the last seen of the source` }
      : { seen: stopOf(newest), because: `that of backup ${newest.label}, the last seen of the source` };
  const unarchived =
    there === undefined ? "" : ` (it is on timeline ${there.timeline}, whose history is not archived)`;
  return lineage({ seen: seen.seen, because: seen.because + unarchived, now: false }, switches);
}

/** @throws OpsError unknownTarget */
function namedLineage(
  timeline: number,
  sets: readonly BackupSet[],
  newest: BackupSet,
  switches: Switches,
): Lineage {
  const same = sets.filter((set) => set.archiveId === newest.archiveId);
  const from = same.findLast((set) => descends(timeline, stopOf(set), switches));
  if (from)
    return {
      ...lineage({ seen: { timeline, lsn: from.stopLsn }, because: "as asked", now: true }, switches),
    };
  const all = [...new Set([...same.map((set) => timelineOf(set.stopSegment)), ...switches.keys()])];
  const reachable = all
    .filter((candidate) => same.some((set) => descends(candidate, stopOf(set), switches)))
    .sort((a, b) => a - b);
  throw new OpsError(
    "unknownTarget",
    all.includes(timeline)
      ? `no backup leads to ${showTimeline(timeline, switches)}: they are all of other timelines, or later`
      : `archive ${newest.archiveId} knows no timeline ${timeline}`,
    {
      expected: reachable.map((candidate) => showTimeline(candidate, switches)).join("; "),
      todo: "name one of these, or leave out --timeline to follow the source",
    },
  );
}

function isBackedUp(timeline: number, sets: readonly BackupSet[]): boolean {
  return sets.some((set) => timelineOf(set.stopSegment) === timeline);
}

function stopOf(set: BackupSet): { timeline: number; lsn: string } {
  return { timeline: timelineOf(set.stopSegment), lsn: set.stopLsn };
}

/** Undefined where it cannot be reached, or is another cluster than the backups are of. */
async function askSource(
  { servers, platform }: LineageTools,
  set: BackupSet,
): Promise<{ timeline: number; lsn: string } | undefined> {
  const source = servers.source(platform);
  const rows = await source
    .query<{ timeline: number; lsn: string; system: string }>(
      source.maintenance,
      // A standby is on the timeline of its primary; a primary that was promoted knows before its next checkpoint.
      `select system_identifier::text as system,
              case when pg_is_in_recovery() then timeline_id
                   else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
              case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as lsn
         from pg_control_system(), pg_control_checkpoint()`,
    )
    .catch(() => []);
  const [row] = rows;
  if (!row || (set.systemIdentifier !== undefined && row.system !== set.systemIdentifier)) return undefined;
  return { timeline: row.timeline, lsn: row.lsn };
}
