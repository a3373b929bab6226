// What faults are injected into: a throwaway cluster with two backups, a checkpoint each, and WAL that goes on behind the last
// one.

import { archiveNow } from "../backup/archiving";
import { backUpAndRecord, type TakenBackup } from "../backup/backup";
import { silent } from "../core/progress";
import type { Core } from "../core/tools";
import type { Provenance } from "../evidence/port";
import type { Session } from "../postgres/port";
import type { RestoreTools } from "../restore/tools";
import type { SandboxTools } from "../sandbox/port";
import type { RepositoryCopy, SelfTestTools, ThrowawayCluster } from "./port";

/** What a verification of the throwaway cluster is given: it backs up, restores and records as on any platform. */
export type SourceTools = RestoreTools & SandboxTools & Provenance;

/** What the self-test itself is given; the throwaway cluster's own tools take the place of the platform's. */
export type SelfTestJob = SourceTools & SelfTestTools;

export interface Bench {
  cluster: ThrowawayCluster;
  /** A context in which the throwaway cluster is the platform; it prints nothing. */
  context: SourceTools;
  first: TakenBackup;
  newest: TakenBackup;
  /** The repository before the newest backup. */
  earlier: RepositoryCopy;
  /** Where a restore point of the newest checkpoint's name was written a second time, with no change in between. */
  repeated: string;
  /** Behind the newest checkpoint: three commits, each in a WAL segment of its own, and an instant before the last two. */
  later: { segments: readonly [string, string, string]; instants: readonly [Date, Date] };
  /** Opens another source, for faults that are in the source; closed at the end of the job. */
  another(): Promise<Source>;
}

/** A throwaway cluster without any backup yet. */
export type Source = Pick<Bench, "cluster" | "context">;

/** Commits must be told apart from an instant beside them. Seconds. */
const APART = 0.05;

const BEAT = "insert into public.heartbeat values (clock_timestamp())";
const TRANSFER = "insert into public.transfers (account_id, amount) values (1, 1)";

/** @throws OpsError unavailable, timeout */
export async function openBench(outer: SelfTestJob): Promise<Bench> {
  const { cluster, context } = await openSource(outer);
  await commit(cluster, BEAT);
  const first = await backUpAndRecord(context, "full");
  const earlier = await cluster.copyRepository();
  await commit(cluster, TRANSFER);
  const rest = await backUpOnceMore({ cluster, context });
  return { cluster, context, first, earlier, ...rest, another: () => openSource(outer) };
}

/** The next night: a new backup and checkpoint while somebody writes, then commits behind it. */
export async function backUpOnceMore({
  cluster,
  context,
}: Source): Promise<Pick<Bench, "newest" | "repeated" | "later">> {
  const writer = write(cluster);
  const newest = await backUpAndRecord(context, "diff").finally(() => writer.stop());
  const { source } = cluster;
  const [point] = await source.query<{ lsn: string }>(
    source.maintenance,
    "select pg_create_restore_point($1)::text as lsn",
    [newest.checkpoint.name],
  );
  await commit(cluster, BEAT);
  const a = await commitAndSwitch({ cluster, context });
  const before = await instant(context);
  const b = await commitAndSwitch({ cluster, context });
  const after = await instant(context);
  const c = await commitAndSwitch({ cluster, context });
  return { newest, repeated: point!.lsn, later: { segments: [a, b, c], instants: [before, after] } };
}

/** Commits, ends the WAL segment and waits until it is in the repository. @returns its name */
export async function commitAndSwitch({ cluster, context }: Source): Promise<string> {
  await commit(cluster, TRANSFER);
  return archiveNow(context);
}

async function openSource(outer: SelfTestJob): Promise<Source> {
  const cluster = await outer.throwaway.open();
  outer.defer("remove the self-test's source", () => cluster.close());
  // Isolation is still proven from source and repository; the integrations it is proven from in every drill are no faults here.
  const context = { ...outer, ...cluster.tools, integrations: [], progress: silent(() => {}) };
  return { cluster, context };
}

async function commit({ source, database }: ThrowawayCluster, sql: string): Promise<void> {
  await source.query(database, sql);
}

/** An instant with no commit close by. */
async function instant({ clock, signal }: Pick<Core, "clock" | "signal">): Promise<Date> {
  await clock.sleep(APART, signal);
  const now = clock.now();
  await clock.sleep(APART, signal);
  return now;
}

/** Commits without pause until stopped: a checkpoint is taken in a database that is in use. */
function write({ source, database }: ThrowawayCluster): { stop(): Promise<void> } {
  let going = true;
  const loop = async (session: Session): Promise<void> => {
    try {
      while (going) {
        await session.query(TRANSFER);
        await session.query("select nextval('public.invoice_numbers')");
        await session.query(BEAT);
      }
    } finally {
      await session.close();
    }
  };
  const done = source.session(database).then(loop);
  done.catch(() => {}); // reported by stop
  return {
    async stop() {
      going = false;
      await done;
    },
  };
}
