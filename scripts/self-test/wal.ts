// Faults in archived WAL, each injected into a copy of the repository.

import type { Bench } from "./bench";
import { type Fault, inRepository, over, type Trial } from "./fault";
import type { RepositoryCopy } from "./port";

export const WAL_FAULTS: readonly Fault[] = [
  {
    kind: "wal-byte",
    simulates:
      "one byte changed in a WAL segment that the checkpoint does not need and the promised window does",
    expected: "repository-integrity",
    inject: (bench) =>
      inRepository(bench, async (copy) =>
        bench.cluster.injector.flipByte(await segmentFile(bench, copy, bench.later.segments[0])),
      ),
  },
  missing("wal-missing-inside", "WAL lost that was written during the backup", ({ newest }) => ({
    segment: newest.set.stopSegment,
  })),
  missing(
    "wal-missing-after",
    "WAL lost behind the checkpoint: everything later is out of reach",
    ({ later }) => ({
      segment: later.segments[0],
    }),
  ),
  missing(
    "wal-missing-before-latest",
    "WAL lost on the way to the latest state, to which recovery then just does not come",
    ({ later }) => ({
      segment: later.segments[1],
      to: "latest",
    }),
  ),
  missing("wal-missing-at-target", "the WAL segment lost in which recovery would stop", ({ later }) => ({
    segment: later.segments[1],
    to: later.instants[0].toISOString(),
  })),
  {
    kind: "wal-duplicate",
    simulates: "a segment archived twice with different content, as by two clusters with one stanza",
    expected: "wal-contiguity",
    inject: (bench) =>
      inRepository(bench, (copy) => bench.cluster.injector.duplicateWal(copy, bench.later.segments[0])),
  },
  {
    kind: "wal-empty",
    simulates: "a segment that had become zeros before it was archived: stored soundly, but it holds nothing",
    expected: "target-reached",
    inject: (bench) =>
      inRepository(bench, (copy) => bench.cluster.injector.emptyWal(copy, bench.later.segments[1]), {
        to: "latest",
      }),
  },
  {
    kind: "wal-exchanged",
    simulates:
      "a segment under another one's name: stored soundly, read by nobody until recovery comes to it",
    expected: "target-reached",
    async inject(bench) {
      const { injector } = bench.cluster;
      const [before, segment] = bench.later.segments;
      const exchange = async (copy: RepositoryCopy): Promise<void> => {
        const file = await segmentFile(bench, copy, before);
        await injector.remove(await segmentFile(bench, copy, segment));
        // With the digest of what it holds, as the engine would have named it.
        await injector.replace(file.replace(before, segment), file);
      };
      return inRepository(bench, exchange, { to: "latest" });
    },
  },
  {
    kind: "wal-of-other-cluster",
    simulates:
      "a segment that another cluster archived under this name; stand-in: the identifier in it is another one's",
    expected: "target-reached",
    inject: (bench) =>
      inRepository(bench, (copy) => bench.cluster.injector.foreignWal(copy, bench.later.segments[1]), {
        to: "latest",
      }),
  },
  {
    kind: "wal-expired-meanwhile",
    simulates: "WAL removed while it is being verified: this copy got there, the next one will not",
    expected: "wal-to-target",
    async inject(bench) {
      const copy = await bench.cluster.copyRepository();
      return {
        over: over(copy),
        to: bench.later.instants[0].toISOString(),
        async onStop(stage) {
          if (stage === "at-target")
            await bench.cluster.injector.remove(await segmentFile(bench, copy, bench.later.segments[0]));
        },
      };
    },
  },
];

async function segmentFile({ cluster }: Bench, copy: RepositoryCopy, segment: string): Promise<string> {
  const [file] = await cluster.injector.find(copy, { kind: "wal", segment });
  return file!;
}

function missing(
  kind: string,
  simulates: string,
  which: (bench: Bench) => Pick<Trial, "to"> & { segment: string },
): Fault {
  return {
    kind,
    simulates,
    expected: "wal-contiguity",
    inject(bench) {
      const { segment, ...rest } = which(bench);
      const damage = async (copy: RepositoryCopy): Promise<void> =>
        bench.cluster.injector.remove(await segmentFile(bench, copy, segment));
      return inRepository(bench, damage, rest);
    },
  };
}
