// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { texts } from "../../engine/service/questions";

const SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation"];

export default defineRule({
  id: "runbook-sections",
  severity: "medium",
  applies: [{ surface: "service", types: ["runbook"] }],
  clauses: ["SVC-HANDOVER", "SVC-REMOTE"],
  title: "Every runbook has the sections that a person on call looks for, in order",
  why: "At night one looks for the same four things in the same places: what it means, whom it hurts, how to tell, what to do.",
  remedy: `Give it the sections ${SECTIONS.join(", ")}.`,
  check(subject) {
    const found = texts(valueAt(subject, "sections")).filter((name) => SECTIONS.includes(name));
    return found.join() === SECTIONS.join()
      ? []
      : finding(
          "sections",
          `found ${found.join(", ") || "none"}; expected ${SECTIONS.join(", ")} in this order`,
        );
  },
  examples: {
    good: { subjects: "name: SiteSlow\nsections: [Meaning, Impact, Diagnosis, Mitigation]\n" },
    bad: { subjects: "name: SiteSlow\nsections: [Meaning, Mitigation]\n" },
  },
});
