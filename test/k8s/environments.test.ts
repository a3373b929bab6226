// Facts that k8s/ shares with stacks/ and cannot import from its configuration: held equal here.
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { DOMAIN, REPOSITORY, SETTINGS } from "../../k8s/environments";
import { PORTS } from "../../k8s/parts/network";
import { KUBERNETES } from "../../policies/engine/kubernetes/version";
import { read } from "../policies/repository";
import { ENVIRONMENTS, renderAll } from "./rendered";

interface StackConfig {
  "netedu:cluster": { version: string };
  "netedu:argocd": { repository: string; revision?: string };
  "netedu:edge": { domain: string; hosts: string[] };
  "netedu:pools": { purpose: string; max: number }[];
}

function config(stack: string): StackConfig {
  return (load(read(`stacks/config/Pulumi.${stack}.yaml`)) as { config: StackConfig }).config;
}

describe.each(ENVIRONMENTS)("%s", (environment) => {
  const compute = config(`${environment}-compute`);
  const { "netedu:edge": edge } = config(`${environment}-network`);

  it("runs the version of Kubernetes that manifests are written and checked for", () => {
    expect(compute["netedu:cluster"].version).toMatch(new RegExp(`^${KUBERNETES.replace(".", "\\.")}\\.`));
  });

  it("is synced from the repository that Pulumi gives Argo CD", () => {
    expect(compute["netedu:argocd"].repository).toBe(REPOSITORY.url);
  });

  it("answers under the names that DNS leads to its load balancer", () => {
    expect(edge.domain).toBe(DOMAIN);
    expect(Object.values(SETTINGS[environment].hosts)).toEqual(edge.hosts);
  });

  it("has a pool for every purpose that pods are sent to", async () => {
    const texts = (await renderAll()).filter(({ file }) => file.environment === environment);
    const wanted = new Set(
      texts.flatMap(({ file }) => [...file.text.matchAll(/purpose: (\w+)/g)].map((m) => m[1])),
    );
    expect([...wanted].sort()).toEqual(["applications", "jobs", "system"]);
    expect(compute["netedu:pools"].map(({ purpose }) => purpose).sort()).toEqual([...wanted].sort());
  });
});

it("serves where the load balancer may reach it", () => {
  expect(read("stacks/components/security-groups.ts")).toContain(`from: "edge", port: ${PORTS.http}`);
});

it("is applied from the directory that the root application names", () => {
  expect(read("stacks/components/gitops.ts")).toMatch(
    /path: `k8s\/rendered\/\$\{args\.environment\}\/argocd`/,
  );
});

describe("sizes", () => {
  it.each(ENVIRONMENTS)("of %s are whole, positive, and leave room to grow", (environment) => {
    for (const [app, { min, max, cpu, memory }] of Object.entries(SETTINGS[environment].sizes)) {
      expect([app, min >= 1, max >= min, cpu >= 50, memory >= 128]).toEqual([app, true, true, true, true]);
    }
  });

  it("of the pilot light are production's: what it must carry once it is promoted", () => {
    expect(SETTINGS.dr.sizes).toEqual(SETTINGS.prod.sizes);
    expect([SETTINGS.prod, SETTINGS.staging, SETTINGS.dr].map(({ pilotLight }) => pilotLight)).toEqual([
      false,
      false,
      true,
    ]);
  });
});
