// The WalArchive port on pgBackRest: listed and read file by file, so that contiguity is proven without the engine's word.
import { majorOf } from "../../backup-set";
import type { WalArchive } from "../../port";
import { readWal, type WalSource } from "../read-wal";
import { commitsIn } from "./commits";
import { fetchWal, proven } from "./fetch-wal";
import { walSegments } from "./info";
import type { PgBackRest } from "./pgbackrest";

export function createWalArchive(pgbackrest: PgBackRest): WalArchive {
  const directoryOf = (archiveId: string): string => `archive/${pgbackrest.stanza}/${archiveId}`;
  const source: WalSource = {
    ...{ host: pgbackrest.host, user: pgbackrest.user },
    async fetch(segment, file, signal) {
      const options = ["--no-archive-async", "--log-level-file=off"];
      await pgbackrest.ask(["archive-get", ...options, segment.name, file], { signal });
      await proven(file, segment);
    },
  };
  return {
    segments: async (archiveId) => walSegments(await pgbackrest.listing(directoryOf(archiveId))),
    commits: (archiveId, segment, part) => commitsIn(pgbackrest, majorOf({ archiveId }), segment, part),
    fetch: (request) => fetchWal(pgbackrest, request),
    read: (request) => readWal(source, request),

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
