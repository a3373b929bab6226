// What every plan of a repair is asked for on the command line.
import { POLICIES } from "../../data/repair/decide";

export const PLANNED = {
  policy: {
    kind: "choice",
    choices: POLICIES,
    default: "stop",
    description:
      "rows of which somebody changed the same columns since: stop, keep theirs, or take the older",
  },
  triggers: {
    kind: "choice",
    choices: ["off", "fire"],
    default: "off",
    description: "triggers of the tables stay silent, so that rows become exactly what they were, or fire",
  },
  without: {
    kind: "list",
    value: "invariant",
    description:
      "invariants of the platform that need not hold afterwards: what others changed since may break them",
  },
  mostRows: {
    kind: "whole",
    least: 1,
    default: 100_000,
    description: "more rows are not written by one plan",
  },
} as const;
