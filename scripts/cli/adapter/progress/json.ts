// Progress for machines: one JSON object a line (NDJSON) on standard output. Every event has `type` and `at`.
import type { Check } from "../../../core/evidence";
import { rateOf, remainingSeconds } from "./amount";
import type { Display, Level, Out, Phase } from "./display";

/** A phase reports its amount at most this often, seconds. */
const EVERY_SECONDS = 1;

/**
 * The schema. `at` is seconds since the display was made; `phase` and `parent` are ids of phases, null = none.
 * `done`, `total` are in `unit` (`B` = bytes); `rate` is per second, `remaining` seconds. Absent = not known.
 */
export type ProgressEvent = { at: number } & (
  | { type: "phase"; event: "start"; id: number; parent: number | null; name: string }
  | ({
      type: "phase";
      event: "progress";
      id: number;
      parent: number | null;
      name: string;
      seconds: number;
    } & Known)
  | ({
      type: "phase";
      event: "end";
      id: number;
      parent: number | null;
      name: string;
      seconds: number;
      ok: boolean;
    } & Known)
  | { type: "say"; level: Level; text: string; phase: number | null }
  | ({ type: "check"; phase: number | null } & Check)
  | { type: "output"; text: string }
);

interface Known {
  done?: number;
  total?: number;
  unit?: string;
  rate?: number;
  remaining?: number;
  note?: string;
}

export function jsonDisplay({ stdout, now }: { stdout: Out; now: () => number }): Display {
  const origin = now();
  const spoken = new Map<Phase, number>();
  const at = (): number => round(now() - origin);
  const emit = (event: ProgressEvent): void => void stdout.write(`${JSON.stringify(event)}\n`);
  const identity = (phase: Phase) => ({ id: phase.id, parent: phase.parent?.id ?? null, name: phase.name });
  return {
    started: (phase) => emit({ type: "phase", event: "start", at: at(), ...identity(phase) }),
    progressed(phase) {
      if (now() - (spoken.get(phase) ?? Number.NEGATIVE_INFINITY) < EVERY_SECONDS) return;
      spoken.set(phase, now());
      const seconds = round(now() - phase.began);
      emit({
        type: "phase",
        event: "progress",
        at: at(),
        ...identity(phase),
        seconds,
        ...known(phase, now()),
      });
    },
    ended(phase, seconds, ok) {
      spoken.delete(phase);
      const { remaining: _, ...facts } = known(phase, now());
      emit({
        type: "phase",
        event: "end",
        at: at(),
        ...identity(phase),
        seconds: round(seconds),
        ok,
        ...facts,
      });
    },
    say: (level, text, within) => emit({ type: "say", at: at(), level, text, phase: within?.id ?? null }),
    check: (check, within) => emit({ type: "check", at: at(), phase: within?.id ?? null, ...check }),
    print: (text) => emit({ type: "output", at: at(), text }),
    close: () => undefined,
  };
}

function known({ amount, note }: Phase, now: number): Known {
  const facts: Known = note === "" ? {} : { note };
  if (!amount) return facts;
  const rate = rateOf(amount, now);
  const remaining = remainingSeconds(amount, now);
  return {
    ...facts,
    done: amount.done,
    unit: amount.unit,
    ...(amount.total === undefined ? {} : { total: amount.total }),
    ...(rate === undefined ? {} : { rate: round(rate) }),
    ...(remaining === undefined ? {} : { remaining: round(remaining) }),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
