// The Kubernetes that manifests are written for. Plain data.

/** Minor version that the clusters run (stacks/config); schemas and lifecycles are looked up for it. */
export const KUBERNETES = "1.35";

/** Every minor version whose definitions are here (policies/schemas/kubernetes/generate.mjs). */
export const KNOWN_VERSIONS = ["1.35", "1.36", "1.37"] as const;
export type KubernetesVersion = (typeof KNOWN_VERSIONS)[number];

/** `1.9` is before `1.10`. */
export function isAtMost(version: string, other: string): boolean {
  const minor = (text: string): number => Number(text.split(".")[1]);
  return minor(version) <= minor(other);
}
