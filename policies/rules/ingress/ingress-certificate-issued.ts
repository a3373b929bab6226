// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { cluster, object } from "../../engine/kubernetes/examples";
import { inNamespace, itemsAt, listAt, textAt } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const INGRESS = "networking.k8s.io/v1/Ingress";
const CERTIFICATE = "cert-manager.io/v1/Certificate";
const ingress = object(INGRESS, {
  spec: "tls: [{ hosts: [learn.netedu.example], secretName: web-tls }]",
});

/** A wildcard stands for one label. */
const covers = (name: string, host: string): boolean =>
  name === host || (name.startsWith("*.") && host.slice(host.indexOf(".")) === name.slice(1));

export default defineRule({
  id: "ingress-certificate-issued",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [INGRESS] }],
  clauses: ["SLA-P1", "SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.2.2" }],
  title: "The certificate of an Ingress is issued for its names, in its namespace",
  why: "Otherwise the load balancer serves another certificate, and every browser stops at a warning.",
  remedy: "Declare a Certificate with that secretName whose dnsNames cover the hosts.",
  check: (subject, world) =>
    itemsAt(subject, ["spec", "tls"]).flatMap(({ path }) => {
      const secret = textAt(subject, [...path, "secretName"]);
      const certificate = inNamespace(world, subject, CERTIFICATE).find(
        (each) => textAt(each, "spec.secretName") === secret,
      );
      if (!certificate)
        return finding([...path, "secretName"], `no Certificate makes ${secret}; expected one`);
      const names = listAt(certificate, "spec.dnsNames").map(String);
      return listAt(subject, [...path, "hosts"])
        .filter((host) => !names.some((name) => covers(name, String(host))))
        .flatMap((host) =>
          finding([...path, "hosts"], `${certificate.name} is not for ${String(host)}; expected it to be`),
        );
    }),
  examples: {
    good: {
      subjects: cluster(
        ingress,
        object(CERTIFICATE, { spec: "secretName: web-tls\ndnsNames: [learn.netedu.example]" }),
      ),
    },
    bad: {
      subjects: cluster(
        ingress,
        object(CERTIFICATE, { spec: "secretName: web-tls\ndnsNames: [m.netedu.example]" }),
      ),
    },
  },
});
