// Faults of where recovery goes and of clocks. The repository is sound; what is asked, followed or recorded is not.
import { gunzipSync, gzipSync } from "node:zlib";
import { backUpAndRecord } from "../backup/backup";
import type { Checkpoint, CheckpointReference } from "../backup/checkpoint";
import { CHECKPOINT_FACTS } from "../backup/evidence";
import { factsIn } from "../evidence/facts";
import type { Ledger } from "../evidence/port";
import type { ServerRequest, Servers } from "../postgres/port";
import { commitAndSwitch } from "./bench";
import { type Fault, onCopy } from "./fault";

const HOUR = 3_600_000;

export const TARGET_FAULTS: readonly Fault[] = [
  {
    kind: "target-after-last-wal",
    simulates: "an instant whose WAL has not reached the repository",
    expected: "target-reached",
    inject: async ({ context }) => ({ to: context.clock.now().toISOString() }),
  },
  {
    kind: "target-before-first-backup",
    simulates: "an instant that no backup reaches back to",
    expected: "refused: instant",
    inject: async ({ first }) => ({ to: new Date(first.set.started.getTime() - HOUR).toISOString() }),
  },
  {
    kind: "target-misread",
    simulates:
      "a server told another instant than was meant, as by a lost time zone; stand-in: a later one by a commit",
    expected: "no-later-commit",
    inject: async ({ context, later }) => ({
      to: later.instants[0].toISOString(),
      over: {
        servers: toldOtherwise(context.servers, (recovery) =>
          recovery.target.kind === "time"
            ? { ...recovery, target: { kind: "time", at: later.instants[1] } }
            : recovery,
        ),
      },
    }),
  },
  {
    kind: "restore-point-repeated",
    simulates:
      "an older restore point of the same name, at which recovery stops first, with the same content",
    expected: "checkpoint-reached",
    inject: async ({ context, newest, repeated }) => ({
      over: {
        ledger: recordedOtherwise(context.ledger, newest.checkpoint.name, (point) => ({
          ...point,
          lsn: repeated,
        })),
      },
    }),
  },
  {
    kind: "restore-point-other-timeline",
    simulates:
      "a source that was put back and went on, with a restore point of the same name; recovery follows the newest timeline",
    expected: "timeline",
    async inject(bench) {
      const other = await bench.another();
      const { set, checkpoint } = await backUpAndRecord(other.context, "full");
      await other.cluster.rewind(set.label);
      const { source } = other.cluster;
      await source.query(source.maintenance, "select pg_create_restore_point($1)", [checkpoint.name]);
      await commitAndSwitch(other);
      const servers = toldOtherwise(other.context.servers, (recovery) => ({
        ...recovery,
        timeline: "latest",
      }));
      return { over: { ...other.cluster.tools, servers } };
    },
  },
  {
    kind: "timeline-other",
    simulates:
      "a copy that recovered along the timeline that the source had left, as one whose settings are wrong does",
    expected: "timeline",
    async inject(bench) {
      const other = await bench.another();
      const { set } = await backUpAndRecord(other.context, "full");
      await commitAndSwitch(other);
      await other.cluster.rewind(set.label);
      await commitAndSwitch(other);
      const servers = toldOtherwise(other.context.servers, (recovery) => ({ ...recovery, timeline: 1 }));
      return { over: { ...other.cluster.tools, servers }, to: "latest" };
    },
  },
  {
    kind: "source-clock-skewed",
    simulates:
      "a source whose clock is an hour ahead; stand-in: the hour is added where its clock was recorded",
    expected: "source-clock",
    inject: async ({ context, newest }) => ({
      over: {
        ledger: recordedOtherwise(context.ledger, newest.checkpoint.name, (point) => ({
          ...point,
          at: point.at.replace(/^[^.]+/, new Date(Date.parse(point.at) + HOUR).toISOString().slice(0, 19)),
        })),
      },
    }),
  },
  {
    kind: "heartbeat-ahead",
    simulates: "a heartbeat from a machine whose clock is ahead, as if a later state had been restored",
    expected: "heartbeat",
    inject: onCopy("insert into public.heartbeat values (clock_timestamp() + '1 hour')", "at-target"),
  },
  {
    kind: "heartbeat-unreadable",
    simulates: "a state in which the table of heartbeats is not what the platform file says",
    expected: "heartbeat",
    inject: onCopy("drop table public.heartbeat", "at-target"),
  },
  {
    kind: "heartbeat-is-view",
    simulates:
      "a view in place of the table of heartbeats: it says what its owner wants it to, and runs as who asks",
    expected: "heartbeat",
    async inject(bench) {
      const view = onCopy(
        `alter table public.heartbeat rename to beats;
         create view public.heartbeat as select now() - interval '1 min' as at`,
        "at-target",
      );
      return { ...(await view(bench)), undecided: "heartbeat" };
    },
  },
];

/** Servers that follow other orders than they are given. */
function toldOtherwise(
  servers: Servers,
  change: (recovery: ServerRequest["recovery"]) => ServerRequest["recovery"],
): Servers {
  return {
    ...servers,
    start: (request) => servers.start({ ...request, recovery: change(request.recovery) }),
  };
}

/** The ledger as it would be if the checkpoint had been recorded so: its reference in evidence and the stored checkpoint. */
function recordedOtherwise(
  ledger: Ledger,
  name: string,
  change: <T extends Pick<Checkpoint & CheckpointReference, "at" | "lsn">>(point: T) => T,
): Ledger {
  return {
    ...ledger,
    async entries() {
      return (await ledger.entries()).map((entry) => {
        const checkpoint = factsIn(entry, CHECKPOINT_FACTS)?.checkpoint;
        if (checkpoint?.name !== name) return entry;
        const facts = { ...entry.predicate.facts, checkpoint: change(checkpoint) };
        return { ...entry, predicate: { ...entry.predicate, facts } };
      });
    },
    async load(sha256) {
      const checkpoint = JSON.parse(gunzipSync(await ledger.load(sha256)).toString("utf8")) as Checkpoint;
      return gzipSync(JSON.stringify(checkpoint.name === name ? change(checkpoint) : checkpoint));
    },
  };
}
