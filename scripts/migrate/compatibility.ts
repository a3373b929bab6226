// Expand → migrate → contract across releases: may this release take these schema changes, may that one come back?
// Pure. The release gate and `ops migrate` ask it; it knows nothing of files, databases or evidence.
//
// While a release is rolled out two versions run on one schema, and a rollback puts the older one back on it. So whatever
// an older version relies on may only go once no older version runs: that is what a contract's `requires-release` says.
import { gte, valid } from "semver";

export const PHASES = ["expand", "migrate", "contract"] as const;
/** `expand` adds, `migrate` moves data, `contract` removes what no running release uses any more. */
export type Phase = (typeof PHASES)[number];

/** What must be known of one migration to answer. */
export interface SchemaChange {
  /** `0002_drop_phone`, as its file is called. */
  name: string;
  phase: Phase;
  /** Oldest version that runs on the schema afterwards, e.g. `1.1.0`. Always there for a contract. */
  requiresRelease: string | undefined;
  /** What in it an older release may rely on, one sentence each (`drops column learning.learners.phone`); by its statements. */
  breaks: readonly string[];
}

export interface CompatibilityQuestion {
  /** Migrations that are applied with the release: not yet applied, in order. */
  pending: readonly SchemaChange[];
  /** Semantic version that is shipped. */
  shipping: string;
  /** Oldest semantic version that still runs, and that a rollback goes back to; undefined for a first release. */
  running: string | undefined;
}

export type Compatibility =
  | { allowed: true; detail: string }
  | {
      allowed: false;
      /** One sentence each: which migration, what it needs, what is found. */
      reasons: readonly string[];
    };

/**
 * A release that needs a schema which the version running before it cannot run with is refused.
 * @throws RangeError when a version is no semantic version
 */
export function releaseCompatibility({ pending, shipping, running }: CompatibilityQuestion): Compatibility {
  requireVersion(shipping);
  if (running !== undefined) requireVersion(running);
  const reasons = pending.flatMap((change) => objections(change, shipping, running));
  if (reasons.length > 0) return { allowed: false, reasons };
  const kinds = PHASES.flatMap((phase) => {
    const count = pending.filter((change) => change.phase === phase).length;
    return count > 0 ? [`${count} ${phase}`] : [];
  });
  const with_ = running === undefined ? `${shipping} is the first release` : `${running} runs on it too`;
  return {
    allowed: true,
    detail: kinds.length > 0 ? `${kinds.join(", ")}: ${with_}` : "the schema does not change",
  };
}

/**
 * May this older version be put back on the schema as it is? `applied` are all migrations in force.
 * @throws RangeError when a version is no semantic version
 */
export function rollbackCompatibility(applied: readonly SchemaChange[], to: string): Compatibility {
  requireVersion(to);
  const reasons = applied.flatMap((change) => tooOld(change, to, "is to come back"));
  return reasons.length > 0
    ? { allowed: false, reasons }
    : { allowed: true, detail: `${to} runs on the schema as it is: ${applied.length} migrations applied` };
}

function objections(change: SchemaChange, shipping: string, running: string | undefined): string[] {
  const { name, phase, breaks } = change;
  if (phase !== "contract") {
    return breaks.map((what) => `${name} is declared ${phase} but ${what}; only a contract may`);
  }
  if (change.requiresRelease === undefined)
    return [`${name} is a contract and names no release that makes it safe`];
  return [
    ...tooOld(change, shipping, "is shipped"),
    ...(running === undefined
      ? []
      : tooOld(change, running, "still runs during the rollout and is what a rollback goes back to")),
  ];
}

function tooOld({ name, requiresRelease, breaks }: SchemaChange, version: string, why: string): string[] {
  if (requiresRelease === undefined || gte(version, requiresRelease)) return [];
  const because = breaks.length > 0 ? ` (it ${breaks.join(", ")})` : "";
  return [`${name} requires every release to be >= ${requiresRelease}${because}; ${version} ${why}`];
}

function requireVersion(version: string): void {
  if (valid(version) === null) throw new RangeError(`not a semantic version: ${version}`);
}
