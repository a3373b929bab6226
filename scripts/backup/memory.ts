// Whose memory counts. What evidence remembers of backups, repositories and restores belongs to the cluster it was seen in, told by its
// system identifier, and never to a platform's name: behind one name the cluster may be made anew, and a platform may be renamed.
//
// The anchor is the running source, never the repository: a repository that is exchanged for another cluster's, or for another one of the
// same cluster, must answer for all that was remembered of the source's. Only where the source does not answer, the last backup on
// record says which cluster is meant. Clusters that the anchor's own repository names beside it are the anchor's past (pg_upgrade).
// Evidence from before the identifier was recorded belongs to the cluster of the last backup before it; where there is none, to all;
// and where the cluster had changed by then, to none, because what it remembers of both is mixed.
//
// Evidence under another name counts where it names the anchor's cluster, unless the backups recorded under that name lie in another
// repository. Where this platform remembers nothing of its own, what another name may remember of it is said.
import * as v from "valibot";
import { once } from "../core/lazy";
import type { Progress } from "../core/progress";
import type { Core, Operated } from "../core/tools";
import { type Facts, factsIn } from "../evidence/facts";
import type { EvidenceReader, LedgerEntry } from "../evidence/port";
import type { PostgresTools } from "../postgres/port";
import { systemIdentifierOf } from "../postgres/system-identifier";
import type { BackupSet } from "./backup-set";
import { CHECKPOINT_REFERENCE } from "./checkpoint";
import type { BackupTools } from "./port";

/** Left, beside its own facts, by whatever saw a cluster: its system identifier, decimal. Absent in evidence of earlier versions. */
export const CLUSTER_FACTS = v.object({ cluster: v.string() });
/** Nothing where the repository does not say whose backups it holds. */
export type ClusterFacts = Partial<Facts<typeof CLUSTER_FACTS>>;

export const clusterFacts = (cluster: string | undefined): ClusterFacts =>
  cluster === undefined ? {} : { cluster };

/** A backup and a checkpoint say it of themselves. */
const OWN_CHECKPOINT = v.object({ checkpoint: v.nullable(CHECKPOINT_REFERENCE) });
const BACKUP_JOB = "backup";
const CHECKPOINTING: readonly string[] = [BACKUP_JOB, "checkpoint"];
const LABEL = v.object({ label: v.string() });

/** The source and the repository are asked where they are given. */
export type MemoryReader = EvidenceReader &
  Partial<
    PostgresTools &
      Pick<Core, "progress"> & { backupRepository: Pick<BackupTools["backupRepository"], "list"> }
  >;

export interface Memory {
  /** Evidence that counts, oldest first. */
  entries: LedgerEntry[];
  /** That, and this platform's of other clusters. */
  all: readonly Remembered[];
  /** The cluster that is meant; undefined when nobody says it. */
  cluster: string | undefined;
  /** What is of other clusters, or under another name: neither used nor forgotten. One line; undefined when there is nothing. */
  strange: string | undefined;
}

export interface Remembered {
  entry: LedgerEntry;
  /** Undefined where neither it nor anything before it names one. */
  cluster: string | undefined;
  counts: boolean;
}

/** Evidence of these jobs on this platform, as far as it is of the cluster that runs now; oldest first. */
export async function memoryOf(context: MemoryReader, ...jobs: readonly string[]): Promise<LedgerEntry[]> {
  return (await remembered(context, jobs)).entries;
}

/**
 * @param jobs whose evidence is meant
 * @param about the cluster that is asked about, where it is not the one that runs now
 */
export async function remembered(
  context: MemoryReader,
  jobs: readonly string[],
  about?: string,
): Promise<Memory> {
  const placed = await ofEnvironment(context);
  const isOwn = ({ entry }: Placed): boolean => entry.predicate.platform === context.platform.name;
  const asked = placed.filter(({ entry }) => jobs.includes(entry.predicate.job));
  const repository = once(() => listed(context));
  const clusters =
    about === undefined
      ? await clustersNow(context, placed.filter(isOwn), asked.filter(isOwn), repository)
      : [about];
  const ours = ({ cluster }: Placed): boolean =>
    clusters === undefined || cluster === undefined || clusters.includes(cluster);
  const same = asked.filter((one) => !isOwn(one) && named(one) && clusters?.includes(one.cluster!));
  const elsewhere = same.length === 0 ? [] : namesElsewhere(placed, clusters!, await repository());
  const counts = (one: Placed): boolean =>
    isOwn(one) ? ours(one) : same.includes(one) && !elsewhere.includes(one.entry.predicate.platform);
  const all = asked.map((one) => ({ ...one, counts: counts(one) })).filter((one) => one.counts || isOwn(one));
  const others = all.filter((one) => !one.counts);
  const entries = all.filter((one) => one.counts).map(({ entry }) => entry);
  const [cluster] = clusters ?? [];
  const strange =
    others.length > 0
      ? ofOthers(others, cluster)
      : entries.length === 0
        ? underOtherNames(asked, clusters, elsewhere)
        : undefined;
  if (strange !== undefined && "progress" in context && context.progress) sayOnce(context.progress, strange);
  return { entries, all, cluster, strange };
}

const SAID = new WeakMap<Progress, Set<string>>();

/** Memory is asked for many times in a run. */
function sayOnce(progress: Progress, text: string): void {
  const said = SAID.get(progress) ?? new Set();
  if (!said.has(text)) progress.say("info", text);
  SAID.set(progress, said.add(text));
}

