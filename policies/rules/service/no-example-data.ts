// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { person, rosterExample } from "../../engine/service/examples";
import { examplesIn } from "../../service/example-data";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqsp+n6Y2oQhCOVjIjzcH33yRltwUgPOoAIGqZOPQMK";

export default defineRule({
  id: "no-example-data",
  severity: "medium",
  applies: [
    {
      surface: "service",
      types: [
        "platform",
        "integration",
        "roster",
        "key-period",
        "probe-catalogue",
        "release",
        "stack-configuration",
      ],
    },
    // What k8s/environments.ts says of hosts and people, as it is applied. A certificate names the hosts of its ingress.
    {
      surface: "kubernetes",
      types: [
        "networking.k8s.io/v1/Ingress",
        "cert-manager.io/v1/ClusterIssuer",
        "monitoring.coreos.com/v1alpha1/AlertmanagerConfig",
      ],
    },
    { surface: "workflow", types: ["workflow", "action"] },
  ],
  when: ({ environment }) => environment !== "sandbox",
  clauses: ["SVC-TEAM", "SVC-REMOTE", "DR-BACKUP", "DR-RESTORE", "SEC-RELEASE"],
  title: "No person, host or key that is only an example stands where operation relies on it",
  why: "A roster of invented people covers every hour and answers at none; a placeholder host is probed, backed up and released to in vain.",
  remedy:
    "Put the real person, host or key in its place. Until it is known, a waiver with owner and last day says so; `ops status` puts nothing in force by it either way.",
  check: ({ surface, properties }) => {
    // Labels and annotations of a manifest are names of ours, not hosts.
    const declared = surface === "kubernetes" ? { spec: properties.spec ?? null } : properties;
    return examplesIn(declared).flatMap(({ path, found }) =>
      finding(path, `found ${found}, expected what is real`),
    );
  },
  examples: {
    good: {
      subjects: [
        rosterExample({ people: [{ ...person(1, []), signingKeys: [`${KEY} laptop of chen-jing`] }] }),
      ],
    },
    bad: {
      subjects: [
        rosterExample({ people: [{ ...person(1, []), signingKeys: [`${KEY} chen-jing@example.com`] }] }),
      ],
    },
  },
});
