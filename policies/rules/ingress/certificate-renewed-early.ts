// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, valueAt } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { secondsOf } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const CERTIFICATE = "cert-manager.io/v1/Certificate";
const DAY = 24 * 3600;
/** Time to notice that renewal fails and to do it by hand, holidays included. */
const LEAST = 14 * DAY;

export default defineRule({
  id: "certificate-renewed-early",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [CERTIFICATE] }],
  clauses: ["SLA-P1", "SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.2.2" }],
  title: "Certificates are renewed at least two weeks before they end",
  why: "If renewal fails in the last days of a holiday week, the site is gone on the first day of term.",
  remedy: "Set renewBefore to 336h or more, and less than duration.",
  check: (subject) =>
    expectValue(
      subject,
      "spec.renewBefore",
      (value) => {
        const before = secondsOf(value);
        const duration = secondsOf(valueAt(subject, "spec.duration")) ?? 90 * DAY;
        return before !== undefined && before >= LEAST && before < duration;
      },
      "336h or more, and less than duration",
    ),
  examples: {
    good: { subjects: object(CERTIFICATE, { spec: "duration: 2160h\nrenewBefore: 720h" }) },
    bad: { subjects: object(CERTIFICATE, { spec: "duration: 2160h\nrenewBefore: 24h" }) },
  },
});
