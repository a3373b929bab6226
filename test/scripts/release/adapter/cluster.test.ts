// The rollouts of a cluster against a strict stand-in (test/cluster) for the Kubernetes API: what is waited for, what is aborted and
// how, what is not believed. The controllers are played by the test, between two looks.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clusterAccess } from "../../../../scripts/cluster/adapter/access";
import { createKubernetesClient } from "../../../../scripts/cluster/adapter/client";
import { createClusterRollouts } from "../../../../scripts/release/adapter/cluster";
import type { ReleasePlan } from "../../../../scripts/release/plan";
import { ABORTED, application, INCONCLUSIVE, LETTING_IN, PAUSED, rollout } from "../../../cluster/objects";
import { type ClusterStandIn, clusterStandIn } from "../../../cluster/stand-in";
import { type WaitingClock, waiting } from "./waiting";

const COMMIT = "c".repeat(40);
const OLD = `registry.example/netedu/learning-web@sha256:${"a".repeat(64)}`;
const NEW = `registry.example/netedu/learning-web@sha256:${"b".repeat(64)}`;
const WORKER = `registry.example/netedu/worker-sms@sha256:${"b".repeat(64)}`;

let cluster: ClusterStandIn;
beforeAll(async () => {
  cluster = await clusterStandIn();
});
afterAll(() => cluster.close());
beforeEach(() => {
  cluster.applications.clear();
  cluster.rollouts.clear();
  cluster.patches.splice(0);
  cluster.faults.times = 0;
  applied(OLD, {});
});

function applied(image: string, status: Parameters<typeof rollout>[2]): void {
  cluster.applications.set("learning-web", application("learning-web", "prod", { image, revision: COMMIT }));
  cluster.rollouts.set("learning-web", rollout("learning-web", image, status));
}
function worker(image: string, health: string): void {
  const status = { health: { status: health } };
  cluster.applications.set(
    "worker-sms",
    application("worker-sms", "prod", { image, revision: COMMIT, rollout: false }, status),
  );
}
const change = (app: "learning-web" | "worker-sms", image: string) => {
  const [name = "", digest = ""] = image.split("@");
  return { app, from: undefined, to: { version: "1.1.0", image: name, digest } };
};
/** The abort is seen by its controller. */
const obey = (): void => {
  if (cluster.rollouts.get("learning-web")?.status?.abort) applied(NEW, ABORTED);
};

async function roll(
  meanwhile: ((clock: WaitingClock) => void)[],
  {
    direct = false,
    signal = new AbortController().signal,
    apps = [change("learning-web", NEW)],
    environment = "prod",
  } = {},
) {
  const access = await clusterAccess({ KUBECONFIG: cluster.kubeconfig });
  const clock = waiting(...meanwhile);
  const steps: string[] = [];
  const rollouts = createClusterRollouts({
    client: createKubernetesClient(async () => access),
    clock,
    environment,
  });
  const plan = { environment, changes: apps } as unknown as ReleasePlan;
  const request = { plan, commit: COMMIT, direct, signal, onStep: (text: string) => void steps.push(text) };
  return { rollouts, steps, clock, result: rollouts.roll(request) };
}

