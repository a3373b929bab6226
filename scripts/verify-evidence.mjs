#!/usr/bin/env node
// Verifies an evidence ledger offline, with nothing but Node.js 20: copy this one file anywhere. It shares no code with
// the program that wrote the ledger, so that a mistake in one is not a mistake in both. It reads; it never writes.
//
// Formats, so that this file can be checked or rewritten by a stranger:
//   entry      <day>/<index, six digits>.dsse.json: a DSSE v1 envelope around an in-toto Statement v1, signed with Ed25519;
//              predicate.index counts from 1, predicate.previous is the sha256 of the envelope file before it (first: null)
//   day root   <day>/root.json: a DSSE envelope around {day, first, count, last, root}; root = Merkle tree hash of RFC 6962
//              over the day's envelope files
//   artifact   artifacts/<sha256>: content that entries name
//   <file>.tmp left by a writer that was killed before the rename into place: no evidence, and no alarm
//   head       outside the ledger: a DSSE envelope around {ledger, count, last, root, at, ...}; root over all envelopes
//   waiting    <head without .dsse.json>.pending/entry.json, {date, envelope}: an entry that is on its way into the ledger. Its append
//              places its artifacts, the entry, the day root and the head, in this order. An append that was interrupted, or is going on,
//              is no alteration: when the waiting entry is signed and follows the head's last one, whatever of it is there already is
//              let be, byte by byte as it waits; the entry is named and not counted. What the head counts is excused by nothing
// Envelopes and payloads have exactly one encoding (see `openEnvelope`), so every byte of every file is vouched for, and no name
// stands twice. The holder of the key is not trusted for more than having signed: an entry's verdict must be the one that its
// checks give (any fail: fail; otherwise any inconclusive, or nothing that applies: inconclusive; otherwise pass), and it
// may not finish before it starts. Entries are not held against each other's clocks: a clock may be set back.
import { isUtf8 } from "node:buffer";
import { createHash, createPublicKey, verify as verifySignature } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const USAGE = `Usage: node verify-evidence.mjs <ledger directory> --head <file> --key <public key PEM> [options]

Says whether an evidence ledger is complete, unaltered and in order.

  --head <file>      signed head of the ledger, kept outside it. Required: without a head nobody can see that the last
                     entries were cut off.
  --key <file>       public key, got by another way than the ledger. Required: with a key from the same hand, nobody can
                     see that everything was replaced. Compare the printed fingerprint with the one you were told.
  --ledger <name>    name of the ledger, which the head must say. Default: the directory's name where that is an environment's
                     (sandbox, staging, prod, dr, drill-...), otherwise what the head says. A ledger that is named as an
                     environment must hold this environment's evidence.
  --earlier <file>   an older head that you kept; the ledger must begin with exactly what it vouches for. May be repeated.
  --list             print one line for each sound entry
  --help             this text

Exit codes: 0 green, 1 problems were found, 2 wrong use or unreadable input.`;

const TYPES = {
  entry: "application/vnd.in-toto+json",
  dayRoot: "application/vnd.netedu-ops.ledger-day-root+json",
  head: "application/vnd.netedu-ops.ledger-head+json",
  statement: "https://in-toto.io/Statement/v1",
  predicate: "tag:netedu-ops,2026:evidence/v1",
};

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256"));
const hex = (...parts) => sha256(...parts).digest("hex");
/** Names and claims come from strangers: only printable ASCII reaches the terminal. */
const printable = (text) => String(text).replace(/[^ -~]/g, "?");

class Wrong extends Error {
  constructor(found, expected) {
    super(found);
    this.expected = expected;
  }
}

function demand(condition, found, expected) {
  if (!condition) throw new Wrong(found, expected);
}

/** What the system does not let us read says nothing of the ledger: neither that it is sound nor that it is not. */
class Unreadable extends Error {}

/** Whatever is read is read through this. */
function reading(path, body) {
  try {
    return body(path);
  } catch (error) {
    if (error.syscall === undefined) throw error;
    throw new Unreadable(`cannot read ${printable(path)}: ${error.code}`, { cause: error });
  }
}

const ABSENT = ["ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ENAMETOOLONG"];

/** A pipe is no file: it would be waited for. */
function read(file) {
  try {
    return reading(file, () => (statSync(file).isFile() ? readFileSync(file) : undefined));
  } catch (error) {
    if (ABSENT.includes(error.cause?.code)) return undefined;
    throw error;
  }
}

