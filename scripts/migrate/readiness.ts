// Is what is pending linted and rehearsed? Asked by `ops migrate up` and by the release gate; reads files, database and ledger.

import * as v from "valibot";
import { type MemoryReader, memoryOf, remembered } from "../backup/memory";
import type { Finding } from "../core/evidence";
import { fail, pass } from "../core/finding";
import type { Core } from "../core/tools";
import { type Facts, factsIn } from "../evidence/facts";
import type { EvidenceReader } from "../evidence/port";
import type { PostgresTools } from "../postgres/port";
import { migrator } from "./login";
import type { Migration } from "./migration";
import type { MigrateTools } from "./port";
import { type Fitness, fitting, type KnownRehearsal, NAMED_MIGRATION, REHEARSAL_FACTS } from "./rehearsal";
import { loadMigrations, readStates } from "./set";
import { pendingOf, type StateRow } from "./state";

type Needs = EvidenceReader & PostgresTools & Pick<Core, "clock"> & MigrateTools;

export const LINT = { job: "migrate-lint", kind: "migration-lint", clauses: ["SEC-RELEASE"] } as const;
export const REHEARSAL = {
  job: "migrate-rehearse",
  kind: "migration-rehearsal",
  clauses: ["DATA-CHANGE", "SEC-RELEASE"],
} as const;

/** What `migrate lint` leaves in its facts. */
export const LINT_FACTS = v.object({
  action: v.literal("lint"),
  pending: v.array(NAMED_MIGRATION),
  hazards: v.number(),
  /** Answered for with `ops:allow`. */
  allowed: v.number(),
});
export type LintFacts = Facts<typeof LINT_FACTS>;

export interface Readiness {
  rows: readonly StateRow[];
  /** Not yet in force, in order: what a release brings with it. */
  pending: readonly Migration[];
  applied: readonly Migration[];
  linted: Finding;
  rehearsed: Finding;
  rehearsal: Fitness;
}

/** @throws DeclarationError, OpsError usage (no migrations declared), unavailable, evidence */
export async function readiness(context: Needs): Promise<Readiness> {
  const migrations = await loadMigrations(context);
  const rows = await readStates(context, migrations, migrator(context));
  const pending = pendingOf(rows);
  const applied = rows.flatMap(({ state, migration }) =>
    state === "applied" && migration ? [migration] : [],
  );
  const broken = rows.filter(({ state }) => /edited|missing|out of order|half-reverted/.test(state));
  const rehearsal = fitting(pending, applied, await rehearsals(context), context.clock.now());
  const stuck: Finding | undefined =
    broken.length > 0
      ? { verdict: "fail", detail: broken.map(({ name, state }) => `${name}: ${state}`).join("; ") }
      : pending.length === 0
        ? pass("no migration is pending")
        : undefined;
  return {
    rows,
    pending,
    applied,
    linted: stuck ?? (await linted(context, pending)),
    rehearsed: stuck ?? (rehearsal.ok ? pass(rehearsal.detail) : fail(rehearsal.reason)),
    rehearsal,
  };
}

/** By what the database of this cluster holds, and no other. */
export async function linted(context: MemoryReader, pending: readonly Migration[]): Promise<Finding> {
  const { entries, strange } = await remembered(context, [LINT.job]);
  const entry = entries.at(-1);
  if (!entry)
    return fail(strange === undefined ? "nothing was ever linted" : `nothing was linted; ${strange}`);
  const place = `entry ${entry.index}`;
  const facts = factsIn(entry, LINT_FACTS);
  if (!facts) return fail(`${place} does not say what was linted`);
  const other = pending.find(
    ({ name, sha256 }) => !facts.pending.some((one) => one.name === name && one.sha256 === sha256),
  );
  if (other) return fail(`${other.name} was not linted as it is (${place})`);
  if (entry.predicate.verdict !== "pass") return fail(`${facts.hazards} hazards (${place})`);
  const answered = facts.allowed > 0 ? `, ${facts.allowed} answered for with ops:allow` : "";
  return pass(`no hazard in ${pending.length} migrations${answered} (${place})`);
}

/** Of copies of this cluster, oldest first. */
export async function rehearsals(context: MemoryReader): Promise<KnownRehearsal[]> {
  return (await memoryOf(context, REHEARSAL.job)).flatMap((entry) => {
    const facts = factsIn(entry, REHEARSAL_FACTS);
    const { index, predicate } = entry;
    const passed = predicate.verdict === "pass";
    return facts ? [{ index, finished: new Date(predicate.finished), passed, facts }] : [];
  });
}
