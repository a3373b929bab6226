// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, valueAt } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { APPLICATION, APPLICATIONS, applicationSpecOf } from "../../engine/kubernetes/gitops";
import { defineRule } from "../../engine/rule";
import type { PlannedValue } from "../../engine/value";

const isVersion = (value: PlannedValue | undefined): boolean =>
  typeof value === "string" && /^v?[0-9]+\.[0-9]+\.[0-9]+([-+].+)?$/.test(value);

export default defineRule({
  id: "application-revision-fixed",
  severity: "high",
  applies: [{ surface: "kubernetes", types: APPLICATIONS }],
  clauses: ["SEC-RELEASE", "SEC-VULN"],
  title: "A chart is installed in one exact version; our repository by a branch that is reviewed",
  why: "A range or HEAD installs whatever its author publishes next, in the middle of a lesson, without a review.",
  remedy: "Write the chart's version as major.minor.patch; name a branch, not HEAD.",
  check: (subject) => {
    const source = [...applicationSpecOf(subject), "source"];
    const isChart = valueAt(subject, [...source, "chart"]) !== undefined;
    return expectValue(
      subject,
      [...source, "targetRevision"],
      (value) => (isChart ? isVersion(value) : typeof value === "string" && value !== "" && value !== "HEAD"),
      isChart ? "one version, major.minor.patch" : "a branch, a tag or a commit",
    );
  },
  examples: {
    good: {
      subjects: object(APPLICATION, { spec: "source: { chart: cert-manager, targetRevision: v1.20.2 }" }),
    },
    bad: { subjects: object(APPLICATION, { spec: "source: { chart: cert-manager, targetRevision: 1.x }" }) },
  },
});
