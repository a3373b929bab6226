// Timelines of an archive as its history files tell them.

import type { BackupTools } from "./port";
import { parseHistory } from "./wal";

/** Where every timeline of an archive left its parent. */
export async function switchesOf(
  { walArchive }: Pick<BackupTools, "walArchive">,
  archiveId: string,
): Promise<Map<number, { parent: number; lsn: string }>> {
  const switches = new Map<number, { parent: number; lsn: string }>();
  for (const [timeline, text] of await walArchive.timelineHistories(archiveId)) {
    const origin = parseHistory(text);
    if (origin) switches.set(timeline, origin);
  }
  return switches;
}
