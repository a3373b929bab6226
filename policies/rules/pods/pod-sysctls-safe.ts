// One rule; what a rule is stands in policies/engine/rule.ts.
import { among, each } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { PODS, podSecurity, podSpecOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

/** k8s.io/pod-security-admission v0.35.4, policy/check_sysctls.go. */
const SAFE = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
];

export default defineRule({
  id: "pod-sysctls-safe",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [podSecurity("Baseline", "Sysctls")],
  title: "Only kernel parameters that stay inside the pod are set",
  why: "An unsafe sysctl changes the node for everyone on it, and the kubelet refuses the pod.",
  remedy: "Take a parameter of the safe set, or configure the node pool.",
  check: (subject) =>
    each(subject, [...podSpecOf(subject), "securityContext", "sysctls"], (_, path) =>
      among(subject, [...path, "name"], SAFE),
    ),
  examples: {
    good: {
      subjects: deployment({
        pod: "securityContext: { sysctls: [{ name: net.ipv4.tcp_keepalive_time, value: '60' }] }",
      }),
    },
    bad: {
      subjects: deployment({
        pod: "securityContext: { sysctls: [{ name: kernel.msgmax, value: '65536' }] }",
      }),
    },
  },
});
