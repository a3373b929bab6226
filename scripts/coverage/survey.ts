// Gathers what coverage is computed from: backups, our own listing of WAL, timeline histories, evidence; and reads commit
// times at the few places where a run of WAL ends, because a listing does not hold them. Decides nothing.

import { loadCheckpoint } from "../backup/backup";
import type { BackupSet } from "../backup/backup-set";
import type { CheckpointReference } from "../backup/checkpoint";
import { type BackupFacts, backupEvidence, checkpoints } from "../backup/evidence";
import type { WalArchive } from "../backup/port";
import { switchesOf } from "../backup/timelines";
import { WAL_SEGMENT_BYTES } from "../backup/wal";
import { OpsError } from "../core/errors";
import type { Core } from "../core/tools";
import { type FollowedArchive, type LineageTools, liesOn, lineageFor } from "../restore/lineage";
import {
  type Break,
  type Coverage,
  type CoverageFacts,
  cover,
  type Reach,
  runsInUse,
  untilByStorage,
} from "./coverage";
import { type Run, route, type Switch, type TimelinePath } from "./timeline-path";

export type CoverageContext = LineageTools & Pick<Core, "clock">;

/** Segments without any commit that are stepped over, from the end of a run backwards. */
const LOOK_BACK = 16;

export interface Surveyed {
  coverage: Coverage;
  facts: CoverageFacts;
  /** The timeline that recovery follows, and so does coverage, for each archive. */
  archives: FollowedArchive[];
  /** Checkpoints that recovery passes on the way. */
  points: CheckpointReference[];
  /** Why ends of runs were taken from the time of storage instead of from commits; undefined = all were read. */
  unread: string | undefined;
}

/** @throws OpsError unavailable */
export async function survey(context: CoverageContext): Promise<Surveyed> {
  const sets = await context.backupRepository.list();
  const evidence = (await backupEvidence(context)).filter(({ facts }) => concerns(facts, sets));
  const reference = evidence.map(({ facts }) => facts.checkpoint).findLast((found) => found !== null);
  const segmentBytes = reference
    ? (await loadCheckpoint(context, reference)).segmentBytes
    : WAL_SEGMENT_BYTES;
  const archives = await followedArchives(context, sets);
  const routes = await Promise.all(
    archives.map(async ({ set: { archiveId: id }, follow, switches }) => {
      const segments = await context.walArchive.segments(id);
      return route({ id, segments, switches, segmentBytes }, follow.timeline);
    }),
  );
  const [oldest] = evidence;
  const known = {
    now: context.clock.now(),
    days: context.platform.restoreWindow.days,
    sets,
    suspects: new Map(
      evidence
        .filter(({ facts }) => facts.warnings.length > 0)
        .map(({ facts }) => [facts.label, facts.warnings.join("; ")]),
    ),
    oldestKnown: oldest && {
      label: oldest.facts.label,
      at: new Date(oldest.entry.predicate.finished),
    },
    routes,
  };
  const reader = new Reader(
    context,
    sets,
    segmentBytes,
    new Set(routes.flatMap(({ archive }) => archive.segments.map(({ name }) => name))),
  );
  const reaches: Reach[] = [];
  for (const run of runsInUse(known)) reaches.push({ run, until: await reader.endOf(run) });
  const breaks: Break[] = [];
  for (const where of routes)
    for (const change of where.switches) breaks.push(await reader.breakAt(change, where));
  const facts = { ...known, reaches, breaks };
  const points = (await checkpoints(context)).filter((point) => liesOn(point, archives));
  return { coverage: cover(facts), facts, archives, points, unread: reader.refused };
}

/** Each archive by its newest backup. */
function followedArchives(context: CoverageContext, sets: readonly BackupSet[]): Promise<FollowedArchive[]> {
  const newest = new Map(sets.map((set) => [set.archiveId, set]));
  return Promise.all(
    [...newest.values()].map(async (set) => {
      const switches = await switchesOf(context, set.archiveId);
      return { set, switches, follow: await lineageFor(context, set, switches) };
    }),
  );
}

/** Evidence of a cluster that was made anew since says nothing about this repository. */
function concerns({ label, checkpoint }: BackupFacts, sets: readonly BackupSet[]): boolean {
  if (sets.some((set) => set.label === label)) return true;
  const identifier = checkpoint?.systemIdentifier;
  return identifier !== undefined && sets.some((set) => set.systemIdentifier === identifier);
}

/** Reads commit times. A segment that cannot be read counts as one without commits; when none can, storage has to do. */
class Reader {
  refused: string | undefined;

  constructor(
    private readonly context: CoverageContext,
    private readonly sets: readonly BackupSet[],
    private readonly segmentBytes: number,
    private readonly stored: ReadonlySet<string>,
  ) {}

  async endOf(run: Run): Promise<Date | undefined> {
    const tail = run.segments.slice(-LOOK_BACK).reverse();
    const found = await this.firstOf(tail.map(({ name }) => [run.archiveId, name]));
    if (found || this.refused === undefined) return found?.last;
    return untilByStorage(run, this.sets, this.segmentBytes);
  }

  async breakAt(change: Switch, { archive, runs }: TimelinePath): Promise<Break> {
    const { archiveId, segment, before, lsn } = change;
    const child = runs
      .flatMap((run) => run.segments)
      .filter(({ name }) => name > segment && name.slice(0, 8) === segment.slice(0, 8))
      .slice(0, LOOK_BACK);
    const shared = await this.firstOf([
      [archiveId, segment, { before: lsn }],
      [archiveId, before],
    ]);
    const own = await this.firstOf([
      [archiveId, segment, { from: lsn }],
      ...child.map(({ name }): Question => [archiveId, name]),
    ]);
    const stored = (name: string): Date | undefined =>
      this.refused === undefined
        ? undefined
        : archive.segments.find((candidate) => candidate.name === name)?.archivedAt;
    return { change, from: shared?.last ?? stored(before), to: own?.first ?? stored(segment) };
  }

  /** The first answer to any of the questions. */
  private async firstOf(questions: readonly Question[]): ReturnType<WalArchive["commits"]> {
    if (this.refused !== undefined) return undefined;
    const errors: string[] = [];
    const asked = questions.filter(([, name]) => this.stored.has(name));
    for (const question of asked) {
      try {
        const found = await this.context.walArchive.commits(...question);
        if (found) return found;
      } catch (error) {
        if (!(error instanceof OpsError)) throw error;
        errors.push(error.message);
      }
    }
    if (errors.length > 0 && errors.length === asked.length) this.refused = errors[0];
    return undefined;
  }
}

type Question = Parameters<WalArchive["commits"]>;
