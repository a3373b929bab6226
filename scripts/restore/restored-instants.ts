// Which instants were really restored, by the evidence of `verify`, `drill` and `restore`.
import { type MemoryReader, memoryOf } from "../backup/memory";
import { factsIn } from "../evidence/facts";
import { RESTORE_FACTS } from "./facts";

/** Jobs that restore instants. */
const SOURCES = ["verify", "drill", "restore"] as const;

/** Oldest evidence first. */
export async function restoredInstants(context: MemoryReader): Promise<RestoredInstant[]> {
  const entries = await memoryOf(context, ...SOURCES);
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