describe("a rollout in a cluster", () => {
  it("is healthy when Argo CD has applied it and Argo Rollouts has taken every step", async () => {
    const { result, steps } = await roll([
      () => applied(NEW, LETTING_IN),
      () => applied(NEW, PAUSED),
      () => applied(NEW, { stableRS: "new" }),
    ]);
    expect(await result).toMatchObject({
      outcome: "healthy",
      measurements: [{ name: "rollout", value: 30, unit: "s" }],
    });
    expect(steps).toEqual([
      expect.stringContaining("Argo CD: Synced"),
      expect.stringContaining("5 % of the requests"),
      expect.stringContaining("Paused, step 2 of 4"),
      expect.stringContaining("serves alone"),
    ]);
    expect(cluster.patches).toEqual([]);
  });

  it("is aborted when Argo Rollouts has taken it back; the metric that decided is named", async () => {
    const { result } = await roll([() => applied(NEW, LETTING_IN), () => applied(NEW, ABORTED)]);
    expect(await result).toMatchObject({
      outcome: "aborted",
      metric: "interactive-average",
      reason: expect.stringContaining("learning-web aborted, the previous version serves"),
    });
    expect(cluster.patches).toEqual([]);
  });

  it.each([
    ["is inconclusive", INCONCLUSIVE, "requests"],
    [
      "is degraded and goes on",
      { phase: "Degraded", message: "ProgressDeadlineExceeded", stableRS: "old" },
      undefined,
    ],
  ])("that %s is aborted as kubectl does it", async (_, status, metric) => {
    const { result } = await roll([() => applied(NEW, status), obey]);
    expect(await result).toMatchObject({ outcome: "aborted", metric });
    expect(cluster.patches).toEqual([
      {
        path: "/apis/argoproj.io/v1alpha1/namespaces/learning/rollouts/learning-web/status",
        body: { status: { abort: true } },
      },
    ]);
  });

  it("that hangs is aborted in the end; one that Argo CD never applies is given up without", async () => {
    applied(NEW, PAUSED);
    const hour = (clock: WaitingClock): void => clock.skip(3600);
    expect(await (await roll([hour, hour, obey])).result).toMatchObject({
      outcome: "aborted",
      reason: expect.stringContaining("not done in time"),
    });
    applied(OLD, {});
    cluster.patches.splice(0);
    await expect((await roll([hour])).result).rejects.toMatchObject({
      exit: "timeout",
      message: expect.stringContaining("has not applied"),
    });
    expect(cluster.patches).toEqual([]);
  });

  it.each([INCONCLUSIVE, { phase: "Degraded", message: "ProgressDeadlineExceeded", stableRS: "old" }])(
    "whose abort nobody obeys is no abort: $phase",
    async (status) => {
      applied(NEW, status);
      await expect((await roll([])).result).rejects.toMatchObject({
        exit: "timeout",
        message: expect.stringContaining("the abort was requested and has not happened"),
      });
    },
  );

  it("of several apps is aborted as a whole", async () => {
    worker(OLD, "Healthy");
    const apps = [change("learning-web", NEW), change("worker-sms", WORKER)];
    const both = () => {
      applied(NEW, LETTING_IN);
      worker(WORKER, "Degraded");
    };
    const { result } = await roll([both, obey], { apps });
    expect(await result).toMatchObject({
      outcome: "aborted",
      reason: expect.stringMatching(
        /worker-sms: Argo CD finds it Degraded.*learning-web aborted.*worker-sms has no canary/,
      ),
    });
  });

  it("of an app without a canary is Argo CD's to judge", async () => {
    worker(OLD, "Healthy");
    const apps = [change("worker-sms", WORKER)];
    const { result } = await roll([() => worker(WORKER, "Progressing"), () => worker(WORKER, "Healthy")], {
      apps,
    });
    expect(await result).toMatchObject({ outcome: "healthy" });
  });

  it("back takes all steps at once, asked once", async () => {
    const { result } = await roll(
      [() => applied(NEW, LETTING_IN), () => {}, () => applied(NEW, { stableRS: "new" })],
      { direct: true },
    );
    expect(await result).toMatchObject({ outcome: "healthy" });
    expect(cluster.patches.map(({ body }) => body)).toEqual([{ status: { promoteFull: true } }]);
  });

  it("that is interrupted is aborted, and says so", async () => {
    const controller = new AbortController();
    const stop = (): void => {
      applied(NEW, LETTING_IN);
      controller.abort(new Error("Ctrl-C"));
    };
    const { result } = await roll([stop, obey], { signal: controller.signal });
    await expect(result).rejects.toMatchObject({
      exit: "interrupted",
      message: expect.stringContaining("learning-web aborted, the previous version serves"),
      todo: expect.any(String),
    });
  });

  it("bears an API server that is away for a while, not one that stays away", async () => {
    cluster.faults.times = 3;
    applied(NEW, {});
    const { result, steps } = await roll([]);
    expect(await result).toMatchObject({ outcome: "healthy" });
    expect(steps[0]).toMatch(/503: apiserver is shutting down; asked again/);
    cluster.faults.times = 1000;
    await expect((await roll([])).result).rejects.toMatchObject({ exit: "unavailable" });
  });

  it("is refused when the manifests do not apply, and in another environment's cluster", async () => {
    const operationState = {
      phase: "Failed",
      message: "field is immutable",
      syncResult: { revision: COMMIT },
    };
    cluster.applications.set(
      "learning-web",
      application("learning-web", "prod", { image: OLD, revision: COMMIT }, { operationState }),
    );
    await expect((await roll([])).result).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringContaining("field is immutable"),
    });
    await expect((await roll([], { environment: "staging" })).result).rejects.toMatchObject({
      exit: "config",
      message: expect.stringContaining("k8s/rendered/prod"),
    });
    const unknown = [{ ...change("learning-web", NEW), app: "mobile-api" as "learning-web" }];
    cluster.faults.times = 0;
    await expect((await roll([], { apps: unknown })).result).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringContaining("knows no application mobile-api"),
    });
  });

  it("shows as a state: what is declared serves, is on its way, or was degraded", async () => {
    const { to } = change("learning-web", NEW);
    const release = { environment: "prod", apps: { "learning-web": to } };
    const { rollouts, result } = await roll([() => applied(NEW, {})]);
    await result;
    const [healthy] = await rollouts.status(release);
    expect(healthy).toMatchObject({ serving: "1.1.0", health: "healthy" });
    applied(NEW, PAUSED);
    expect(await rollouts.status(release)).toMatchObject([{ serving: undefined, health: "progressing" }]);
    applied(NEW, ABORTED);
    expect(await rollouts.status(release)).toMatchObject([{ serving: undefined, health: "degraded" }]);
  });
});
