// What Argo CD is told: every directory once, in the right project, and no kind that the project refuses.
import { beforeAll, describe, expect, it } from "vitest";
import { ENVIRONMENTS, type Rendered, renderAll, titleOf } from "./rendered";

interface Element {
  name: string;
  namespace: string;
}
interface Project {
  clusterResourceWhitelist: { group: string; kind: string }[];
  namespaceResourceWhitelist?: { group: string; kind: string }[];
  destinations: { namespace: string }[];
  sourceRepos: string[];
}

let all: Rendered[] = [];
beforeAll(async () => {
  all = await renderAll();
});

const only = (environment: string, kind: string, name: string): Rendered =>
  all.find(
    (each) => each.file.environment === environment && each.kind === kind && each.metadata.name === name,
  )!;

function elements(environment: string, project: string): Element[] {
  const { spec } = only(environment, "ApplicationSet", project);
  return (spec.generators as { list: { elements: Element[] } }[])[0]!.list.elements;
}

describe.each(ENVIRONMENTS)("Argo CD in %s", (environment) => {
  it("applies every directory but its own exactly once", () => {
    const directories = new Set(
      all.filter(({ file }) => file.environment === environment).map(({ file }) => file.app),
    );
    directories.delete("argocd"); // the root application's
    const applied = [...elements(environment, "workloads"), ...elements(environment, "platform")];
    expect(applied.map(({ name }) => name).sort()).toEqual([...directories].sort());
  });

  it("may apply every kind and namespace of the workloads, and nothing of the cluster", () => {
    const project = only(environment, "AppProject", "workloads").spec as unknown as Project;
    expect(project.clusterResourceWhitelist).toEqual([]);
    const allowed = new Set(project.namespaceResourceWhitelist?.map(({ group, kind }) => `${group}/${kind}`));
    const namespaces = project.destinations.map(({ namespace }) => namespace);
    const apps = elements(environment, "workloads").map(({ name }) => name);
    const refused = all.filter(({ file, kind, apiVersion, metadata }) => {
      if (file.environment !== environment || !apps.includes(file.app)) return false;
      const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
      return !allowed.has(`${group}/${kind}`) || !namespaces.includes(metadata.namespace ?? "");
    });
    expect(refused.map(titleOf)).toEqual([]);
    // and nothing is allowed that no app brings
    const used = new Set(
      all
        .filter(({ file }) => apps.includes(file.app))
        .map(({ kind, apiVersion }) => `${apiVersion.includes("/") ? apiVersion.split("/")[0] : ""}/${kind}`),
    );
    expect([...allowed].filter((kind) => !used.has(kind))).toEqual([]);
    expect(
      [...allowed].filter((kind) => /Secret$/.test(kind) && kind !== "external-secrets.io/ExternalSecret"),
    ).toEqual([]);
  });

  it("may fetch every chart that an add-on names, by an exact version", () => {
    const project = only(environment, "AppProject", "platform").spec as unknown as Project;
    const charts = all.filter(({ kind, file }) => kind === "Application" && file.environment === environment);
    expect(charts.length).toBeGreaterThan(3);
    for (const { spec } of charts) {
      const { repoURL, targetRevision } = spec.source as { repoURL: string; targetRevision: string };
      expect(project.sourceRepos).toContain(repoURL);
      expect(targetRevision).toMatch(/^v?\d+\.\d+\.\d+$/);
    }
  });

  it("does not change anything by itself while the backup runs", () => {
    const { syncWindows } = only(environment, "AppProject", "workloads").spec as {
      syncWindows: unknown[];
    };
    expect(syncWindows).toEqual([
      {
        kind: "deny",
        schedule: "0 2 * * *",
        duration: "3h",
        timeZone: "Asia/Shanghai",
        applications: ["*"],
        manualSync: true,
      },
    ]);
  });

  it("leaves what runs alone when a set, a namespace, evidence or a bucket is taken out of git", () => {
    for (const project of ["workloads", "platform"]) {
      const { syncPolicy } = only(environment, "ApplicationSet", project).spec as {
        syncPolicy: { preserveResourcesOnDeletion: boolean };
      };
      expect(syncPolicy.preserveResourcesOnDeletion).toBe(true);
    }
    const kept = all.filter(({ kind, file }) =>
      file.environment === environment
        ? ["Namespace", "PersistentVolume", "PersistentVolumeClaim"].includes(kind)
        : false,
    );
    expect(kept).toHaveLength(environment === "dr" ? 7 : 9); // and the bucket of dumps, with its claim
    for (const { metadata } of kept) {
      expect(metadata.annotations?.["argocd.argoproj.io/sync-options"]).toBe("Delete=false,Prune=false");
    }
  });
});
