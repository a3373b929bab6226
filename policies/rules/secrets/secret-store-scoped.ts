// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, present } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { itemsAt, listAt } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const STORE = "external-secrets.io/v1/ClusterSecretStore";

export default defineRule({
  id: "secret-store-scoped",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [STORE] }],
  clauses: ["CONF-PLEDGE", "SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "A store of the cluster serves named namespaces",
  why: "Without conditions whoever may write one ExternalSecret anywhere reads every secret of the account.",
  remedy: "List the namespaces under spec.conditions.",
  check: (subject) => [
    ...present(subject, "spec.conditions", "the namespaces it serves"),
    ...itemsAt(subject, ["spec", "conditions"])
      .filter(({ path }) => listAt(subject, [...path, "namespaces"]).length === 0)
      .flatMap(({ path }) => finding(path, "names no namespaces; expected a list of them")),
  ],
  examples: {
    good: { subjects: object(STORE, { namespace: "", spec: "conditions: [{ namespaces: [learning] }]" }) },
    bad: {
      subjects: object(STORE, { namespace: "", spec: "provider: { alibaba: { regionID: cn-beijing } }" }),
    },
  },
});
