// Which phase a reader of the lines believes to be in. Phases that run at once take turns, and indentation alone would lie.
import type { Phase } from "./display";

export interface Context {
  /** Phases whose names must be shown before a line inside `phase`, outermost first; the reader is then inside it. */
  enter(phase: Phase | undefined): Phase[];
}

export function contextOfLines(): Context {
  let inside: Phase[] = [];
  return {
    enter(phase) {
      const path = pathTo(phase);
      const unknown = path.filter((step) => !inside.includes(step));
      inside = path;
      return unknown;
    },
  };
}

function pathTo(phase: Phase | undefined): Phase[] {
  return phase ? [...pathTo(phase.parent), phase] : [];
}
