// Faults in stored backups and in what describes them, each injected into a copy of the repository.

import { backUpAndRecord } from "../backup/backup";
import type { Bench } from "./bench";
import { type Fault, inRepository, over } from "./fault";
import type { RepositoryPart } from "./port";

const newestManifest = ({ newest }: Bench): RepositoryPart => ({ kind: "manifest", label: newest.set.label });

export const BACKUP_FAULTS: readonly Fault[] = [
  {
    kind: "backup-file-byte",
    simulates: "a disk or a network that changed one byte of a stored file",
    expected: "repository-integrity",
    inject: (bench) =>
      inRepository(bench, async (copy) => {
        const { injector } = bench.cluster;
        const [file] = await injector.find(copy, { kind: "largest-file", label: bench.first.set.label });
        await injector.flipByte(file!);
      }),
  },
  damaged("manifest-byte", "one byte changed in the manifest of a backup, its copy sound", "flipByte", [0]),
  damaged("manifest-copy-byte", "one byte changed in the copy of a manifest", "flipByte", [1]),
  damaged("manifest-truncated", "a manifest that was written half, its copy sound", "truncate", [0]),
  damaged("manifests-truncated", "a manifest and its copy that were both written half", "truncate", [0, 1]),
  damaged("manifest-missing", "a manifest that was deleted, its copy still there", "remove", [0]),
  damaged("manifests-missing", "a manifest and its copy, both deleted", "remove", [0, 1]),
  damaged("index-byte", "one byte changed in the list of backups, its copy sound", "flipByte", [0], {
    kind: "index",
  }),
  {
    kind: "stale-generation",
    simulates: "an old snapshot of the repository put back in place of the present one",
    expected: "generation",
    inject: async ({ earlier }) => ({ over: over(earlier) }),
  },
  {
    kind: "newest-backup-lost",
    simulates: "the newest backup gone from the repository, all of its WAL still there",
    expected: "generation",
    inject: (bench) =>
      inRepository(bench, async (copy) => {
        const { injector } = bench.cluster;
        const [now] = await injector.find(copy, { kind: "backups" });
        const [then] = await injector.find(bench.earlier, { kind: "backups" });
        await injector.replace(now!, then!);
      }),
  },
  {
    kind: "repository-of-other-cluster",
    simulates: "the repository of another cluster, sound in itself, behind the same name",
    expected: "generation",
    saying: /is of cluster \d+; the source is cluster \d+/,
    async inject(bench) {
      const other = await bench.another();
      await backUpAndRecord(other.context, "full");
      const { platform, backups } = await other.cluster.copyRepository();
      const own = { ...bench.context.platform, backups: platform.backups };
      return { over: { ...backups, platform: own }, to: "latest" };
    },
  },
  {
    kind: "wrong-key",
    simulates: "a configuration whose passphrase is not the one the repository was written with",
    expected: "refused: unavailable",
    saying: /stanza|passphrase|decrypt|cipher/,
    inject: (bench) => inRepository(bench, (copy) => bench.cluster.injector.changeKey(copy)),
  },
  {
    kind: "backups-stopped",
    simulates:
      "no backup since yesterday's; stand-in: our clock is put forward, as nothing else would change",
    expected: "freshness",
    async inject({ context }) {
      const hours = context.platform.schedule.maxAgeHours + 1;
      const now = (): Date => new Date(context.clock.now().getTime() + hours * 3_600_000);
      return { over: { clock: { ...context.clock, now } } };
    },
  },
];

function damaged(
  kind: string,
  simulates: string,
  how: "flipByte" | "truncate" | "remove",
  which: readonly (0 | 1)[],
  part?: RepositoryPart,
): Fault {
  return {
    kind,
    simulates,
    expected: "metadata-copies",
    inject: (bench) =>
      inRepository(bench, async (copy) => {
        const { injector } = bench.cluster;
        const files = await injector.find(copy, part ?? newestManifest(bench));
        for (const index of which) await injector[how](files[index]!);
      }),
  };
}
