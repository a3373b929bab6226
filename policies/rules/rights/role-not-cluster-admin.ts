// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

const TYPES = ["rbac.authorization.k8s.io/v1/RoleBinding", "rbac.authorization.k8s.io/v1/ClusterRoleBinding"];
const ADMINISTRATORS = ["cluster-admin", "admin", "edit"];

const binding = (role: string): string =>
  `${object(TYPES[0]!)}\nroleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role} }`;

export default defineRule({
  id: "role-not-cluster-admin",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: TYPES }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "Nobody is bound to a role of administrators",
  why: "cluster-admin, admin and edit read every secret they reach; a program needs a few verbs on a few kinds.",
  remedy: "Declare a Role with what is needed and bind that.",
  check: (subject) =>
    expectValue(
      subject,
      "roleRef.name",
      (value) => !ADMINISTRATORS.some((name) => name === value),
      `a role other than ${ADMINISTRATORS.join(", ")}`,
    ),
  examples: {
    good: { subjects: binding("rollout-reader") },
    bad: { subjects: binding("cluster-admin") },
  },
});
