// Faults of the source and of the place that backups go to: what is wrong before or while a backup is taken.
import path from "node:path";
import { backUpAndRecord } from "../backup/backup";
import { type Fault, over } from "./fault";

export const SOURCE_FAULTS: readonly Fault[] = [
  {
    kind: "page-corrupt-in-source",
    simulates:
      "a page that went bad on the source's disk before the backup, while memory still held the good one",
    expected: "backup-clean",
    async inject(bench) {
      const { cluster, context } = await bench.another();
      const [row] = await cluster.source.query<{ file: string }>(
        cluster.database,
        "select pg_relation_filepath('public.certificates') as file",
      );
      await cluster.source.query(cluster.database, "checkpoint");
      await cluster.injector.flipByte(path.join(cluster.dataDirectory, row!.file));
      await backUpAndRecord(context, "full");
      return { over: cluster.tools };
    },
  },
  {
    kind: "backup-with-warning",
    simulates: "a backup that ended well but for a warning: a file it could not take (a named pipe)",
    expected: "backup-clean",
    saying: /exclude special file/,
    async inject(bench) {
      const { cluster, context } = await bench.another();
      await cluster.injector.makePipe(path.join(cluster.dataDirectory, "pipe"));
      await backUpAndRecord(context, "full");
      return { over: cluster.tools };
    },
  },
  {
    kind: "repository-read-only",
    simulates: "a repository that nobody may write to when the backup is due",
    expected: "refused: unavailable",
    saying: /Permission denied|Read-only file system/,
    async inject({ cluster }) {
      const copy = await cluster.copyRepository();
      await cluster.injector.forbidWriting(copy);
      return { over: over(copy), backup: true };
    },
  },
  {
    kind: "repository-full",
    simulates: "a repository on a filesystem that runs full during the backup (a small tmpfs)",
    expected: "refused: unavailable",
    // pgBackRest says so only when the write failed outright; after a short write it names just the file.
    saying: /No space left on device|unable to write/,
    inject: async ({ cluster }) => ({ over: over(await cluster.copyRepository("full")), backup: true }),
  },
];
