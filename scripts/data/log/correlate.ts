// Who may have made a transaction, by the server's own log: by the transaction's number where a line holds it, else by the moment of its
// commit. A correlation, never a proof; where several fit, nobody is named. Pure.
import type { Check } from "../../core/evidence";
import { inconclusive, pass } from "../../core/finding";
import { microseconds } from "../../core/pg-time";
import type { Suspect } from "../blame";
import type { LogLine, Who } from "./line";

export interface Correlation {
  by: "its number" | "near its commit" | "nothing";
  /** Sessions that fit. */
  sessions: number;
  /** Of the only one. */
  who?: Who;
}

export interface Correlated {
  of(suspect: Pick<Suspect, "lsn">): Correlation;
  checks: readonly Check[];
}

/** The log tells milliseconds, microseconds. */
const RESOLUTION = 1_000n;

/** Sessions that are told apart for one suspect. */
const MOST_SESSIONS = 1_000;

/** What may have written, or ended what had: PostgreSQL's command tags begin so. A function that SELECT calls is not told by its tag. */
const WRITING =
  /^(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|COMMIT|CALL|DO|EXECUTE|CREATE|ALTER|DROP|REFRESH|SELECT INTO|VACUUM|CLUSTER|COMMENT|GRANT|REVOKE)\b/;

interface Looked {
  suspect: Suspect;
  /** Of its commit. */
  at: bigint;
  /** Names of its databases; undefined where what is gone has none any more. */
  databases: ReadonlySet<string> | undefined;
  byNumber: Map<string, Who>;
  near: Map<string, Who>;
}

/** Feed it lines in any order. */
export class Correlator {
  lines = 0;
  private first: bigint | undefined;
  private last: bigint | undefined;
  /** Lines with a suspect's number that were written after its commit. */
  private late = 0;
  private durations = 0;
  private readonly byTime: readonly Looked[];
  private readonly byNumber = new Map<number, Looked[]>();

  constructor(suspects: readonly Suspect[]) {
    const all = suspects.map((suspect): Looked => {
      const known = suspect.tables.every(({ schema }) => schema !== "");
      return {
        ...{ suspect, at: microseconds(suspect.at), byNumber: new Map(), near: new Map() },
        databases: known ? new Set(suspect.tables.map(({ database }) => database)) : undefined,
      };
    });
    this.byTime = all.sort((a, b) => (a.at < b.at ? -1 : 1));
    for (const each of all)
      this.byNumber.set(each.suspect.xid, [...(this.byNumber.get(each.suspect.xid) ?? []), each]);
  }

  /** @param at when the line was written, microseconds */
  add(line: LogLine, at: bigint): void {
    this.lines++;
    if (this.first === undefined || at < this.first) this.first = at;
    if (this.last === undefined || at > this.last) this.last = at;
    if (line.user === "" || line.database === "") return;
    if (line.xid !== 0) this.number(line, at);
    else if (line.duration !== undefined) this.moment(line, at, line.duration);
  }

  private number(line: LogLine, at: bigint): void {
    for (const looked of this.byNumber.get(line.xid) ?? []) {
      if (!isOf(looked, line)) continue;
      if (at > looked.at + RESOLUTION) this.late++;
      else note(looked.byNumber, line);
    }
  }

  /** What was under way when it committed: a commit lies between the beginning of its statement and the line that says that it ended. */
  private moment(line: LogLine, at: bigint, duration: bigint): void {
    this.durations++;
    if (!WRITING.test(line.tag)) return;
    const [from, to] = [at - duration - RESOLUTION, at + RESOLUTION];
    for (let index = this.firstFrom(from); index < this.byTime.length; index++) {
      const looked = this.byTime[index]!;
      if (looked.at > to) return;
      if (isOf(looked, line)) note(looked.near, line);
    }
  }

  private firstFrom(at: bigint): number {
    let [low, high] = [0, this.byTime.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.byTime[middle]!.at < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param lost places of the logs that could not be read */
  result(lost: number): Correlated {
    const found = new Map(this.byTime.map((looked) => [looked.suspect.lsn, correlationOf(looked)]));
    return {
      of: ({ lsn }) => found.get(lsn) ?? { by: "nothing", sessions: 0 },
      checks: [this.readCheck(lost)],
    };
  }

  private readCheck(lost: number): Check {
    const name = "log-read";
    const [first, last] = [this.first, this.last];
    if (first === undefined || last === undefined)
      return { name, ...inconclusive("no line of the log could be read") };
    const said = `${this.lines} lines from ${isoOf(first)} to ${isoOf(last)}`;
    const outside = this.byTime.filter(({ at }) => at < first - RESOLUTION || at > last + RESOLUTION).length;
    const doubts = [
      ...(lost > 0 ? [`${lost} places in it are no lines of PostgreSQL's, and were left out`] : []),
      ...(outside > 0 ? [`${outside} of ${this.byTime.length} commits lie outside`] : []),
      ...(this.late > 0
        ? [
            `${this.late} lines hold a transaction's number later than it committed: the log is another server's, or of another zone`,
          ]
        : []),
      ...(this.durations === 0
        ? [
            "no line tells how long a statement took, and so none is told by the moment of a commit (log_min_duration_statement, log_duration)",
          ]
        : []),
    ];
    return { name, ...(doubts.length > 0 ? inconclusive(`${said}; ${doubts.join("; ")}`) : pass(said)) };
  }
}

function isOf({ databases }: Looked, { database }: LogLine): boolean {
  return databases === undefined || databases.has(database);
}

function note(sessions: Map<string, Who>, { session, user, application, address }: LogLine): void {
  if (sessions.size < MOST_SESSIONS) sessions.set(session, { user, application, address });
}

function correlationOf({ byNumber, near }: Looked): Correlation {
  const [sessions, by] =
    byNumber.size > 0 ? ([byNumber, "its number"] as const) : ([near, "near its commit"] as const);
  if (sessions.size === 0) return { by: "nothing", sessions: 0 };
  const [only] = sessions.values();
  return { by, sessions: sessions.size, ...(sessions.size === 1 && only ? { who: only } : {}) };
}

function isoOf(at: bigint): string {
  return new Date(Number(at / 1_000n)).toISOString();
}

export function whoText({ by, sessions, who }: Correlation): string {
  if (by === "nothing") return "not in the log";
  const how = by === "its number" ? "by its number" : "near its commit";
  if (!who) return `${sessions >= MOST_SESSIONS ? "at least " : ""}${sessions} candidates, ${how}`;
  const through = who.application === "" ? "" : ` with ${who.application}`;
  const from = who.address === "" ? "" : ` from ${who.address}`;
  return `${who.user}${through}${from} (${how}${by === "its number" ? "" : ", 1 candidate"})`;
}

/** For evidence: how many were found how. Whom the log names stays out of it. */
export function countsOf(
  { of }: Correlated,
  suspects: readonly Pick<Suspect, "lsn">[],
): Record<"byNumber" | "nearCommit" | "severalCandidates" | "notFound", number> {
  const all = suspects.map(of);
  const count = (fits: (each: Correlation) => boolean): number => all.filter(fits).length;
  return {
    byNumber: count(({ by, who }) => by === "its number" && who !== undefined),
    nearCommit: count(({ by, who }) => by === "near its commit" && who !== undefined),
    severalCandidates: count(({ sessions }) => sessions > 1),
    notFound: count(({ sessions }) => sessions === 0),
  };
}
