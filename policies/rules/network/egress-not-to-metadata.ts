// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { egressBlocks, reaches } from "../../engine/kubernetes/network";
import { defineRule } from "../../engine/rule";

const POLICY = "networking.k8s.io/v1/NetworkPolicy";

/** Where a node's own credentials can be asked for: Alibaba Cloud's metadata service and the link-local one of others. */
const METADATA = ["100.100.100.200/32", "169.254.169.254/32"];

export default defineRule({
  id: "egress-not-to-metadata",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: [POLICY] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.2" }],
  title: "No pod reaches the metadata service",
  why: "It hands out the node's role: a request forged through an app (SSRF) becomes credentials of the cloud account.",
  remedy: `Add ${METADATA.join(" and ")} to ipBlock.except; pods get their role by RRSA.`,
  check: (subject) =>
    egressBlocks(subject).flatMap((block) =>
      METADATA.filter((address) => reaches(block, address)).flatMap((address) =>
        finding(block.path, `${block.cidr} reaches ${address}; expected it under except`),
      ),
    ),
  examples: {
    good: {
      subjects: object(POLICY, {
        spec: "podSelector: {}\negress: [{ to: [{ ipBlock: { cidr: 100.64.0.0/10, except: [100.100.100.200/32] } }] }]",
      }),
    },
    bad: {
      subjects: object(POLICY, {
        spec: "podSelector: {}\negress: [{ to: [{ ipBlock: { cidr: 100.64.0.0/10 } }] }]",
      }),
    },
  },
});
