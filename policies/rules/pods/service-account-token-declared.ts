// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, valueAt } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { annotationOf, inNamespace, named } from "../../engine/kubernetes/objects";
import { PODS, podSpecOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

/** On the service account: what its pods ask the API server for. */
const REASON = "netedu.example/needs-api";

export default defineRule({
  id: "service-account-token-declared",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "A pod gets a token of the API server only where its service account says why",
  why: "A token that nobody uses is a credential for whoever breaks into the pod.",
  remedy: `Set automountServiceAccountToken: false on the pod, or annotate its service account with ${REASON}.`,
  check: (subject, world) => {
    const pod = podSpecOf(subject);
    const account = named(
      inNamespace(world, subject, "v1/ServiceAccount"),
      valueAt(subject, [...pod, "serviceAccountName"]),
    );
    if (account && annotationOf(account, REASON)) return [];
    return equals(subject, [...pod, "automountServiceAccountToken"], false);
  },
  examples: {
    good: {
      subjects: cluster(
        deployment({ pod: "serviceAccountName: web\nautomountServiceAccountToken: true" }),
        object("v1/ServiceAccount", { annotations: `${REASON}: watches its own Rollout` }),
      ),
    },
    bad: { subjects: deployment({ pod: "serviceAccountName: web" }) },
  },
});
