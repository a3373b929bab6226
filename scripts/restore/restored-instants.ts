// Which instants were really restored: what `verify`, `drill` and `restore` leave in their facts, and how it is read back.
import { overall } from "../core/evidence";
import type { EvidenceReader } from "../evidence/port";
import { evidenceOf } from "../evidence/record";
import type { RestoreTest } from "./test-restore";

/** Jobs that restore instants. */
const SOURCES = ["verify", "drill", "restore"] as const;

/** As it stands in evidence, under `exercised`. */
export interface RestoredInstantFact {
  /** ISO, UTC: the target, or for `latest` the last commit that was recovered. */
  at: string;
  verdict: RestoredInstant["verdict"];
  drawn: boolean;
}

/** Nothing when the copy never got as far as an instant that could be named. */
export function restoredInstantFact(done: RestoreTest, drawn = false): RestoredInstantFact[] {
  const { target } = done.goal;
  const at = target.kind === "latest" ? done.lastCommit : target.at.toISOString();
  return at === null ? [] : [{ at, verdict: overall(done.checks), drawn }];
}

/** Oldest evidence first. */
export async function restoredInstants(context: EvidenceReader): Promise<RestoredInstant[]> {
  const entries = (await Promise.all(SOURCES.map((job) => evidenceOf(context, job)))).flat();
  return entries
    .sort((a, b) => a.index - b.index)
    .flatMap(({ predicate }) => (predicate.facts.exercised as RestoredInstantFact[] | undefined) ?? [])
    .map(({ at, verdict, drawn }) => ({ at: new Date(at), verdict, drawn }));
}

/** An instant that was really restored, as evidence says. */
export interface RestoredInstant {
  at: Date;
  verdict: "pass" | "fail" | "inconclusive";
  /** Drawn at random, so that it counts towards the bound. */
  drawn: boolean;
}
