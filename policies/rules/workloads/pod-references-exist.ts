// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { inCluster, inNamespace, itemsAt, textAt } from "../../engine/kubernetes/objects";
import { PODS, podSpecOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import type { Path, Subject, World } from "../../engine/subject";

/** Names of the Secrets that will be in the namespace: declared, brought by External Secrets, issued by cert-manager. */
function secretsOf(world: World, subject: Subject): string[] {
  const of = (type: string) => inNamespace(world, subject, type);
  return [
    ...of("v1/Secret").map(({ name }) => name),
    ...of("external-secrets.io/v1/ExternalSecret").map(
      (each) => textAt(each, "spec.target.name") ?? each.name,
    ),
    ...of("cert-manager.io/v1/Certificate").flatMap((each) => textAt(each, "spec.secretName") ?? []),
  ];
}

const names = (subjects: readonly Subject[]): string[] => subjects.map(({ name }) => name);

export default defineRule({
  id: "pod-references-exist",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-RELEASE"],
  title: "Secrets, configuration, claims and priorities that a pod names are declared",
  why: "A pod that waits for something nobody makes stays in ContainerCreating, and the release hangs.",
  remedy: "Declare the object in the pod's namespace, or correct the name.",
  check: (subject, world) => {
    const pod = podSpecOf(subject);
    const expectName = (path: Path, kind: string, known: readonly string[]) => {
      const name = valueAt(subject, path);
      if (name === undefined || known.some((each) => each === name)) return [];
      return finding(
        path,
        `there is no ${kind} ${String(name)} here; expected one of ${known.join(", ") || "none"}`,
      );
    };
    const priority = valueAt(subject, [...pod, "priorityClassName"]);
    const builtIn = typeof priority === "string" && priority.startsWith("system-");
    return [
      ...itemsAt(subject, [...pod, "volumes"]).flatMap(({ path }) => [
        ...expectName([...path, "secret", "secretName"], "Secret", secretsOf(world, subject)),
        ...expectName(
          [...path, "configMap", "name"],
          "ConfigMap",
          names(inNamespace(world, subject, "v1/ConfigMap")),
        ),
        ...expectName(
          [...path, "persistentVolumeClaim", "claimName"],
          "PersistentVolumeClaim",
          names(inNamespace(world, subject, "v1/PersistentVolumeClaim")),
        ),
      ]),
      ...(builtIn
        ? []
        : expectName(
            [...pod, "priorityClassName"],
            "PriorityClass",
            names(inCluster(world, subject, "scheduling.k8s.io/v1/PriorityClass")),
          )),
    ];
  },
  examples: {
    good: {
      subjects: cluster(
        deployment({ pod: "volumes: [{ name: credentials, secret: { secretName: web } }]" }),
        object("external-secrets.io/v1/ExternalSecret", { spec: "target: { name: web }" }),
      ),
    },
    bad: {
      subjects: cluster(
        deployment({ pod: "volumes: [{ name: credentials, secret: { secretName: web-credentials } }]" }),
        object("external-secrets.io/v1/ExternalSecret", { spec: "target: { name: web }" }),
      ),
    },
  },
});
