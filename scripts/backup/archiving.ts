// Waits until the source has archived a WAL segment. What is in the repository counts, not what the source says of it.

import { OpsError } from "../core/errors";
import { poll } from "../core/poll";
import type { Core, Operated } from "../core/tools";
import type { PostgresTools } from "../postgres/port";
import type { BackupTools } from "./port";

/** How long a finished segment may take to reach the repository, seconds. */
const ARCHIVE_TIMEOUT_SECONDS = 120;

/** @returns seconds waited. @throws OpsError timeout */
export async function awaitSegment(
  { walArchive, clock, signal }: Pick<BackupTools, "walArchive"> & Pick<Core, "clock" | "signal">,
  archiveId: string,
  segment: string,
): Promise<number> {
  const done = await poll({ clock, every: 0.3, within: ARCHIVE_TIMEOUT_SECONDS, signal }, async () => {
    const segments = await walArchive.segments(archiveId);
    return segments.some(({ name }) => name === segment) || undefined;
  });
  if (done) return done.seconds;
  throw new OpsError(
    "timeout",
    `WAL segment ${segment} was not archived within ${ARCHIVE_TIMEOUT_SECONDS} s`,
    {
      expected: "a working archive_command",
      todo: "look at the server's log and at `select * from pg_stat_archiver`",
    },
  );
}

/** Ends the current WAL segment and waits until it is in the repository. @returns its name. @throws OpsError timeout */
export async function archiveNow(
  context: PostgresTools &
    Pick<BackupTools, "backupRepository" | "walArchive"> &
    Pick<Operated, "platform"> &
    Pick<Core, "clock" | "signal">,
): Promise<string> {
  const source = context.servers.source(context.platform);
  const [row] = await source.query<{ segment: string }>(
    source.maintenance,
    "select pg_walfile_name(pg_switch_wal()) as segment",
  );
  const { segment } = row!;
  await awaitSegment(context, (await context.backupRepository.list()).at(-1)!.archiveId, segment);
  return segment;
}
