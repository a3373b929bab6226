// What every pod of ours must be, whichever app and environment it belongs to.
import { beforeAll, describe, expect, it } from "vitest";
import { ENVIRONMENTS, type Pod, podOf, type Rendered, renderAll, titleOf } from "./rendered";

let all: Rendered[] = [];
let pods: { of: Rendered; pod: Pod }[] = [];
beforeAll(async () => {
  all = await renderAll();
  pods = all.flatMap((of) => {
    const pod = podOf(of);
    return pod ? [{ of, pod }] : [];
  });
});

/** Titles of those that do not hold. */
const failing = (holds: (of: Rendered, pod: Pod) => boolean): string[] =>
  pods.filter(({ of, pod }) => !holds(of, pod)).map(({ of }) => titleOf(of));
const long = ({ kind }: Rendered): boolean => kind !== "CronJob";

describe("every pod", () => {
  it("is one of seven workloads or eight jobs, and where the database is managed its dump", () => {
    for (const environment of ENVIRONMENTS) {
      const own = pods.filter(({ of }) => of.file.environment === environment);
      expect(own.filter(({ of }) => long(of))).toHaveLength(7);
      const dumped = environment === "dr" ? 0 : 1;
      expect(own.filter(({ of }) => !long(of))).toHaveLength(8 + dumped);
    }
  });

  it("runs an image by its digest, never by a tag", () => {
    const images = pods.flatMap(({ pod }) => pod.spec.containers.map(({ image }) => image));
    expect(images.filter((image) => !/^[a-z0-9./-]+@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
  });

  it("keeps to Pod Security restricted", () => {
    expect(
      failing((_, { spec }) => {
        const seccomp = (context: Record<string, unknown>): unknown =>
          (context.seccompProfile as { type?: string } | undefined)?.type;
        return (
          spec.securityContext.runAsNonRoot === true &&
          Number(spec.securityContext.runAsUser) > 0 &&
          seccomp(spec.securityContext) === "RuntimeDefault" &&
          spec.hostNetwork === undefined &&
          spec.volumes.every(({ hostPath }) => hostPath === undefined) &&
          [...spec.containers, ...(spec.initContainers ?? [])].every(
            ({ securityContext }) =>
              securityContext.readOnlyRootFilesystem === true &&
              securityContext.allowPrivilegeEscalation === false &&
              securityContext.privileged === false &&
              JSON.stringify(securityContext.capabilities) === '{"drop":["ALL"]}',
          )
        );
      }),
    ).toEqual([]);
  });

  it("has no token of the API server and an account of its own", () => {
    expect(failing((_, { spec }) => spec.automountServiceAccountToken === false)).toEqual([]);
    expect(failing((of, { spec }) => spec.serviceAccountName === of.file.app)).toEqual([]);
    const accounts = all.filter(({ kind }) => kind === "ServiceAccount");
    expect(accounts).toHaveLength(ENVIRONMENTS.length * 8);
  });

  it("asks for what it needs and is held to a limit", () => {
    const names = ["cpu", "ephemeral-storage", "memory"];
    expect(
      failing((_, { spec }) =>
        spec.containers.every(
          ({ resources }) =>
            names.every((name) => resources.requests[name] && resources.limits[name]) &&
            resources.requests.memory === resources.limits.memory,
        ),
      ),
    ).toEqual([]);
  });

  it("carries who it is, where it runs and who answers for it", () => {
    const names = ["name", "instance", "version", "component", "part-of", "managed-by"];
    expect(
      failing((of, { metadata: { labels } }) => {
        const recommended = names.every((name) => labels[`app.kubernetes.io/${name}`]);
        return (
          recommended && labels.environment === of.file.environment && /^[a-z-]+$/.test(labels.owner ?? "")
        );
      }),
    ).toEqual([]);
  });

  it("reads secrets from files only", () => {
    expect(all.filter(({ kind }) => kind === "Secret").map(titleOf)).toEqual([]);
    expect(
      failing((_, { spec }) =>
        spec.containers.every(({ env }) => env.every(({ value }) => value !== undefined)),
      ),
    ).toEqual([]);
  });
});

describe("every workload that runs all day", () => {
  it("is asked whether it started, is ready, lives", () => {
    const probed = (of: Rendered, { spec }: Pod): boolean =>
      !long(of) ||
      spec.containers.every((each) => each.startupProbe && each.readinessProbe && each.livenessProbe);
    expect(failing(probed)).toEqual([]);
  });

  it("is spread over zones, strictly where a zone may fail without being missed", () => {
    const zone = (pod: Pod): string | undefined =>
      pod.spec.topologySpreadConstraints?.find(
        ({ topologyKey }) => topologyKey === "topology.kubernetes.io/zone",
      )?.whenUnsatisfiable;
    expect(failing((of, pod) => !long(of) || zone(pod) !== undefined)).toEqual([]);
    const web = pods.find(({ of }) => titleOf(of) === "prod learning/learning-web Rollout");
    expect(zone(web!.pod)).toBe("DoNotSchedule");
  });

  it("has an autoscaler that finds it and a disruption budget that selects its pods", () => {
    const missing = pods
      .filter(({ of }) => long(of))
      .filter(({ of, pod }) => {
        const own = all.filter(
          ({ file }) => file.environment === of.file.environment && file.app === of.file.app,
        );
        const scaler = own.find(({ kind }) => kind === "HorizontalPodAutoscaler");
        const budget = own.find(({ kind }) => kind === "PodDisruptionBudget");
        const target = scaler?.spec.scaleTargetRef as
          | { apiVersion: string; kind: string; name: string }
          | undefined;
        const { matchLabels = { none: "" } } = (budget?.spec.selector ?? {}) as {
          matchLabels?: Record<string, string>;
        };
        const selects = Object.entries(matchLabels).every(
          ([name, value]) => pod.metadata.labels[name] === value,
        );
        const finds =
          target?.apiVersion === of.apiVersion && target.kind === of.kind && target.name === of.metadata.name;
        return !finds || !selects || budget?.spec.maxUnavailable !== 1;
      });
    expect(missing.map(({ of }) => titleOf(of))).toEqual([]);
  });

  it("selects its own pods and no other's", () => {
    const wrong = pods.filter(({ of }) => {
      if (!long(of)) return false;
      const { matchLabels } = of.spec.selector as { matchLabels: Record<string, string> };
      const selected = pods.filter(
        ({ of: other, pod }) =>
          other.file.environment === of.file.environment &&
          Object.entries(matchLabels).every(([name, value]) => pod.metadata.labels[name] === value),
      );
      return selected.length !== 1;
    });
    expect(wrong.map(({ of }) => titleOf(of))).toEqual([]);
  });
});

describe("a pilot light", () => {
  it("has everything but runs nothing: no pod, no job, an autoscaler that keeps still", () => {
    const dr = pods.filter(({ of }) => of.file.environment === "dr");
    expect(dr.filter(({ of }) => (long(of) ? of.spec.replicas !== 0 : of.spec.suspend !== true))).toEqual([]);
  });

  it("is the only one: elsewhere the autoscaler owns the number of pods and jobs run", () => {
    const others = pods.filter(({ of }) => of.file.environment !== "dr");
    expect(
      others.filter(({ of }) => (long(of) ? of.spec.replicas !== undefined : of.spec.suspend !== false)),
    ).toEqual([]);
  });
});
