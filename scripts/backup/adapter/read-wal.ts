// Reads WAL record by record, by PostgreSQL's own pg_waldump: a few segments are fetched, read and removed at a time.
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import { lsnValue } from "../../postgres/recovery-target";
import { majorOf } from "../backup-set";
import type { WalReadRequest } from "../port";
import { hex, parseSegment, WAL_SEGMENT_BYTES, type WalSegment } from "../wal";
import { inParallel } from "./in-parallel";

/** Where segments come from. */
export interface WalSource {
  host: Host;
  /** Who reads them; empty = we ourselves. */
  user: string;
  /** Lays a whole segment into a file that the user owns. @throws OpsError unavailable, fail when it is another */
  fetch(segment: WalSegment, file: string, signal: AbortSignal): Promise<void>;
}

/** On disk at once, beside those in which a record goes on. */
const STEP = 32;
/** Since this version pg_waldump takes more than one `--rmgr`. */
const SEVERAL_MANAGERS = 15;

/** Of what it says: errors, and not a hundred times the WAL in text. */
const KEPT_CHARACTERS = 16 * 1024;

const LSN_OF = /, lsn: ([0-9A-F]+\/[0-9A-F]+), prev /;

/** @throws OpsError unavailable, fail */
export async function readWal(source: WalSource, request: WalReadRequest): Promise<string | undefined> {
  const { host, user } = source;
  const { segments, signal } = request;
  const directory = path.join(tmpdir(), `ops-wal-${randomBytes(6).toString("hex")}`);
  await host.makeDirectory(directory, { user, mode: 0o700 });
  const reading = new Reading(source, request, directory);
  try {
    for (let next = 0; next < segments.length && !reading.done; next += STEP) {
      signal?.throwIfAborted();
      await reading.step(segments.slice(next, next + STEP));
      request.onSegments?.(Math.min(next + STEP, segments.length), segments.length);
    }
    return reading.last;
  } finally {
    await host.removeTree(directory);
  }
}

class Reading {
  /** LSN of the last record read. */
  last: string | undefined;
  done = false;
  private start: string | undefined;
  private readonly timeline: number;
  private readonly present: string[] = [];

  constructor(
    private readonly source: WalSource,
    private readonly request: WalReadRequest,
    private readonly directory: string,
  ) {
    const newest = request.segments.at(-1);
    this.timeline = newest ? parseSegment(newest.name, WAL_SEGMENT_BYTES).timeline : 1;
  }

  async step(segments: readonly WalSegment[]): Promise<void> {
    const signals = this.request.signal ? [this.request.signal] : [];
    await inParallel(
      segments,
      (segment, signal) => this.source.fetch(segment, this.place(segment.name), signal),
      signals,
    );
    this.present.push(...segments.map(({ name }) => this.place(name)));
    this.start ??= await this.firstRecord(this.present[0]!);
    await this.dump();
    await this.keepLast();
  }

  /** All under names of one timeline: pg_waldump follows none, and pages of earlier timelines before later ones are in order. */
  private place(name: string): string {
    return path.join(this.directory, hex(this.timeline) + name.slice(8));
  }

  private async dump(): Promise<void> {
    const { onRecord, managers = [] } = this.request;
    const filter = (this.major ?? SEVERAL_MANAGERS) >= SEVERAL_MANAGERS ? managers : [];
    // Told where to end: looking for a file that is not there it waits five seconds.
    const files = [this.present[0]!, this.present.at(-1)!].map((file) => path.basename(file));
    const seen = this.last === undefined ? -1n : lsnValue(this.last);
    let before = this.last !== undefined;
    const options = [`--start=${this.start}`, ...filter.map((manager) => `--rmgr=${manager}`)];
    await this.waldump([...options, ...files], (line) => {
      const lsn = this.done ? undefined : LSN_OF.exec(line)?.[1];
      if (lsn === undefined) return;
      // A step begins with the last segment of the one before.
      before &&= lsnValue(lsn) <= seen;
      if (before) return;
      this.last = lsn;
      if (onRecord(line) === true) this.done = true;
    });
  }

  /** The next step begins in the last segment, at the first record that begins there: nothing before it is needed any more. */
  private async keepLast(): Promise<void> {
    const newest = this.present.at(-1)!;
    const begins = await this.firstRecord(newest).catch(() => undefined);
    if (begins === undefined) return;
    this.start = begins;
    while (this.present[0] !== newest) await this.source.host.removeTree(this.present.shift()!);
  }

  /** @throws OpsError unavailable when the file holds no record that begins in it */
  private async firstRecord(file: string): Promise<string> {
    let first: string | undefined;
    const said = await this.waldump(["--limit=1", path.basename(file)], (line) => {
      first ??= LSN_OF.exec(line)?.[1];
    });
    if (first !== undefined) return first;
    throw new OpsError("unavailable", `${path.basename(file)} cannot be read: ${said.trim().slice(0, 300)}`);
  }

  /** It ends in an error wherever a record goes on in a segment that is not there. @returns what it said of errors */
  private async waldump(args: readonly string[], onLine: (line: string) => void): Promise<string> {
    const { host, user } = this.source;
    const { signal } = this.request;
    const place = [`--path=${this.directory}`, `--timeline=${this.timeline}`];
    const result = await host.run(await host.program("pg_waldump", this.major), [...place, ...args], {
      user,
      ...(signal ? { signal } : {}),
      keptCharacters: KEPT_CHARACTERS,
      onLine: (line, stream) => stream === "stdout" && onLine(line),
    });
    signal?.throwIfAborted();
    return result.stderr;
  }

  private get major(): number | undefined {
    return majorOf(this.request);
  }
}
