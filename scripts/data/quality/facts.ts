// What a check of the data leaves for the next one: counts a rule, and what of them is work with owner and deadline. No personal value.
import * as v from "valibot";
import { type Facts, INSTANT } from "../../evidence/facts";

export const CHECK_KIND = "data-check";

const FINDING = v.object({
  rule: v.string(),
  count: v.number(),
  /** Counting stopped there. */
  atLeast: v.boolean(),
  severity: v.picklist(["error", "warning"]),
  owner: v.string(),
  firstSeen: INSTANT,
  deadline: INSTANT,
});

export const DATA_CHECK_FACTS = v.object({
  dataCheck: v.object({
    /** When each rule was last run to its end. */
    ran: v.record(v.string(), INSTANT),
    /** Findings that are there, oldest first. */
    findings: v.array(FINDING),
  }),
});
export type DataCheckFacts = Facts<typeof DATA_CHECK_FACTS>;
export type DataFinding = DataCheckFacts["dataCheck"]["findings"][number];
