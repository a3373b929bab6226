// Commit times in one archived segment, from PostgreSQL's own reader: a listing knows only when files were stored.
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { OpsError } from "../../../core/errors";
import type { WalArchive } from "../../port";
import type { PgBackRest } from "./pgbackrest";

type Commits = Awaited<ReturnType<WalArchive["commits"]>>;

const COMMIT = /desc: COMMIT(?:_PREPARED \d+:)? (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?) UTC/;
const RECORD = /^rmgr: /;

/** `archive-get` decrypts and decompresses; it reads the archive of the stanza's present version and system only. */
export async function commitsIn(
  pgbackrest: PgBackRest,
  major: number | undefined,
  segment: string,
  part: { from?: string; before?: string } = {},
): Promise<Commits> {
  const { host, user } = pgbackrest;
  const directory = path.join(tmpdir(), `ops-wal-${randomBytes(6).toString("hex")}`);
  const file = path.join(directory, segment);
  const range = [
    ...(part.from === undefined ? [] : [`--start=${part.from}`]),
    ...(part.before === undefined ? [] : [`--end=${part.before}`]),
  ];
  await host.makeDirectory(directory, { user, mode: 0o700 });
  try {
    await pgbackrest.ask(["archive-get", "--no-archive-async", "--log-level-file=off", segment, file]);
    let found: Commits;
    let records = 0;
    const result = await host.run(await host.program("pg_waldump", major), [...range, file], {
      user,
      onLine(line) {
        if (RECORD.test(line)) records++;
        const [, day, time] = COMMIT.exec(line) ?? [];
        if (day === undefined) return;
        const at = new Date(`${day}T${time!.slice(0, 12)}Z`);
        found = { first: found?.first ?? at, last: at };
      },
    });
    // It always ends in an error: the segment's last record goes on in the next. No record at all is another matter.
    if (records === 0 && part.before === undefined) {
      throw new OpsError("unavailable", `${segment} cannot be read: ${result.stderr.trim().slice(0, 300)}`);
    }
    return found;
  } finally {
    await host.removeTree(directory);
  }
}
