// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, object } from "../../engine/kubernetes/examples";
import { inNamespace, itemsAt, named } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

const INGRESS = "networking.k8s.io/v1/Ingress";
const ingress = (port: string): string =>
  object(INGRESS, {
    spec: `rules: [{ http: { paths: [{ path: /, backend: { service: { name: web, port: { ${port} } } } }] } }]`,
  });
const service = object("v1/Service", { spec: "ports: [{ name: http, port: 80 }]" });

export default defineRule({
  id: "ingress-backend-exists",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: [INGRESS] }],
  clauses: ["SLA-P1", "SEC-RELEASE"],
  title: "Every path leads to a port of a service of the namespace",
  why: "A path that leads nowhere answers 503, and so does the whole site when the service was renamed.",
  remedy: "Name the Service and one of its ports as they are written there.",
  check: (subject, world) =>
    itemsAt(subject, ["spec", "rules"])
      .flatMap(({ path }) => itemsAt(subject, [...path, "http", "paths"]))
      .flatMap(({ path }) => {
        const backend = [...path, "backend", "service"];
        const name = valueAt(subject, [...backend, "name"]);
        const found = named(inNamespace(world, subject, "v1/Service"), name);
        if (!found)
          return finding([...backend, "name"], `there is no Service ${String(name)} in this namespace`);
        const port = valueAt(subject, [...backend, "port"]);
        const known = itemsAt(found, ["spec", "ports"]).some(
          ({ item }) =>
            isRecord(item) &&
            isRecord(port) &&
            (port.name === undefined ? item.port === port.number : item.name === port.name),
        );
        return known
          ? []
          : finding([...backend, "port"], `${found.name} has no such port; expected one of its ports`);
      }),
  examples: {
    good: { subjects: cluster(ingress("name: http"), service) },
    bad: { subjects: cluster(ingress("number: 8080"), service) },
  },
});
