// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { itemsAt, listAt } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const TYPES = ["rbac.authorization.k8s.io/v1/Role", "rbac.authorization.k8s.io/v1/ClusterRole"];
/** With these a role gives itself any other. https://kubernetes.io/docs/concepts/security/rbac-good-practices/ */
const RISING = ["escalate", "bind", "impersonate"];

const role = (rule: string): string => `${object(TYPES[0]!)}\nrules: [${rule}]`;

export default defineRule({
  id: "role-grants-little",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: TYPES }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "A role names what it may do, and cannot give itself more",
  why: "A wildcard grants what will be installed tomorrow too; escalate, bind and impersonate grant everything today.",
  remedy: "List verbs, resources and API groups one by one.",
  check: (subject) =>
    itemsAt(subject, ["rules"]).flatMap(({ path }) => [
      ...["verbs", "resources", "apiGroups"].flatMap((field) =>
        listAt(subject, [...path, field]).includes("*")
          ? finding([...path, field], `${field} "*"; expected names`)
          : [],
      ),
      ...listAt(subject, [...path, "verbs"])
        .filter((verb) => RISING.includes(String(verb)))
        .flatMap((verb) =>
          finding([...path, "verbs"], `the verb ${String(verb)} grants everything; expected others`),
        ),
    ]),
  examples: {
    good: { subjects: role("{ apiGroups: [argoproj.io], resources: [rollouts], verbs: [get, watch] }") },
    bad: { subjects: role("{ apiGroups: [''], resources: [pods], verbs: ['*'] }") },
  },
});
