// Which instants were really restored, by the evidence of `verify`, `drill` and `restore`.
import { factsIn } from "../evidence/facts";
import type { EvidenceReader } from "../evidence/port";
import { evidenceOf } from "../evidence/record";
import { RESTORE_FACTS } from "./facts";

/** Jobs that restore instants. */
const SOURCES = ["verify", "drill", "restore"] as const;

/** Oldest evidence first. */
export async function restoredInstants(context: EvidenceReader): Promise<RestoredInstant[]> {
  const entries = await evidenceOf(context, ...SOURCES);
  return entries
    .flatMap((entry) => factsIn(entry, RESTORE_FACTS)?.exercised ?? [])
    .map(({ at, verdict, drawn }) => ({ at: new Date(at), verdict, drawn }));
}

/** An instant that was really restored, as evidence says. */
export interface RestoredInstant {
  at: Date;
  verdict: "pass" | "fail" | "inconclusive";
  /** Drawn at random, so that it counts towards the bound. */
  drawn: boolean;
}
