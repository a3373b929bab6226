// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { inNamespace, selects } from "../../engine/kubernetes/objects";
import { isSleeping, podLabelsOf, podOf, REPLICATED } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

const BUDGET = "policy/v1/PodDisruptionBudget";

export default defineRule({
  id: "disruption-budget-exists",
  severity: "high",
  applies: [{ surface: "kubernetes", types: REPLICATED }],
  when: (subject) => !isSleeping(subject),
  clauses: ["SLA-P1"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.2.1" }],
  title: "Exactly one disruption budget holds for the pods of a workload",
  why: "Without one an upgrade of nodes may take all pods at once; with two, no eviction is allowed at all.",
  remedy: "Write one PodDisruptionBudget in the namespace whose selector matches the pods' labels.",
  check: (subject, world) => {
    const labels = podLabelsOf(subject);
    const budgets = inNamespace(world, subject, BUDGET).filter((each) =>
      selects(valueAt(each, "spec.selector"), labels),
    );
    if (budgets.length === 1) return [];
    const found =
      budgets.length === 0 ? "no budget selects" : `${budgets.map(({ name }) => name).join(", ")} select`;
    return finding([...podOf(subject), "metadata", "labels"], `${found} these pods; expected exactly one`);
  },
  examples: {
    good: {
      subjects: cluster(
        deployment({}),
        object(BUDGET, { spec: "maxUnavailable: 1\nselector: { matchLabels: { app: web } }" }),
      ),
    },
    bad: {
      subjects: cluster(
        deployment({}),
        object(BUDGET, { spec: "maxUnavailable: 1\nselector: { matchLabels: { app: wbe } }" }),
      ),
    },
  },
});
