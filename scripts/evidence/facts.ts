// Reads back what jobs left in evidence. Each kind of facts has one schema, which stands in the room that writes them and from
// which their type is inferred: writer and reader cannot drift apart.
import * as v from "valibot";
import { OpsError } from "../core/errors";
import type { LedgerEntry } from "./port";

type FactsSchema = v.ObjectSchema<v.ObjectEntries, undefined>;

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** What a schema describes, for writers and readers alike. */
export type Facts<S extends v.GenericSchema> = Immutable<v.InferOutput<S>>;

/** ISO 8601 with a zone, e.g. `2026-11-30T06:13:12.790861Z`. */
export const INSTANT = v.pipe(v.string(), v.isoTimestamp("an instant in ISO 8601 with its zone"));

/** Digest in lower-case hex. */
export const SHA256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "a sha256 in hex"));

/** What is quoted of a value that is wrong, characters. */
const QUOTED = 80;

/**
 * Facts of one kind in an entry. Fields that the schema does not have are left out: later versions may write more.
 * @returns undefined when the entry has none of the schema's fields: its run failed before it knew them, or was of another kind
 * @throws OpsError evidence when a field is missing or is not what the schema says
 */
export function factsIn<S extends FactsSchema>(
  entry: Pick<LedgerEntry, "index" | "file" | "predicate">,
  schema: S,
): v.InferOutput<S> | undefined {
  const { facts } = entry.predicate;
  if (!Object.keys(schema.entries).some((field) => Object.hasOwn(facts, field))) return undefined;
  const read = v.safeParse(schema, facts, { abortEarly: true });
  if (read.success) return read.output;
  throw refusal(entry, read.issues[0]);
}

function refusal(
  { index, file, predicate }: Pick<LedgerEntry, "index" | "file" | "predicate">,
  issue: v.BaseIssue<unknown>,
): OpsError {
  const found = issue.received.length > QUOTED ? `${issue.received.slice(0, QUOTED)}…` : issue.received;
  // A check of a value says in its message what it wants; a type says it in `expected`.
  const expected = issue.kind === "schema" && issue.expected !== null ? issue.expected : issue.message;
  const field = `facts.${v.getDotPath(issue) ?? ""}`;
  return new OpsError(
    "evidence",
    `entry ${index} (${file}), evidence of ${predicate.job}: ${field} is ${found === "undefined" ? "missing" : found}`,
    {
      expected,
      todo: "`ops evidence verify` says whether the ledger was altered; if it was not, another version of ops wrote this entry: read it with that version",
    },
  );
}
