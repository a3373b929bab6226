// Whose memory counts. What evidence remembers of backups, repositories and restores belongs to the cluster it was seen in, told by its
// system identifier, and never to a platform's name: behind one name the cluster may be made anew.
//
// The anchor is the running source, never the repository: a repository that is exchanged for another cluster's, or for another one of the
// same cluster, must answer for all that was remembered of the source's. Only where the source does not answer, the last backup on
// record says which cluster is meant. Clusters that the anchor's own repository names beside it are the anchor's past (pg_upgrade).
// Evidence from before the identifier was recorded belongs to the cluster of the last backup before it; where there is none, to all;
// and where the cluster had changed by then, to none, because what it remembers of both is mixed.
import * as v from "valibot";
import type { Progress } from "../core/progress";
import type { Core, Operated } from "../core/tools";
import { type Facts, factsIn } from "../evidence/facts";
import type { EvidenceReader, LedgerEntry } from "../evidence/port";
import type { PostgresTools } from "../postgres/port";
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
const CHECKPOINTING: readonly string[] = ["backup", "checkpoint"];

/** The source and the repository are asked where they are given. */
export type MemoryReader = EvidenceReader &
  Partial<
    PostgresTools &
      Pick<Core, "progress"> & { backupRepository: Pick<BackupTools["backupRepository"], "list"> }
  >;

export interface Memory {
  /** Evidence of this platform that counts, oldest first. */
  entries: LedgerEntry[];
  /** What of it is of other clusters: neither used nor forgotten. One line; undefined when there is nothing. */
  strange: string | undefined;
}

/** Evidence of these jobs on this platform, as far as it is of the cluster that runs now; oldest first. */
export async function memoryOf(context: MemoryReader, ...jobs: readonly string[]): Promise<LedgerEntry[]> {
  return (await remembered(context, jobs)).entries;
}

/** @param jobs whose evidence is meant */
export async function remembered(context: MemoryReader, jobs: readonly string[]): Promise<Memory> {
  const placed = withClusters(await ofPlatform(context));
  const asked = placed.filter(({ entry }) => jobs.includes(entry.predicate.job));
  const clusters = await clustersNow(context, placed, asked);
  const counts = ({ cluster }: Placed): boolean =>
    clusters === undefined || cluster === undefined || clusters.includes(cluster);
  const others = asked.filter((one) => !counts(one));
  const strange = others.length === 0 ? undefined : describe(others, clusters!);
  if (strange !== undefined && "progress" in context && context.progress) sayOnce(context.progress, strange);
  return { entries: asked.filter(counts).map(({ entry }) => entry), strange };
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
    const source = context.servers.source(context.platform);
    const [row] = await source.query<{ id: string }>(
      source.maintenance,
      "select system_identifier::pg_catalog.text as id from pg_catalog.pg_control_system()",
    );
    return row?.id;
  } catch {
    return undefined;
  }
}

interface Placed {
  entry: LedgerEntry;
  cluster: string | undefined;
}

async function ofPlatform(context: EvidenceReader): Promise<LedgerEntry[]> {
  return (await context.ledger.entries()).filter(
    ({ predicate }) =>
      predicate.environment === context.environment && predicate.platform === context.platform.name,
  );
}

/** Of evidence that remembers what it does not name, after the cluster had changed. */
const MIXED = "unnamed";

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

/** The anchor first; undefined when nobody says which cluster is meant. */
async function clustersNow(
  context: MemoryReader,
  placed: readonly Placed[],
  asked: readonly Placed[],
): Promise<string[] | undefined> {
  const named = placed.flatMap(({ cluster }) => (cluster === undefined || cluster === MIXED ? [] : cluster));
  const anchor = (await sourceIdentifier(context)) ?? named.at(-1);
  if (anchor === undefined || asked.every(({ cluster }) => cluster === undefined || cluster === anchor))
    return anchor === undefined ? undefined : [anchor];
  const repository = "backupRepository" in context ? context.backupRepository : undefined;
  const sets = (await repository?.list().catch(() => [])) ?? [];
  const held = sets.flatMap(({ systemIdentifier }) => systemIdentifier ?? []);
  return held.includes(anchor) ? [...new Set([anchor, ...held])] : [anchor];
}

function describe(others: readonly Placed[], [now]: readonly string[]): string {
  const clusters = [...new Set(others.map(({ cluster }) => cluster))].join(", ");
  const { index } = others.at(-1)!.entry;
  const many =
    others.length === 1 ? `entry ${index} is` : `${others.length} entries, the last of them ${index}, are`;
  return `${many} of cluster ${clusters} and not used: the cluster is ${now}`;
}
