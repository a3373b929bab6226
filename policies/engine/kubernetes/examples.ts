// Small manifests for the examples of rules, so that an example shows what its rule is about and little else.
// Text in, text out.

const indented = (text: string, by: number): string => text.trim().replace(/^/gm, " ".repeat(by));

/** Several objects of one cluster. */
export function cluster(...objects: readonly string[]): string {
  return objects.map((object) => object.trim()).join("\n---\n");
}

export interface Written {
  name?: string;
  namespace?: string;
  /** Fields below `spec`. */
  spec?: string;
  /** Fields at the top. */
  fields?: string;
  annotations?: string;
  environment?: string;
}

/** @param type `policy/v1/PodDisruptionBudget` */
export function object(type: string, written: Written = {}): string {
  const { name = "web", namespace = "learning", spec, fields, annotations, environment = "prod" } = written;
  const cut = type.lastIndexOf("/");
  return [
    `apiVersion: ${type.slice(0, cut)}`,
    `kind: ${type.slice(cut + 1)}`,
    "metadata:",
    `  name: ${name}`,
    ...(namespace === "" ? [] : [`  namespace: ${namespace}`]),
    `  labels: { environment: ${environment} }`,
    ...(annotations === undefined ? [] : ["  annotations:", indented(annotations, 4)]),
    ...(fields === undefined ? [] : [fields.trim()]),
    ...(spec === undefined ? [] : ["spec:", indented(spec, 2)]),
  ].join("\n");
}

export interface WrittenPod {
  /** Fields of its only container. */
  container?: string;
  /** Fields of the pod. */
  pod?: string;
  /** Fields of the Deployment. */
  spec?: string;
  environment?: string;
}

/** A Deployment whose pods are labelled `app: web`. */
export function deployment({
  container = "",
  pod = "",
  spec = "",
  environment = "prod",
}: WrittenPod): string {
  return object("apps/v1/Deployment", {
    environment,
    spec: `${spec.trim()}
selector: { matchLabels: { app: web } }
template:
  metadata: { labels: { app: web } }
  spec:
${indented(`${pod.trim()}\ncontainers:\n  - name: web\n${indented(container, 4)}`, 4)}`,
  });
}