// ---- RFC 6962, section 2.1 ------------------------------------------------------------------------------------------

function merkleRoot(leaves) {
  if (leaves.length === 0) return sha256("").digest();
  if (leaves.length === 1) return leaves[0];
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.of(1), merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split))).digest();
}

/** The hashes of the complete subtrees, largest first: what the ledger's writer keeps in the head to go on from. */
function peaksOver(entries) {
  const peaks = [];
  let from = 0;
  for (let size = 2 ** 52; size >= 1; size /= 2) {
    if (from + size > entries.length) continue;
    peaks.push(rootOver(entries.slice(from, from + size)));
    from += size;
  }
  return peaks;
}

function rootOf(peaks) {
  if (peaks.length === 0) return hex("");
  return peaks.reduceRight((right, left) =>
    hex(Buffer.of(1), Buffer.from(left, "hex"), Buffer.from(right, "hex")),
  );
}

const leafOf = (bytes) => sha256(Buffer.of(0), bytes).digest();
const rootOver = (entries) => merkleRoot(entries.map((entry) => entry.leaf)).toString("hex");

// ---- DSSE -----------------------------------------------------------------------------------------------------------

function openEnvelope(bytes, payloadType, key) {
  demand(bytes, "it is missing", "it to be there, signed");
  let envelope;
  try {
    envelope = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new Wrong("it is not JSON", "a DSSE envelope");
  }
  const signature = envelope?.signatures?.[0];
  const texts = [envelope?.payloadType, envelope?.payload, signature?.keyid, signature?.sig];
  demand(
    texts.every((text) => typeof text === "string"),
    "it is no DSSE envelope",
    "payloadType, payload and one signature",
  );
  const payload = Buffer.from(envelope.payload, "base64");
  const sig = Buffer.from(signature.sig, "base64");
  const canonical = JSON.stringify({
    payloadType: envelope.payloadType,
    payload: payload.toString("base64"),
    signatures: [{ keyid: signature.keyid, sig: sig.toString("base64") }],
  });
  demand(
    bytes.equals(Buffer.from(`${canonical}\n`)),
    "its encoding was changed",
    "the one canonical encoding",
  );
  demand(envelope.payloadType === payloadType, `it holds ${envelope.payloadType}`, payloadType);
  demand(signature.keyid === key.id, `it is signed by key ${signature.keyid}`, `key ${key.id}`);
  const type = Buffer.from(payloadType);
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
  demand(
    verifySignature(null, signed, key.publicKey, sig),
    "its signature does not fit its content",
    "a valid signature",
  );
  return openPayload(payload);
}

/** Readers that take the first, and such as take the last of two equal names, would read different things. */
function openPayload(payload) {
  demand(isUtf8(payload), "its content is not UTF-8", "UTF-8");
  let value;
  let again;
  try {
    value = JSON.parse(payload.toString("utf8"));
    again = JSON.stringify(value);
  } catch {
    throw new Wrong("its content is not JSON", "JSON");
  }
  const same = payload.equals(Buffer.from(again));
  demand(same, "its content has a name twice, or is spelled in another way", "what JSON.stringify writes");
  return value;
}

// ---- what a signed payload must be ----------------------------------------------------------------------------------

