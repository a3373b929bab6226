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
    async plant(bench) {
      const { specimen, context } = await bench.another();
      const [row] = await specimen.source.query<{ file: string }>(
        specimen.database,
        "select pg_relation_filepath('public.certificates') as file",
      );
      await specimen.source.query(specimen.database, "checkpoint");
      await specimen.saboteur.flipByte(path.join(specimen.dataDirectory, row!.file));
      await backUpAndRecord(context, "full");
      return { over: specimen.tools };
    },
  },
  {
    kind: "backup-with-warning",
    simulates: "a backup that ended well but for a warning: a file it could not take (a named pipe)",
    expected: "backup-clean",
    saying: /exclude special file/,
    async plant(bench) {
      const { specimen, context } = await bench.another();
      await specimen.saboteur.makePipe(path.join(specimen.dataDirectory, "pipe"));
      await backUpAndRecord(context, "full");
      return { over: specimen.tools };
    },
  },
  {
    kind: "repository-read-only",
    simulates: "a repository that nobody may write to when the backup is due",
    expected: "refused: unavailable",
    saying: /Permission denied|Read-only file system/,
    async plant({ specimen }) {
      const copy = await specimen.copyRepository();
      await specimen.saboteur.forbidWriting(copy);
      return { over: over(copy), backup: true };
    },
  },
  {
    kind: "repository-full",
    simulates: "a repository on a filesystem that runs full during the backup (a small tmpfs)",
    expected: "refused: unavailable",
    // pgBackRest says so only when the write failed outright; after a short write it names just the file.
    saying: /No space left on device|unable to write/,
    plant: async ({ specimen }) => ({ over: over(await specimen.copyRepository("full")), backup: true }),
  },
];
