// Fetches archived WAL outside a container, for a copy that has no way to the repository. Believes no exit code: `archive-get`
// hands over whatever lies under a segment's name (measured), so each one is held against the SHA-1 the archive recorded.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { OpsError } from "../../../core/errors";
import { microseconds, microsecondsOf } from "../../../core/pg-time";
import type { FetchedWal, WalRequest } from "../../port";
import { hex, type WalSegment } from "../../wal";
import { STEP_SEGMENTS } from "../../wal-plan";
import { inParallel } from "../in-parallel";
import { failure, type PgBackRest } from "./pgbackrest";

/** `archive-get` of a file that the archive does not hold. */
const NOT_THERE = 1;

/** @throws OpsError unavailable, fail (content is not what the archive recorded), timeout */
export async function fetchWal(pgbackrest: PgBackRest, request: WalRequest): Promise<FetchedWal> {
  const { host, user } = pgbackrest;
  const { plan, into, work, timeoutSeconds } = request;
  const limit = timeoutSeconds ? [AbortSignal.timeout(timeoutSeconds * 1000)] : [];
  const ends = [...(request.signal ? [request.signal] : []), ...limit];
  await host.makeDirectory(into, { user, mode: 0o700 });

  const get = async (name: string, signal: AbortSignal): Promise<void> => {
    const flags = ["lock", "log"].map((kind) => `--${kind}-path=${work}/${kind}`);
    const command = ["archive-get", name, path.join(into, name), `--pg1-path=${request.dataDirectory}`];
    const result = await pgbackrest.attempt(
      [...command, ...flags, "--no-archive-async", "--log-level-file=off"],
      {
        signal,
      },
    );
    if (result.exitCode === NOT_THERE)
      throw new OpsError("unavailable", `${name} was listed, but is no longer in the archive`);
    if (result.exitCode !== 0) throw failure(`archive-get ${name}`, result);
  };

  let [count, bytes] = [0, 0];
  const getSegment = async (segment: WalSegment, signal: AbortSignal): Promise<void> => {
    await get(segment.name, signal);
    const size = await proven(path.join(into, segment.name), segment);
    bytes += size;
    count++;
    request.onSegments?.(count, plan.until === undefined ? plan.segments.length : undefined);
  };

  try {
    const histories = plan.histories.map((timeline) => `${hex(timeline)}.history`);
    await inParallel(histories, get, ends);
    let next = 0;
    while (next < plan.segments.length) {
      const end = next === 0 ? Math.max(plan.certain, 1) : next + STEP_SEGMENTS;
      const step = plan.segments.slice(next, end);
      await inParallel(step, getSegment, ends);
      next += step.length;
      const newest = step.at(-1);
      if (
        plan.until &&
        newest &&
        (await endsLater(request, pgbackrest, path.join(into, newest.name), plan.until))
      )
        break;
    }
  } catch (error) {
    if (!limit.some((signal) => signal.aborted)) throw error;
    throw new OpsError("timeout", `after ${timeoutSeconds} s only ${count} WAL segments were fetched`, {
      expected: `at least ${plan.certain}, at most ${plan.segments.length}`,
      todo: "raise --timeout, or find out what slows the repository",
    });
  }
  return { segments: count, bytes, last: plan.segments[count - 1]?.name };
}

/** @returns its size. @throws OpsError fail when the file is not what the archive recorded */
export async function proven(file: string, { name, sha1 }: WalSegment): Promise<number> {
  const hash = createHash("sha1");
  await pipeline(createReadStream(file), hash);
  const found = hash.digest("hex");
  if (found === sha1) return (await stat(file)).size;
  throw new OpsError("fail", `WAL segment ${name} came with SHA-1 ${found}`, {
    expected: `SHA-1 ${sha1 ?? "recorded by the archive"}`,
    todo: "the repository is damaged there: restore to a point before this segment, and take a full backup now",
  });
}

/** Does the segment hold the end of a transaction later than this? What cannot be read counts as no: more is fetched. */
async function endsLater(
  { major }: WalRequest,
  { host, user }: PgBackRest,
  file: string,
  at: Date,
): Promise<boolean> {
  let later = false;
  await host.run(await host.program("pg_waldump", major), ["--rmgr=Transaction", file], {
    user,
    onLine(line) {
      const time = TRANSACTION_END.exec(line)?.[1];
      if (time !== undefined && microseconds(time) > microsecondsOf(at)) later = true;
    },
  });
  return later;
}

const TRANSACTION_END = /desc: (?:COMMIT|ABORT)(?:_PREPARED \d+:)? (\S+ \S+ UTC)/;