/** What the running source says it is. @returns undefined where it is not given, does not answer or will not say */
export async function sourceIdentifier(
  context: Partial<PostgresTools> & Pick<Operated, "platform">,
): Promise<string | undefined> {
  if (!("servers" in context) || !context.servers) return undefined;
  try {
    return await systemIdentifierOf(context.servers.source(context.platform));
  } catch {
    return undefined;
  }
}

interface Placed {
  entry: LedgerEntry;
  cluster: string | undefined;
}

/** Each name's by its own: which cluster a name meant at a time, only its own backups say. */
async function ofEnvironment({ ledger, environment }: EvidenceReader): Promise<Placed[]> {
  const entries = (await ledger.entries()).filter(({ predicate }) => predicate.environment === environment);
  const clusters = new Map<LedgerEntry, string | undefined>();
  for (const name of new Set(entries.map(({ predicate }) => predicate.platform)))
    for (const { entry, cluster } of withClusters(entries.filter((one) => one.predicate.platform === name)))
      clusters.set(entry, cluster);
  return entries.map((entry) => ({ entry, cluster: clusters.get(entry) }));
}

/** Of evidence that remembers what it does not name, after the cluster had changed. */
const MIXED = "unnamed";

const named = ({ cluster }: Placed): boolean => cluster !== undefined && cluster !== MIXED;

function withClusters(entries: readonly LedgerEntry[]): Placed[] {
  const seen: string[] = [];
  return entries.map((entry) => {
    const own = ownCluster(entry);
    if (own !== undefined && CHECKPOINTING.includes(entry.predicate.job) && seen.at(-1) !== own)
      seen.push(own);
    return { entry, cluster: own ?? (seen.length > 1 ? MIXED : seen[0]) };
  });
}

function ownCluster(entry: LedgerEntry): string | undefined {
  if (CHECKPOINTING.includes(entry.predicate.job))
    return factsIn(entry, OWN_CHECKPOINT)?.checkpoint?.systemIdentifier;
  return factsIn(entry, CLUSTER_FACTS)?.cluster;
}

type Listed = Pick<BackupSet, "label" | "systemIdentifier">;

/** @returns undefined where the repository is not given, or does not answer */
async function listed(context: MemoryReader): Promise<readonly Listed[] | undefined> {
  const repository = "backupRepository" in context ? context.backupRepository : undefined;
  return repository?.list().catch(() => undefined);
}

/** The anchor first; undefined when nobody says which cluster is meant. */
async function clustersNow(
  context: MemoryReader,
  own: readonly Placed[],
  asked: readonly Placed[],
  repository: () => ReturnType<typeof listed>,
): Promise<string[] | undefined> {
  const anchor = (await sourceIdentifier(context)) ?? own.findLast(named)?.cluster;
  if (anchor === undefined || asked.every(({ cluster }) => cluster === undefined || cluster === anchor))
    return anchor === undefined ? undefined : [anchor];
  const held = ((await repository()) ?? []).flatMap(({ systemIdentifier }) => systemIdentifier ?? []);
  return held.includes(anchor) ? [...new Set([anchor, ...held])] : [anchor];
}

/**
 * Names under which backups of these clusters were recorded that lie elsewhere: none of them is here, and not because all were
 * expired, for there is an older backup.
 */
function namesElsewhere(
  placed: readonly Placed[],
  clusters: readonly string[],
  sets: readonly Listed[] | undefined,
): string[] {
  if (sets === undefined) return [];
  const here = new Set(sets.map(({ label }) => label));
  const [oldest] = [...here].sort();
  const labels = new Map<string, string[]>();
  for (const { entry, cluster } of placed) {
    const label = entry.predicate.job === BACKUP_JOB ? factsIn(entry, LABEL)?.label : undefined;
    if (label === undefined || cluster === undefined || !clusters.includes(cluster)) continue;
    const { platform } = entry.predicate;
    labels.set(platform, [...(labels.get(platform) ?? []), label]);
  }
  return [...labels]
    .filter(([, own]) => !own.some((label) => here.has(label)))
    .filter(([, own]) => oldest !== undefined && own.some((label) => label > oldest))
    .map(([name]) => name);
}

const clustersOf = (entries: readonly Placed[]): string =>
  [...new Set(entries.map(({ cluster }) => cluster))].join(", ");

function many(entries: readonly Placed[], whose: string): string {
  const { index } = entries.at(-1)!.entry;
  return entries.length === 1
    ? `entry ${index}${whose} is`
    : `${entries.length} entries${whose}, the last of them ${index}, are`;
}

function ofOthers(others: readonly Placed[], now: string | undefined): string {
  return `${many(others, "")} of cluster ${clustersOf(others)} and not used: the cluster is ${now}`;
}

/** For a platform that remembers nothing: it may have been renamed. @returns undefined when nothing can be its own */
function underOtherNames(
  asked: readonly Placed[],
  clusters: readonly string[] | undefined,
  elsewhere: readonly string[],
): string | undefined {
  const lines = [...new Set(asked.map(({ entry }) => entry.predicate.platform))].flatMap((name) => {
    const own = asked.filter(({ entry }) => entry.predicate.platform === name);
    const whose = many(own, ` under the name ${name}`);
    if (clusters === undefined)
      return `${whose} not used: nobody says which cluster this is: no source that answers, no backup on record`;
    if (elsewhere.includes(name))
      return `${whose} of cluster ${clustersOf(own)} and not used: the backups recorded under that name are not in this repository`;
    const unnamed = own.filter((one) => !named(one));
    return unnamed.length === 0
      ? []
      : `${many(unnamed, ` under the name ${name}`)} not used: nothing says of which cluster they are`;
  });
  return lines.length === 0 ? undefined : lines.join("; ");
}
