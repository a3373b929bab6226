// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { APPLICATION_SET } from "../../engine/kubernetes/gitops";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "application-set-keeps-objects",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: [APPLICATION_SET] }],
  clauses: ["SLA-P1", "SEC-RELEASE"],
  title: "Removing a set of applications removes nothing that runs",
  why: "A renamed set, or one line lost from its list, would otherwise delete the platform with its volumes.",
  remedy: "Set spec.syncPolicy.preserveResourcesOnDeletion: true.",
  check: (subject) => equals(subject, "spec.syncPolicy.preserveResourcesOnDeletion", true),
  examples: {
    good: {
      subjects: object(APPLICATION_SET, { spec: "syncPolicy: { preserveResourcesOnDeletion: true }" }),
    },
    bad: { subjects: object(APPLICATION_SET, { spec: "generators: []" }) },
  },
});
