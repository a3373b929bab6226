// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, valueAt } from "../../engine/expect";
import { cluster, object } from "../../engine/kubernetes/examples";
import { inCluster, inNamespace } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const CERTIFICATE = "cert-manager.io/v1/Certificate";
const certificate = object(CERTIFICATE, { spec: "issuerRef: { kind: ClusterIssuer, name: letsencrypt }" });
const issuer = (name: string): string => object("cert-manager.io/v1/ClusterIssuer", { name, namespace: "" });

export default defineRule({
  id: "certificate-issuer-exists",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [CERTIFICATE] }],
  clauses: ["SLA-P1"],
  title: "A certificate names an issuer that is declared",
  why: "Otherwise it waits for ever, and the Ingress has nothing to show.",
  remedy: "Name a ClusterIssuer, or an Issuer of the same namespace; without kind an Issuer is meant.",
  check: (subject, world) => {
    const known =
      valueAt(subject, "spec.issuerRef.kind") === "ClusterIssuer"
        ? inCluster(world, subject, "cert-manager.io/v1/ClusterIssuer")
        : inNamespace(world, subject, "cert-manager.io/v1/Issuer");
    const names = known.map(({ name }) => name);
    return expectValue(
      subject,
      "spec.issuerRef.name",
      (value) => names.some((name) => name === value),
      `one of ${names.join(", ") || "the issuers of this cluster, which has none of that kind"}`,
    );
  },
  examples: {
    good: { subjects: cluster(certificate, issuer("letsencrypt")) },
    bad: { subjects: cluster(certificate, issuer("internal")) },
  },
});
