// Where a ledger lies and what goes into it; used by tests and by the processes that they start.
import path from "node:path";
import type { Artifact, Predicate } from "../../../../scripts/core/evidence";
import type { LedgerOptions } from "../../../../scripts/evidence/adapter";

export interface Place {
  home: string;
  directory: string;
  head: string;
  key: string;
  options: LedgerOptions;
}

export const NOON = new Date("2026-11-23T04:00:00Z");

/** Where a ledger lies under `home`; `now` may be changed between appends. */
export function placeIn(home: string, clock: { now: Date } = { now: NOON }): Place {
  const directory = path.join(home, "evidence", "sandbox");
  const heads = path.join(home, "heads");
  const keys = path.join(home, "keys");
  return {
    home,
    directory,
    head: path.join(heads, "sandbox.dsse.json"),
    key: path.join(keys, "ed25519.pub.pem"),
    options: { directory, heads, keys, now: () => clock.now },
  };
}

export function predicate(job: string, artifacts: readonly Artifact[] = []): Predicate {
  return {
    job,
    kind: job,
    clauses: ["ARC-EVENTS"],
    environment: "sandbox",
    platform: "sandbox",
    started: NOON.toISOString(),
    finished: NOON.toISOString(),
    verdict: "pass",
    measurements: [{ name: "rto", value: 12.5, unit: "s", target: 3600 }],
    checks: [{ name: "content", verdict: "pass", detail: "每一行都相同" }],
    artifacts,
    inputs: { node: "v20" },
    actor: "test",
    facts: { label: job },
  };
}
