// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { itemsAt, listAt } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";
import type { Subject } from "../../engine/subject";

const POLICY = "networking.k8s.io/v1/NetworkPolicy";

const unnamed = (subject: Subject, direction: "ingress" | "egress", peers: "from" | "to") =>
  itemsAt(subject, ["spec", direction])
    .filter(({ path }) => listAt(subject, [...path, peers]).length === 0)
    .flatMap(({ path }) =>
      finding(
        path,
        `${direction} ${peers === "from" ? "from" : "to"} everywhere; expected peers in "${peers}"`,
      ),
    );

export default defineRule({
  id: "network-policy-names-peers",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [POLICY] }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.2" }],
  title: "Every rule of a network policy names who is meant",
  why: "A rule without peers means everyone: the default denial of the namespace is undone by one missing line.",
  remedy: "Add from or to with namespaces, pods or address ranges, and the ports.",
  check: (subject) => [
    ...unnamed(subject, "ingress", "from"),
    ...unnamed(subject, "egress", "to"),
    ...itemsAt(subject, ["spec", "ingress"])
      .flatMap(({ path }) => itemsAt(subject, [...path, "from"]))
      .filter(({ path }) => valueAt(subject, [...path, "ipBlock", "cidr"]) === "0.0.0.0/0")
      .flatMap(({ path }) =>
        finding(path, "ingress from the whole Internet; expected the load balancer's network"),
      ),
  ],
  examples: {
    good: {
      subjects: object(POLICY, {
        spec: "podSelector: {}\ningress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }]",
      }),
    },
    bad: { subjects: object(POLICY, { spec: "podSelector: {}\ningress: [{ ports: [{ port: 8080 }] }]" }) },
  },
});
