// A checkpoint: what the source was at one named moment, in a form that a restored copy can be compared with.

import * as v from "valibot";
import { type Facts, INSTANT, SHA256 } from "../evidence/facts";
import { bothRead } from "../postgres/both-read";
import type { DatabaseState, SequenceState } from "../postgres/database-state";
import { type LeftOutDatabase, showLeftOut } from "../postgres/databases";
import type { ContentDifference } from "../postgres/fingerprint";
import { compareContent, qualified, readOtherwise } from "../postgres/fingerprint";
import { LSN } from "../postgres/recovery-target";
import { compareDigests } from "../postgres/schema-digest";

export interface Checkpoint {
  name: string;
  /** The restore point's moment by the server's clock, ISO UTC with microseconds. */
  at: string;
  /** How recovery finds it: the named restore point, or the end of a whole second without a commit. */
  target: CheckpointReference["target"];
  lsn: string;
  segment: string;
  segmentBytes: number;
  timeline: number;
  systemIdentifier: string;
  serverVersion: string;
  /** How long writers were held up, seconds, and how many tries it took to find a quiet moment. */
  lock: {
    heldSeconds: number;
    attempts: number;
    /** For whom reading was let go and begun anew; absent = nobody had to wait. */
    letGo?: readonly string[];
  };
  databases: Readonly<Record<string, DatabaseState>>;
  roles: Readonly<Record<string, string>>;
  /** False: digests of roles are without passwords, which the source's role may not read. Absent in those of earlier versions. */
  passwords?: boolean;
  /** Tablespaces, grants on parameters, comments on shared objects; absent in checkpoints of earlier versions. */
  globals?: Readonly<Record<string, string>>;
  /** How definitions of `roles` and `globals` were written (`SHARED_BY`); absent in checkpoints of earlier versions. */
  sharedBy?: string;
  /** Databases that were not read; absent in checkpoints of earlier versions, which read no template. */
  leftOut?: readonly LeftOutDatabase[];
  /** The same in checkpoints of earlier versions, for people. */
  uncompared?: readonly string[];
}

/** What `backup` writes into its evidence so that later jobs find the checkpoint without loading it. */
export const CHECKPOINT_REFERENCE = v.object({
  name: v.string(),
  at: INSTANT,
  target: v.picklist(["restore-point", "time"]),
  lsn: v.pipe(v.string(), v.regex(LSN, "a position in the WAL, such as 0/F02BD10")),
  timeline: v.number(),
  /** The stored checkpoint. */
  artifact: SHA256,
  /** The cluster's identifier; absent in evidence of earlier versions. */
  systemIdentifier: v.optional(v.string()),
});
export type CheckpointReference = Facts<typeof CHECKPOINT_REFERENCE>;

/** What is compared of a cluster: a checkpoint, or what a copy holds. */
export type ClusterState = Pick<Checkpoint, "databases" | "roles" | "globals" | "sharedBy" | "leftOut"> & {
  /** Databases that were read although they are templates. */
  templates?: readonly string[];
};

export interface StateDifferences {
  content: (ContentDifference & { database: string })[];
  schema: string[];
  roles: string[];
  sequences: string[];
  /** Content that nobody can tell of: it has no safe way to be read, or an earlier version read it in one that is not. */
  unread: string[];
  /** The same of definitions. */
  unreadSchema: string[];
  /** The same of roles and what else belongs to the cluster. */
  unreadRoles: string[];
}

/** A sequence may be ahead on a copy: PostgreSQL logs 32 values in advance (SEQ_LOG_VALS in sequence.c). */
const SEQUENCE_LOOKAHEAD = 32n;

const READ_OTHERWISE = "read by an earlier version in another way; take a new backup";

/**
 * Compares a copy with its checkpoint. Empty lists mean equal.
 * At a time (rather than a restore point) recovery ends before the next commit, and numbers drawn until then without one
 * are replayed: no bound for them is known.
 */