const isText = (value) => typeof value === "string";
const isNumber = (value) => typeof value === "number";
const isDigest = (value) => isText(value) && /^[0-9a-f]{64}$/.test(value);
const isDay = (value) => isText(value) && /^\d{4}-\d{2}-\d{2}$/.test(value);
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isInstant = (value) =>
  isText(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (member) => (value) => Array.isArray(value) && value.every(member);
const optional = (test) => (value) => value === undefined || test(value);
/** Names that are not asked for are let be: later versions may write more. */
const has = (fields) => (value) =>
  isObject(value) && Object.entries(fields).every(([name, test]) => test(value[name]));

const VERDICTS = ["pass", "fail", "inconclusive"];
const PREDICATE = {
  index: (value) => isCount(value) && value > 0,
  previous: (value) => value === null || isDigest(value),
  job: isText,
  kind: isText,
  clauses: isList(isText),
  environment: isText,
  platform: isText,
  started: isInstant,
  finished: isInstant,
  verdict: (value) => VERDICTS.includes(value),
  measurements: isList(has({ name: isText, value: isNumber, unit: isText, target: optional(isNumber) })),
  checks: isList(
    has({
      name: isText,
      verdict: (value) => VERDICTS.includes(value) || value === "not-applicable",
      detail: isText,
      seconds: optional(isNumber),
      coveredBy: optional(isText),
    }),
  ),
  artifacts: isList(has({ name: isText, mediaType: isText, sha256: isDigest, bytes: isCount })),
  inputs: (value) => isObject(value) && Object.values(value).every(isText),
  actor: isText,
  facts: isObject,
};
/** Most entries of one day: a number that no day can hold would be counted up to all the same. */
const MOST_A_DAY = 1_000_000;
const DAY_ROOT = {
  day: isDay,
  first: (value) => isCount(value) && value > 0,
  count: (value) => isCount(value) && value > 0 && value <= MOST_A_DAY,
  last: isDigest,
  root: isDigest,
};
const HEAD = {
  ledger: isText,
  count: isCount,
  last: (value) => value === null || isDigest(value),
  root: isDigest,
  at: isInstant,
  peaks: isList(isDigest),
  day: (value) => value === null || has({ date: isDay, count: isCount, peaks: isList(isDigest) })(value),
};

function demandFields(value, fields) {
  demand(isObject(value), "its content is no object", "an object");
  for (const [name, test] of Object.entries(fields))
    demand(test(value[name]), `its ${name} is not what it must be`, `the ${name} of such a payload`);
}

/**
 * Where no network leads out of a copy, an integration that nobody reaches from outside either is out of reach all the same: its check
 * is inconclusive and does not count. Of the source and the repository the network says nothing. `a: x` is check x of scenario a.
 */
function isCovered({ name, verdict, coveredBy }, checks) {
  if (verdict !== "inconclusive" || coveredBy !== "isolation-no-way-out") return false;
  const [scenario = ""] = /^[a-z]: /.exec(name) ?? [];
  const integration = /^isolation-(?!(?:no-way-out|source|repository(?:-\d+)?)$)[a-z0-9-]+$/;
  if (!integration.test(name.slice(scenario.length))) return false;
  const covers = checks.filter((other) => other.name === coveredBy || other.name === scenario + coveredBy);
  return covers.length > 0 && covers.every((other) => other.verdict === "pass");
}

/** What the checks of a job give: one failure fails it, and a job that could not tell does not pass. */
function verdictOf(checks) {
  const found = new Set(checks.filter((check) => !isCovered(check, checks)).map(({ verdict }) => verdict));
  if (found.has("fail")) return "fail";
  return found.has("pass") && !found.has("inconclusive") ? "pass" : "inconclusive";
}

function demandClaim(predicate) {
  demandFields(predicate, PREDICATE);
  const { verdict, checks, started, finished } = predicate;
  const given = verdictOf(checks);
  demand(verdict === given, `its verdict is ${verdict}`, `${given}, which is what its checks give`);
  const ends = Date.parse(finished) >= Date.parse(started);
  demand(ends, `it finished at ${finished}`, `an end not before its beginning, ${started}`);
}

/** Ledgers that are named as an environment hold this environment's evidence. */
const isEnvironment = (name) => isText(name) && /^(?:sandbox|staging|prod|dr|drill-[a-z0-9-]+)$/.test(name);

function demandEnvironment({ environment }, ledger) {
  const right = !isEnvironment(ledger) || environment === ledger;
  demand(
    right,
    `it is evidence of environment ${environment}`,
    `evidence of ${ledger}, as the ledger is called`,
  );
}

function openHead(bytes, key) {
  const head = openEnvelope(bytes, TYPES.head, key);
  demandFields(head, HEAD);
  const parts = [head, head.day ?? {}].map((part) => Object.keys(part).join()).join(" ");
  const wanted = `${Object.keys(HEAD).join()} ${head.day ? "date,count,peaks" : ""}`;
  demand(parts === wanted, `its parts are ${parts}`, wanted);
  const root = rootOf(head.peaks);
  demand(head.root === root, `its root is ${head.root}`, `${root}, which its subtrees give`);
  return head;
}

function openDayRoot(bytes, key) {
  const root = openEnvelope(bytes, TYPES.dayRoot, key);
  demandFields(root, DAY_ROOT);
  const parts = Object.keys(root).join();
  demand(parts === Object.keys(DAY_ROOT).join(), `its parts are ${parts}`, Object.keys(DAY_ROOT).join());
  return root;
}

function openEntry(bytes, key) {
  const statement = openEnvelope(bytes, TYPES.entry, key);
  const parts = isObject(statement) ? Object.keys(statement).join() : "none";
  demand(
    parts === "_type,subject,predicateType,predicate",
    `its parts are ${parts}`,
    "an in-toto statement and nothing else",
  );
  const { _type, predicateType, subject, predicate } = statement;
  demand(
    _type === TYPES.statement && predicateType === TYPES.predicate,
    "another kind of statement",
    TYPES.predicate,
  );
  demandClaim(predicate);
  const wanted = predicate.artifacts.map(({ name, sha256: digest }) => ({
    name,
    digest: { sha256: digest },
  }));
  if (wanted.length === 0)
    wanted.push({ name: "predicate", digest: { sha256: hex(JSON.stringify(predicate)) } });
  demand(
    JSON.stringify(subject) === JSON.stringify(wanted),
    "its subjects are not its artifacts",
    "one for each",
  );
  return { predicate, digest: hex(bytes), leaf: leafOf(bytes) };
}

// ---- what lies in the directory -------------------------------------------------------------------------------------

const entryFile = (day, index) => `${day}/${String(index).padStart(6, "0")}.dsse.json`;

/** The entry that waits beside the head; undefined where none does, or it is the head's last one by now. */
function openWaiting(headFile, head, key) {
  const bytes = read(join(dirname(headFile), `${basename(headFile, ".dsse.json")}.pending`, "entry.json"));
  if (!bytes) return undefined;
  let waiting;
  try {
    waiting = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new Wrong("it is not what was written", "the entry that was being appended");
  }
  const shaped = isDay(waiting?.date) && isText(waiting.envelope);
  demand(shaped, "it is not what was written", "the entry that was being appended");
  const envelope = Buffer.from(waiting.envelope);
  if (hex(envelope) === head.last) return undefined;
  const { predicate } = openEntry(envelope, key);
  const { index, previous, artifacts } = predicate;
  demand(index === head.count + 1, `it holds entry ${index}`, `entry ${head.count + 1}`);
  demand(previous === head.last, `it follows ${previous}`, `it to follow ${head.last}`);
  demandEnvironment(predicate, head.ledger);
  const first = head.day?.date ?? waiting.date;
  demand(waiting.date >= first, `it is of ${waiting.date}`, `a day not before the head's, ${first}`);
  return { day: waiting.date, index, envelope, artifacts: artifacts.map(({ sha256: digest }) => digest) };
}

function list(directory) {
  const days = new Map();
  const artifacts = [];
  const strangers = [];
  const kind = (path) => {
    const status = reading(join(directory, path), (place) => lstatSync(place));
    return status.isDirectory() ? "directory" : status.isFile() ? "file" : "other";
  };
  const names = (path) => reading(path, (place) => readdirSync(place));
  for (const name of names(directory).sort()) {
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(name);
    if (name === "preflight.tmp" && kind(name) === "file") continue;
    if (kind(name) !== "directory" || (!isDay && name !== "artifacts")) {
      strangers.push(name);
      continue;
    }
    if (isDay) days.set(name, []);
    for (const child of names(join(directory, name))) {
      const path = `${name}/${child}`;
      const index = Number(/^\d{6,}/.exec(child)?.[0]);
      const left = child.replace(/\.tmp$/, "");
      const named = isDay
        ? left === "root.json" || (index > 0 && `${name}/${left}` === entryFile(name, index))
        : isDigest(left);
      if (kind(path) !== "file") strangers.push(path);
      else if (left !== child && named) continue;
      else if (!isDay && /^[0-9a-f]{64}$/.test(child)) artifacts.push(child);
      else if (isDay && index > 0 && path === entryFile(name, index)) days.get(name).push(index);
      else if (!isDay || child !== "root.json") strangers.push(path);
    }
  }
  for (const [day, indices] of days) {
    indices.sort((a, b) => a - b);
    // A writer that was killed had made no more than the directory.
    if (indices.length === 0 && !names(join(directory, day)).includes("root.json")) days.delete(day);
  }
  return { days, artifacts, strangers };
}

/** Of an empty directory everything may have been removed; one that holds only other things was named by mistake. */
function isLedger(directory) {
  const { days, artifacts, strangers } = list(directory);
  return days.size > 0 || artifacts.length > 0 || strangers.length === 0;
}

// ---- verification ---------------------------------------------------------------------------------------------------

/** What follows from a problem is not reported again, so that each stands at the file that was changed. */
class Verification {
  problems = [];
  sound = [];
  count = 0;
  #directory;
  #key;
  #ledger;
  #broken = new Set();
  #reached = 0;
  #waiting;
  /** Digest of the entry before; undefined when it is not known. */
  #previous = null;

  /** @param ledger its name; undefined when nobody says it */
  constructor(directory, key, ledger) {
    this.#directory = directory;
    this.#key = key;
    this.#ledger = ledger;
  }

  report(place, found, expected) {
    this.problems.push({ place: printable(place), found: printable(found), expected: printable(expected) });
  }

  #breakEntry(index, place, found, expected) {
    this.#broken.add(index);
    this.report(place, found, expected);
  }

  #attempt(place, body, onWrong = (...problem) => this.report(...problem)) {
    try {
      return body();
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      onWrong(place, error.message, error.expected);
      return undefined;
    }
  }

  /** Before anything else. A head that is not what it must be is blamed later, and excuses nothing. */
  findWaiting(headFile) {
    const head = this.#attempt(
      "head",
      () => openHead(read(headFile), this.#key),
      () => {},
    );
    if (head?.ledger !== this.#ledger) return;
    this.#waiting = this.#attempt("waiting entry", () => openWaiting(headFile, head, this.#key));
  }

  /** Place of the entry that waits. */
  get interrupted() {
    const waiting = this.#waiting;
    return waiting && `entry ${waiting.index} (${entryFile(waiting.day, waiting.index)})`;
  }

  /** What is there without the entry that waits, as long as the day's root does not count it. */
  #without(day, present) {
    const waiting = this.#waiting;
    if (waiting?.day !== day || !this.#bytesOf(day, waiting.index)?.equals(waiting.envelope)) return present;
    return present.filter((index) => index !== waiting.index);
  }

  /** The head does not count the entry that waits. */
  leaveWaiting() {
    const last = this.sound.at(-1);
    if (!this.#waiting || last?.predicate.index !== this.#waiting.index) return;
    this.sound.pop();
    this.count--;
    this.#reached--;
  }

  #gap(last) {
    const first = this.#reached + 1;
    const place = first === last ? `entry ${first}` : `entries ${first} to ${last}`;
    this.#breakEntry(first, place, "the files are missing", "every entry");
    this.#reached = last;
    this.#previous = undefined;
  }

  #bytesOf(day, index) {
    return read(join(this.#directory, entryFile(day, index)));
  }

  #openDayRoot(day, present) {
    return this.#attempt(`day root ${day}`, () => {
      const root = openDayRoot(read(join(this.#directory, day, "root.json")), this.#key);
      demand(root.day === day, `it is the root of ${root.day}`, `the root of ${day}`);
      const next = root.first + root.count;
      const beyond = present.find((index) => index >= next);
      let genuine = false;
      try {
        genuine = beyond === next && openEntry(this.#bytesOf(day, next), this.#key).predicate.index === next;
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
      }
      demand(!genuine, `it does not count entry ${next}, which is signed`, "the newest root of the day");
      return root;
    });
  }

  #walkEntry(day, index) {
    const place = `entry ${index} (${entryFile(day, index)})`;
    const reached = this.#reached;
    if (index <= reached)
      return this.#breakEntry(index, place, "it is out of order", `an entry after ${reached}`);
    if (index > reached + 1) this.#gap(index - 1);
    this.#reached = index;
    const bytes = this.#bytesOf(day, index);
    if (bytes) this.count++;
    const entry = this.#attempt(
      place,
      () => this.#openInOrder(bytes, index),
      (...problem) => this.#breakEntry(index, ...problem),
    );
    this.#previous = entry?.digest;
    if (entry) this.sound.push({ ...entry, day });
    return entry;
  }

  #openInOrder(bytes, index) {
    const opened = openEntry(bytes, this.#key);
    const { predicate } = opened;
    const previous = this.#previous;
    demand(predicate.index === index, `it holds entry ${predicate.index}`, `entry ${index}`);
    const follows = previous === undefined || predicate.previous === previous;
    demand(follows, `it follows ${predicate.previous}`, `it to follow ${previous}`);
    demandEnvironment(predicate, this.#ledger);
    return opened;
  }

  walkDay(day, all) {
    const before = this.#without(day, all);
    if (before.length === 0 && all.length > 0 && !read(join(this.#directory, day, "root.json"))) return;
    const root = this.#openDayRoot(day, before);
    const present = root && root.first + root.count > this.#waiting?.index ? all : before;
    const listed = root ? Array.from({ length: root.count }, (_, i) => root.first + i) : present;
    const counted = new Set(listed);
    for (const index of present.filter((i) => !counted.has(i))) {
      const place = `entry ${index} (${entryFile(day, index)})`;
      this.#breakEntry(index, place, "it is there", "only what the day's root counts");
    }
    const entries = listed.map((index) => this.#walkEntry(day, index));
    if (!root || listed.some((index) => this.#broken.has(index))) return;
    const same = root.root === rootOver(entries) && root.last === entries.at(-1)?.digest;
    if (!same)
      this.report(`day root ${day}`, `it says ${root.root}`, `${rootOver(entries)} over the day's entries`);
  }

  checkHead(file) {
    const head = this.#attempt("head", () => openHead(read(file), this.#key));
    if (!head) return undefined;
    if (head.ledger !== this.#ledger) {
      this.report("head", `it is the head of ledger ${head.ledger}`, `the head of ledger ${this.#ledger}`);
      return head;
    }
    if (head.count > this.#reached) this.#missAtEnd(head);
    if (this.#broken.size > 0) return head;
    const { sound } = this;
    if (head.count < sound.length)
      this.report("head", `it counts ${head.count} entries`, `${sound.length}: it is older`);
    else if (JSON.stringify(head) !== JSON.stringify(this.#headNow(head)))
      this.report("head", `it says ${head.root}`, `${rootOver(sound)} over all entries, and its last day`);
    return head;
  }

  /** What the head must say, word for word; of a day that lies under another date, its root is blamed already. */
  #headNow({ at, day }) {
    const { sound } = this;
    const date = sound.at(-1)?.day;
    const blamed = this.problems.some(({ place }) => place === `day root ${date}`);
    const today = sound.filter((entry) => entry.day === date);
    const last = { date, count: today.length, peaks: peaksOver(today) };
    return {
      ledger: this.#ledger,
      count: sound.length,
      last: sound.at(-1)?.digest ?? null,
      root: rootOver(sound),
      at,
      peaks: peaksOver(sound),
      day: blamed ? day : date === undefined ? null : last,
    };
  }

  /** The head counts entries that no file was found for; those known as broken are not missed a second time. */
  #missAtEnd(head) {
    this.#reached = [...this.#broken].reduce((most, index) => Math.max(most, index), this.#reached);
    if (head.count > this.#reached + 1) this.#gap(head.count);
    else if (head.count > this.#reached) {
      const place = `entry ${head.count} (${entryFile(head.day?.date, head.count)})`;
      this.#breakEntry(head.count, place, "it is missing", `${head.count} entries, as the head says`);
    }
  }

  checkEarlier(file) {
    const place = `earlier head ${printable(file)}`;
    const head = this.#attempt(place, () => openHead(read(file), this.#key));
    if (!head) return;
    if (head.ledger !== this.#ledger) {
      this.report(place, `it is the head of ledger ${head.ledger}`, `a head of ledger ${this.#ledger}`);
      return;
    }
    if (this.#broken.size > 0) return;
    const { sound } = this;
    const same =
      sound.length >= head.count &&
      rootOver(sound.slice(0, head.count)) === head.root &&
      (sound[head.count - 1]?.digest ?? null) === head.last;
    if (!same) this.report(place, "the ledger does not begin with what it vouches for", `root ${head.root}`);
  }

  checkArtifacts(present) {
    const named = new Set();
    for (const { predicate } of this.sound) {
      for (const { name, sha256: digest, bytes } of predicate.artifacts) {
        if (named.has(digest)) continue;
        named.add(digest);
        const content = read(join(this.#directory, "artifacts", digest));
        const intact = content && hex(content) === digest && content.length === bytes;
        const found = content ? "its content was altered" : "it is missing";
        const wanted = printable(`${name} of entry ${predicate.index}`);
        if (!intact) this.report(`artifact artifacts/${digest}`, found, wanted);
      }
    }
    // An entry that cannot be read cannot say which artifacts are its own.
    if (this.#broken.size > 0) return;
    for (const digest of this.#waiting?.artifacts ?? []) named.add(digest);
    for (const digest of present.filter((candidate) => !named.has(candidate))) {
      this.report(`artifact artifacts/${digest}`, "it is there", "only artifacts that an entry names");
    }
  }
}

/** Who hands over a ledger may call its directory as he likes, but not as another environment. */
function nameOf({ directory, head, key, ledger }) {
  if (ledger !== undefined) return ledger;
  const name = basename(resolve(directory));
  if (isEnvironment(name)) return name;
  try {
    return openHead(read(head), key).ledger;
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return undefined;
  }
}

function verifyLedger(given) {
  const { directory, head: headFile, earlier: earlierFiles, key } = given;
  const { days, artifacts, strangers } = list(directory);
  const verification = new Verification(directory, key, nameOf(given));
  verification.findWaiting(headFile);
  for (const name of strangers)
    verification.report(`file ${printable(name)}`, "it is there", "only what the ledger writes");
  for (const [day, present] of days) verification.walkDay(day, present);
  verification.leaveWaiting();
  const head = verification.checkHead(headFile);
  for (const file of earlierFiles) verification.checkEarlier(file);
  verification.checkArtifacts(artifacts);
  const { problems, sound, count, interrupted } = verification;
  return { problems, sound, count, days: [...days.keys()], head, interrupted };
}

// ---- command line ---------------------------------------------------------------------------------------------------

function parse(argv) {
  const options = {
    head: { type: "string" },
    key: { type: "string" },
    ledger: { type: "string" },
    earlier: { type: "string", multiple: true, default: [] },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  };
  const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
  if (values.help) return { help: true };
  if (positionals.length !== 1) throw new TypeError("name one ledger directory");
  if (!values.head)
    throw new TypeError("--head is required: without it, entries cut off at the end are not seen");
  if (!values.key)
    throw new TypeError("--key is required: without it, replacement of the whole ledger is not seen");
  const publicKey = createPublicKey(reading(values.key, (file) => readFileSync(file)));
  if (publicKey.asymmetricKeyType !== "ed25519") throw new TypeError(`${values.key} is no Ed25519 key`);
  if (!reading(positionals[0], (path) => statSync(path)).isDirectory())
    throw new TypeError(`${positionals[0]} is no directory`);
  if (!isLedger(positionals[0]))
    throw new TypeError(`${positionals[0]} is no ledger: nothing in it is called as in one`);
  const key = { publicKey, id: hex(publicKey.export({ type: "spki", format: "der" })) };
  return { ...values, directory: positionals[0], key };
}

function main(argv) {
  let given;
  try {
    given = parse(argv);
  } catch (error) {
    console.error(error instanceof Unreadable ? error.message : `${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (given.help) {
    console.log(USAGE);
    return 0;
  }
  let found;
  try {
    found = verifyLedger(given);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    console.error(error.message);
    return 2;
  }
  return print(given, found);
}

function print(given, { problems, sound, count, days, head, interrupted }) {
  if (given.list) {
    for (const { predicate: p, digest } of sound) {
      console.log(
        printable(
          `${p.index}  ${p.finished}  ${p.environment}/${p.platform}  ${p.job}  ${p.verdict}  ${digest}`,
        ),
      );
    }
  }
  for (const { place, found, expected } of problems) {
    console.log(`PROBLEM  ${place}\n         found     ${found}\n         expected  ${expected}`);
  }
  const span = days.length > 0 ? `, ${days[0]} to ${days.at(-1)}` : "";
  console.log(`entries  ${count}${span}`);
  console.log(`root     ${rootOver(sound)}`);
  console.log(
    `head     ${head ? printable(`${head.count} entries of ledger ${head.ledger}, signed ${head.at}`) : "none"}`,
  );
  if (interrupted)
    console.log(
      `waiting  ${interrupted} is signed and not counted: its append was interrupted, or is going on`,
    );
  console.log(`key      ${given.key.id} (compare it with the fingerprint that you were told)`);
  console.log(`verdict  ${problems.length === 0 ? "green" : `red: ${problems.length} problem(s)`}`);
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
