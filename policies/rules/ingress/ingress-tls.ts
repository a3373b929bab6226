// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { itemsAt, listAt, textAt } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const INGRESS = "networking.k8s.io/v1/Ingress";

export default defineRule({
  id: "ingress-tls",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: [INGRESS] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.2.2" },
    { standard: "GB/T 22239-2019", clause: "8.1.4.8" },
  ],
  title: "Every public name is served over TLS",
  why: "Without it passwords and learners' data cross every network on the way in clear text.",
  remedy: "List the host under spec.tls with the Secret of its certificate.",
  check: (subject) => {
    const covered = itemsAt(subject, ["spec", "tls"])
      .filter(({ path }) => textAt(subject, [...path, "secretName"]) !== undefined)
      .flatMap(({ path }) => listAt(subject, [...path, "hosts"]));
    return itemsAt(subject, ["spec", "rules"]).flatMap(({ path }) => {
      const host = textAt(subject, [...path, "host"]);
      if (host === undefined) return finding(path, "answers to every name; expected a host");
      return covered.includes(host)
        ? []
        : finding([...path, "host"], `${host} is not under spec.tls; expected it there`);
    });
  },
  examples: {
    good: {
      subjects: object(INGRESS, {
        spec: "rules: [{ host: learn.netedu.example }]\ntls: [{ hosts: [learn.netedu.example], secretName: web-tls }]",
      }),
    },
    bad: { subjects: object(INGRESS, { spec: "rules: [{ host: learn.netedu.example }]" }) },
  },
});