export function compareState(
  expected: ClusterState & Partial<Pick<Checkpoint, "target">>,
  found: ClusterState,
): StateDifferences {
  const all: StateDifferences = {
    content: [],
    schema: compareLeftOut(expected, found),
    roles: [],
    sequences: [],
    unread: [],
    unreadSchema: [],
    unreadRoles: [],
  };
  if (expected.sharedBy === found.sharedBy)
    all.roles.push(
      ...compareDigests(expected.roles, found.roles),
      ...(expected.globals && found.globals ? compareDigests(expected.globals, found.globals) : []),
    );
  else all.unreadRoles.push(`roles, tablespaces, shared comments and grants: ${READ_OTHERWISE}`);
  const most = expected.target === "time" ? "any" : SEQUENCE_LOOKAHEAD;
  const unread = unreadDatabases(expected, found);
  all.unread.push(...unread.values());
  all.unreadSchema.push(...unread.values());
  const names = [...new Set([...Object.keys(expected.databases), ...Object.keys(found.databases)])].sort();
  for (const database of names) {
    const want = expected.databases[database];
    const have = found.databases[database];
    if ((!want || !have) && unread.has(database)) continue;
    if (!want || !have) {
      all.schema.push(`database ${database}: ${want ? "missing" : "not there at the checkpoint"}`);
      continue;
    }
    const read = bothRead(want, have);
    all.content.push(
      ...compareContent(read.want, read.have).map((difference) => ({ database, ...difference })),
    );
    all.unread.push(
      ...[...readOtherwise(read.want, read.have), ...read.unread].map((line) => `${database}: ${line}`),
    );
    if (want.schemaBy === have.schemaBy)
      all.schema.push(...compareDigests(want.schema, have.schema).map((line) => `${database}: ${line}`));
    else all.unreadSchema.push(`${database}: ${READ_OTHERWISE}`);
    all.sequences.push(
      ...compareSequences(want.sequences, have.sequences, most).map((line) => `${database}: ${line}`),
    );
  }
  return all;
}

/** By name, with the reason: databases that were not read here or there, where one of them may hold rows that nobody compared. */
function unreadDatabases(expected: ClusterState, found: ClusterState): Map<string, string> {
  const unread = new Map<string, string>();
  for (const one of [...(expected.leftOut ?? []), ...(found.leftOut ?? [])])
    if (one.unread || expected.databases[one.name] || found.databases[one.name])
      unread.set(one.name, `database ${showLeftOut(one)}`);
  if (expected.leftOut) return unread;
  for (const name of found.templates ?? [])
    if (!expected.databases[name])
      unread.set(name, `database ${name}: a template, and an earlier version read none; take a new backup`);
  return unread;
}

/** Of a database that is not read, no more is known than that it is there. By name: what is said of it may change. */
function compareLeftOut(expected: ClusterState, found: ClusterState): string[] {
  if (!expected.leftOut || !found.leftOut) return [];
  const all = ({ databases, leftOut = [] }: ClusterState): Set<string> =>
    new Set([...Object.keys(databases), ...leftOut.map(({ name }) => name)]);
  const [want, have] = [all(expected), all(found)];
  const gone = expected.leftOut.filter(({ name }) => !have.has(name));
  const added = found.leftOut.filter(({ name }) => !want.has(name));
  return [
    ...gone.map(({ name }) => `database ${name}: missing`),
    ...added.map(({ name }) => `database ${name}: not there at the checkpoint`),
  ];
}

/** @param most how far ahead of `upTo` one may be; `any` where numbers were drawn between the reading and the copying */
export function compareSequences(
  expected: readonly SequenceState[],
  found: readonly SequenceState[],
  most: bigint | "any" = SEQUENCE_LOOKAHEAD,
): string[] {
  const byName = new Map(found.map((sequence) => [qualified(sequence), sequence]));
  return expected.flatMap((want) => {
    const have = byName.get(qualified(want));
    if (!have) return [`${qualified(want)}: missing`];
    if (want.last === null) return [];
    if (have.last === null) return [`${qualified(want)}: behind, was ${want.last} and is unused`];
    const steps = stepsBetween(want.last, have.last, have.increment);
    if (steps < 0n) return [`${qualified(want)}: behind by ${-steps}, was ${want.last} and is ${have.last}`];
    const ahead = stepsBetween(want.upTo ?? want.last, have.last, have.increment);
    if (most !== "any" && ahead > most)
      return [`${qualified(want)}: ${ahead} ahead, at most ${most} expected`];
    return [];
  });
}

/** Increments from one value to the other; negative when the other is behind. */
function stepsBetween(from: string, to: string, increment: string): bigint {
  return (BigInt(to) - BigInt(from)) / BigInt(increment);
}

/**
 * Sequences as they were before a moment, with what they were after it.
 * @returns undefined when one was set back, dropped or made meanwhile: then nobody knows what it was in between
 */
export function sequencesAround(
  before: readonly SequenceState[],
  after: readonly SequenceState[],
): SequenceState[] | undefined {
  if (before.length !== after.length || compareSequences(before, after, "any").length > 0) return undefined;
  const later = new Map(after.map((sequence) => [qualified(sequence), sequence.last]));
  return before.map((sequence) => ({ ...sequence, upTo: later.get(qualified(sequence)) ?? null }));
}

/** Rows and tables of a state, for one line in a report. */
export function totals(databases: Checkpoint["databases"]): { tables: number; rows: number } {
  const tables = Object.values(databases).flatMap((state) => state.tables);
  return { tables: tables.length, rows: tables.reduce((sum, table) => sum + table.rows, 0) };
}
