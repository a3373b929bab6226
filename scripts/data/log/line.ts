// What a line of PostgreSQL's log says of who did what, and when: never the statement itself. Pure.
import { microseconds } from "../../core/pg-time";
import { clip, printable } from "../../core/text/text";
import type { CsvField } from "./lexer";

/** Who a session belongs to, by the log's word: text of unknown origin, made harmless. */
export interface Who {
  user: string;
  application: string;
  /** Address without its port, or `[local]`. */
  address: string;
}

export interface LogLine extends Who {
  /** As it is written, without its zone: `2026-12-01 15:51:32.375`. */
  time: string;
  zone: string;
  database: string;
  session: string;
  /** Of the transaction; 0 where it had no number (any more). Subtransactions' lines hold their transaction's. */
  xid: number;
  /** What the session was doing: `UPDATE`, `idle`. */
  tag: string;
  /** How long what had just ended took, microseconds; undefined where the line tells none. */
  duration: bigint | undefined;
}

const SHOWN_COLUMNS = 40;

const TIME = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) ([A-Za-z0-9+:-]{1,16})$/;

/** `duration: 0.925 ms  statement: …`, in whatever language the server speaks. */
const DURATION = /^[^\d:：]{1,40}[:：] ?(\d{1,12})\.(\d{3}) \S+(?: {2}|$)/;

/** Places of what is read among the fields of csvlog. */
const AT = {
  time: 0,
  user: 1,
  database: 2,
  pid: 3,
  from: 4,
  session: 5,
  tag: 7,
  xid: 10,
  state: 12,
  message: 13,
  application: 22,
};

/** @returns undefined when PostgreSQL did not write these fields */
export function lineOfCsv(fields: readonly CsvField[]): LogLine | undefined {
  const text = (name: keyof typeof AT): string => fields[AT[name]]?.text ?? "";
  const named = (["user", "database", "from", "tag", "message", "application"] as const).map(
    (name) => fields[AT[name]],
  );
  // Names are always in quotes, numbers never: nobody can write such a line within a statement, where quotes are doubled.
  const genuine =
    fields.length > AT.application &&
    named.every((field) => field?.quoted || field?.text === "") &&
    fields[AT.message]!.quoted &&
    [fields[AT.pid], fields[AT.session], fields[AT.xid]].every((field) => field?.quoted === false) &&
    !/^"+$/.test(text("user"));
  if (!genuine) return undefined;
  return lineOf({
    time: text("time"),
    user: text("user"),
    database: text("database"),
    pid: text("pid"),
    // host:port; a socket has no port.
    address: text("from").replace(/:\d{1,5}$/, ""),
    session: text("session"),
    tag: text("tag"),
    xid: text("xid"),
    state: text("state"),
    message: text("message"),
    application: text("application"),
  });
}

const MESSAGE = ',"message":"';
const APPLICATION = ',"application_name":"';
/** Characters of a message that are looked at. */
const MESSAGE_BEGINNING = 64;

/** @param tail of a line that was too long to be kept whole */
export function lineOfJson(head: string, tail: string | undefined): LogLine | undefined {
  const parsed = tail === undefined ? object(head) : longLine(head, tail);
  if (!parsed) return undefined;
  const text = (name: string): string => {
    const value = parsed[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  return lineOf({
    time: text("timestamp"),
    user: text("user"),
    database: text("dbname"),
    pid: text("pid"),
    address: text("remote_host"),
    session: text("session_id"),
    tag: text("ps"),
    xid: text("txid"),
    state: text("state_code") || "00000",
    message: text("message"),
    application: text("application_name"),
  });
}

/** Within a text every quote is escaped: a name that follows a comma and a quote is a name of the line's own. */
function longLine(head: string, tail: string): Record<string, unknown> | undefined {
  const at = head.indexOf(MESSAGE);
  if (at < 0) return undefined;
  const message = head
    .slice(at + MESSAGE.length, at + MESSAGE.length + MESSAGE_BEGINNING)
    .replace(/["\\].*$/s, "");
  const from = tail.lastIndexOf(APPLICATION);
  const rest = from < 0 ? {} : object(`{${tail.slice(from + 1)}`);
  const known = object(`${head.slice(0, at)}}`);
  return known && rest && { ...rest, ...known, message };
}

function object(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

interface Texts extends Who {
  time: string;
  database: string;
  pid: string;
  session: string;
  tag: string;
  xid: string;
  state: string;
  message: string;
}

function lineOf({
  time,
  user,
  database,
  pid,
  address,
  session,
  tag,
  xid,
  state,
  message,
  application,
}: Texts): LogLine | undefined {
  const [, at, zone] = TIME.exec(time) ?? [];
  const sound = /^\d+$/.test(pid) && /^[0-9a-f]+\.[0-9a-f]+$/.test(session) && /^\d{1,10}$/.test(xid);
  if (at === undefined || zone === undefined || !sound || !isTime(at)) return undefined;
  const [, whole, thousandths] =
    (state === "00000" && DURATION.exec(message.slice(0, MESSAGE_BEGINNING))) || [];
  return {
    time: at,
    zone,
    user: harmless(user),
    database,
    address: harmless(address),
    application: harmless(application),
    session,
    xid: Number(xid),
    tag,
    duration: whole === undefined ? undefined : BigInt(`${whole}${thousandths}`),
  };
}

function isTime(at: string): boolean {
  return !Number.isNaN(Date.parse(`${at.replace(" ", "T")}Z`));
}

/** Most names are plain, and a log is long. */
const PLAIN = /^[ -~]{0,40}$/;

const harmless = (text: string): string => (PLAIN.test(text) ? text : clip(printable(text), SHOWN_COLUMNS));

/** Minutes east of Greenwich that a zone's own name tells for certain; CST, for one, is China's and America's. */
export function offsetOfZone(zone: string): number | undefined {
  if (/^(?:UTC|GMT)$/.test(zone)) return 0;
  const [, sign, hours, minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return hours === undefined ? undefined : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** Microseconds since 1970. @param offset minutes east of Greenwich */
export function instantOf({ time }: Pick<LogLine, "time">, offset: number): bigint {
  return microseconds(`${time}Z`) - BigInt(offset) * 60_000_000n;
}
