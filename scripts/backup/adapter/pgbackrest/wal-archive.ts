// The WalArchive port on pgBackRest: listed and read file by file, so that contiguity is proven without the engine's word.
import { majorOf } from "../../backup-set";
import type { WalArchive } from "../../port";
import { commitsIn } from "./commits";
import { fetchWal } from "./fetch-wal";
import { walSegments } from "./info";
import type { PgBackRest } from "./pgbackrest";
import { readWal } from "./read-wal";

export function createWalArchive(pgbackrest: PgBackRest): WalArchive {
  const directoryOf = (archiveId: string): string => `archive/${pgbackrest.stanza}/${archiveId}`;
  return {
    segments: async (archiveId) => walSegments(await pgbackrest.listing(directoryOf(archiveId))),
    commits: (archiveId, segment, part) => commitsIn(pgbackrest, majorOf({ archiveId }), segment, part),
    fetch: (request) => fetchWal(pgbackrest, request),
    read: (request) => readWal(pgbackrest, request),

    async timelineHistories(archiveId) {
      const histories = new Map<number, string>();
      for (const file of (await pgbackrest.listing(directoryOf(archiveId))).keys()) {
        const match = /(?:^|\/)([0-9A-F]{8})\.history$/.exec(file);
        if (!match) continue;
        const text = await pgbackrest.text(`${directoryOf(archiveId)}/${file}`);
        histories.set(Number.parseInt(match[1]!, 16), text);
      }
      return histories;
    },
  };
}
