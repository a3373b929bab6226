import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { definitions } from "../../../../policies/engine/kubernetes/definitions";
import { lifecycleOf } from "../../../../policies/engine/kubernetes/lifecycle";
import { isAtMost, KNOWN_VERSIONS, KUBERNETES } from "../../../../policies/engine/kubernetes/version";
import { ROOT } from "../../repository";

describe("API versions", () => {
  it.each<[string, (typeof KNOWN_VERSIONS)[number], string | undefined]>([
    ["policy/v1/PodDisruptionBudget", "1.35", undefined],
    ["policy/v1beta1/PodDisruptionBudget", "1.35", "removed Kubernetes 1.25"],
    ["networking.k8s.io/v1beta1/ServiceCIDR", "1.35", "deprecated Kubernetes 1.34"],
    ["networking.k8s.io/v1beta1/ServiceCIDR", "1.37", "removed Kubernetes 1.37"],
    [
      "external-secrets.io/v1beta1/ExternalSecret",
      "1.35",
      "removed github.com/external-secrets/external-secrets v1.3.2",
    ],
    ["example.org/v1/Unheard", "1.35", undefined],
  ])("%s in %s", (type, version, expected) => {
    const found = lifecycleOf(type, version);
    expect(found && `${found.state} ${found.since}`).toBe(expected);
  });

  it("are compared by number", () => {
    expect([isAtMost("1.9", "1.10"), isAtMost("1.10", "1.9"), isAtMost("1.35", "1.35")]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe("the version that manifests are written for", () => {
  it("is the one that clusters run", () => {
    for (const stack of ["prod", "staging", "dr"])
      expect(readFileSync(path.join(ROOT, `stacks/config/Pulumi.${stack}-compute.yaml`), "utf8")).toContain(
        `version: ${KUBERNETES}.`,
      );
  });

  it("is said in one place: what is rendered takes it from there", () => {
    const namespaces = readFileSync(path.join(ROOT, "k8s/platform/namespaces.ts"), "utf8");
    expect(namespaces).toContain('from "../../policies/engine/kubernetes/version"');
    const rendered = readFileSync(
      path.join(ROOT, "k8s/rendered/prod/namespaces/namespace-learning.yaml"),
      "utf8",
    );
    expect(rendered).toContain(`pod-security.kubernetes.io/enforce-version: v${KUBERNETES}`);
  });

  it("has definitions, and so has every other one that is offered", () => {
    const { kinds } = definitions();
    expect(Object.keys(kinds).sort()).toEqual([...KNOWN_VERSIONS, "custom"]);
    for (const version of KNOWN_VERSIONS) expect(kinds[version]["apps/v1/Deployment"]).toBeGreaterThan(0);
  });
});
