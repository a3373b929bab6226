// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, object } from "../../engine/kubernetes/examples";
import { inCluster, inNamespace, listAt, named, namespaceOf } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";
import { isList, isRecord } from "../../engine/value";

const EXTERNAL = "external-secrets.io/v1/ExternalSecret";
const CLUSTER_STORE = "external-secrets.io/v1/ClusterSecretStore";
const external = object(EXTERNAL, { spec: "secretStoreRef: { kind: ClusterSecretStore, name: kms }" });
const store = (namespace: string): string =>
  object(CLUSTER_STORE, { name: "kms", namespace: "", spec: `conditions: [{ namespaces: [${namespace}] }]` });

export default defineRule({
  id: "external-secret-store-allows",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [EXTERNAL] }],
  clauses: ["SLA-P1", "CONF-PLEDGE"],
  title: "A secret comes from a store that is declared and serves its namespace",
  why: "The Secret is never made otherwise, and the pods that mount it do not start.",
  remedy: "Name the store with its kind, and add the namespace to the store's conditions.",
  check: (subject, world) => {
    const isCluster = valueAt(subject, "spec.secretStoreRef.kind") === "ClusterSecretStore";
    const name = valueAt(subject, "spec.secretStoreRef.name");
    const stores = isCluster
      ? inCluster(world, subject, CLUSTER_STORE)
      : inNamespace(world, subject, "external-secrets.io/v1/SecretStore");
    const found = named(stores, name);
    if (!found)
      return finding(
        "spec.secretStoreRef",
        `no store of that kind is called ${String(name)}; expected a declared one`,
      );
    const conditions = listAt(found, "spec.conditions");
    const namespace = namespaceOf(subject);
    const serves = (condition: unknown): boolean =>
      isRecord(condition as never) && isList((condition as { namespaces: never }).namespaces)
        ? (condition as { namespaces: string[] }).namespaces.includes(namespace)
        : true;
    return conditions.length === 0 || conditions.some(serves)
      ? []
      : finding(
          "spec.secretStoreRef",
          `${found.name} does not serve ${namespace}; expected it among its conditions`,
        );
  },
  examples: {
    good: { subjects: cluster(external, store("learning")) },
    bad: { subjects: cluster(external, store("monitoring")) },
  },
});
