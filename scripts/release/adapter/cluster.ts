// The Rollouts port on a cluster: Argo CD applies what git declares, Argo Rollouts lets it in; we watch both through the Kubernetes
// API, abort as `kubectl argo rollouts abort` does, and keep no state of our own.
import { CANARY_STEPS } from "../../../policies/service/canary";
import type { App } from "../../../policies/service/releases";
import type { KubernetesClient } from "../../cluster/adapter/client";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import {
  type Application,
  judgeHealth,
  judgeRollout,
  judgeSync,
  type Progress,
  type RolloutObject,
  rolloutOf,
} from "../cluster";
import type { AppChange } from "../plan";
import type { AppState, RolloutRequest, RolloutResult, Rollouts } from "../rollouts";

export interface ClusterOptions {
  client: KubernetesClient;
  clock: Clock;
  environment: string;
}

const API = "/apis/argoproj.io/v1alpha1";
/** Namespace of Argo CD (k8s/parts/namespaces.ts). */
const ARGOCD = "argocd";
const POLL_SECONDS = 10;
/** Until Argo CD has applied a commit: it looks every three minutes, and may have to wait for its window. */
const SYNC_SECONDS = 1800;
/** Starting pods and taking traffic over, besides the canary's own steps. */
const SETTLE_SECONDS = 1800;
const HOLDS = CANARY_STEPS.reduce((sum, { hold }) => sum + hold, 0);
/** How long an abort may take until the previous version serves alone. */
const ABORT_SECONDS = 300;
/** Failures of the API in a row that are waited out. */
const BORNE_FAILURES = 12;

type Place = NonNullable<ReturnType<typeof rolloutOf>>;

interface Seen {
  change: AppChange;
  progress: Progress;
  rollout: Place | undefined;
  object: RolloutObject | undefined;
}

const imageOf = ({ to }: AppChange): string => `${to.image}@${to.digest}`;

export function createClusterRollouts(options: ClusterOptions): Rollouts {
  const { clock } = options;
  return {
    how: "Argo CD and Argo Rollouts",
    async roll(request) {
      const started = clock.seconds();
      try {
        const result = await watch(options, request, started);
        const measurements = [{ name: "rollout", value: clock.seconds() - started, unit: "s" }];
        return { ...result, measurements: [...measurements, ...result.measurements] };
      } catch (error) {
        if (!request.signal.aborted) throw error;
        const detail = await goBack(options, request, request.plan.changes).catch(String);
        throw new OpsError("interrupted", `interrupted; the rollout was aborted: ${detail}`, {
          todo: "see `ops release status`; what git declares is reverted by a pull request",
        });
      }
    },
    async status(release) {
      const apps = Object.entries(release.apps) as [App, (typeof release.apps)[App] & object][];
      return Promise.all(apps.map(([app, to]) => stateOf(options, { app, from: undefined, to })));
    },
  };
}

const rolloutPath = ({ namespace, name }: Place): string => `${API}/namespaces/${namespace}/rollouts/${name}`;

/** @throws OpsError config when this cluster is another environment's */
async function applicationOf({ client, environment }: ClusterOptions, app: App): Promise<Application> {
  const found = await client.get<Application>(`${API}/namespaces/${ARGOCD}/applications/${app}`);
  if (!found)
    throw new OpsError("unavailable", `Argo CD knows no application ${app}`, {
      expected: "the applications of k8s/platform/argocd.ts",
    });
  const place = found.spec.source?.path;
  if (place === `k8s/rendered/${environment}/${app}`) return found;
  throw new OpsError("config", `the cluster's ${app} follows ${place ?? "nothing"}`, {
    expected: `k8s/rendered/${environment}/${app}: the cluster of ${environment}`,
    todo: "look at KUBECONFIG and its current context",
  });
}

async function look(options: ClusterOptions, change: AppChange, commit: string): Promise<Seen> {
  const application = await applicationOf(options, change.app);
  const rollout = rolloutOf(application);
  const object = rollout && (await options.client.get<RolloutObject>(rolloutPath(rollout)));
  const progress =
    judgeSync(application, imageOf(change), commit) ??
    (object ? judgeRollout(object, imageOf(change)) : judgeHealth(application));
  return { change, progress, rollout, object };
}

async function watch(
  options: ClusterOptions,
  request: RolloutRequest,
  started: number,
): Promise<RolloutResult> {
  const { clock } = options;
  const { plan, commit, direct, signal, onStep } = request;
  const said = new Map<App, string>();
  const deadline = started + SYNC_SECONDS + SETTLE_SECONDS + (direct ? 0 : HOLDS);
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    const seen = await Promise.all(plan.changes.map((change) => look(options, change, commit))).catch(
      (error: unknown) => {
        if (!(error instanceof OpsError) || error.exit !== "unavailable" || ++failures > BORNE_FAILURES)
          throw error;
        onStep(`${error.message}; asked again in ${POLL_SECONDS} s`);
        return undefined;
      },
    );
    if (seen) {
      failures = 0;
      for (const { change, progress } of seen) tell(said, change.app, progress, onStep);
      const decided = await decide(options, request, seen);
      if (decided) return decided;
      if (direct) await hasten(options, seen);
      const applied = seen.some(({ progress }) => progress.kind !== "waiting" || progress.applied);
      const now = clock.seconds();
      if (!applied && now >= started + SYNC_SECONDS)
        throw new OpsError(
          "timeout",
          `Argo CD has not applied ${commit.slice(0, 12)} for ${SYNC_SECONDS / 60} minutes`,
          {
            expected: "an application that follows the main branch",
            todo: "look at the applications in Argo CD; the project's sync window may hold them (02:00-05:00)",
          },
        );
      if (now >= deadline) return abort(options, request, seen, undefined, "it was not done in time");
    } else if (clock.seconds() >= deadline) {
      throw new OpsError("timeout", "the cluster did not say in time how the rollout ended");
    }
    await clock.sleep(POLL_SECONDS, signal);
  }
}

function tell(said: Map<App, string>, app: App, progress: Progress, onStep: (text: string) => void): void {
  const text = "detail" in progress ? progress.detail : progress.reason;
  if (said.get(app) !== text) onStep(`${app}: ${text}`);
  said.set(app, text);
}

async function decide(
  options: ClusterOptions,
  request: RolloutRequest,
  seen: readonly Seen[],
): Promise<RolloutResult | undefined> {
  for (const { change, progress } of seen) {
    if (progress.kind === "refused")
      throw new OpsError("unavailable", `${change.app}: ${progress.reason}`, {
        expected: "manifests that the cluster accepts",
      });
    if (progress.kind === "degraded")
      return abort(options, request, seen, progress.metric, `${change.app}: ${progress.reason}`);
  }
  if (!seen.every(({ progress }) => progress.kind === "healthy")) return undefined;
  const reason = request.direct
    ? "changed at once, without a canary"
    : "every step was taken and nothing found wrong";
  return { outcome: "healthy", metric: undefined, reason, measurements: [], facts: factsOf(seen) };
}

function factsOf(seen: readonly Seen[]): Record<string, unknown> {
  return { rollout: "cluster", apps: seen.map(({ change, progress }) => ({ app: change.app, ...progress })) };
}

async function abort(
  options: ClusterOptions,
  request: RolloutRequest,
  seen: readonly Seen[],
  metric: string | undefined,
  reason: string,
): Promise<RolloutResult> {
  const detail = await goBack(options, request, request.plan.changes);
  return {
    outcome: "aborted",
    metric,
    reason: `${reason}; ${detail}`,
    measurements: [],
    facts: factsOf(seen),
  };
}

/** Aborts every rollout that is under way and waits until Argo Rollouts says so. @returns what is true then, for people */
async function goBack(
  options: ClusterOptions,
  { commit, onStep }: RolloutRequest,
  changes: readonly AppChange[],
): Promise<string> {
  const { client, clock } = options;
  const aborted: string[] = [];
  const left: string[] = [];
  for (const change of changes) {
    const { rollout, progress } = await look(options, change, commit);
    const under = progress.kind === "waiting" ? progress.applied : progress.kind === "degraded";
    if (!under) continue;
    if (!rollout) {
      left.push(`${change.app} has no canary: what git declares takes it back`);
      continue;
    }
    if (progress.kind !== "degraded" || !progress.takenBack) await abortOne(client, change.app, rollout);
    aborted.push(change.app);
  }
  const isBack = async (app: string): Promise<boolean> => {
    const change = changes.find((each) => each.app === app)!;
    const { progress } = await look(options, change, commit);
    return progress.kind === "degraded" && progress.takenBack;
  };
  for (const deadline = clock.seconds() + ABORT_SECONDS; clock.seconds() < deadline; ) {
    const back = await Promise.all(aborted.map(isBack));
    if (back.every(Boolean)) {
      if (aborted.length > 0) onStep(`aborted: ${aborted.join(", ")}`);
      return (
        [
          ...(aborted.length > 0 ? [`${aborted.join(", ")} aborted, the previous version serves`] : []),
          ...left,
        ].join("; ") || "nothing was under way"
      );
    }
    // Not to be interrupted: until then nobody knows what serves.
    await clock.sleep(POLL_SECONDS);
  }
  throw new OpsError("timeout", `${aborted.join(", ")}: the abort was requested and has not happened`, {
    todo: "kubectl argo rollouts get rollout <app> --namespace learning",
  });
}

/** On the status subresource; before Argo Rollouts 0.10 there was none. */
async function abortOne(client: KubernetesClient, app: App, rollout: Place): Promise<void> {
  const body = { status: { abort: true } };
  const path = rolloutPath(rollout);
  if (await client.patch(`${path}/status`, body)) return;
  if (await client.patch(path, body)) return;
  throw new OpsError("unavailable", `${app} no longer has a rollout`);
}

/** A rollback does not go through the canary: `kubectl argo rollouts promote --full`. */
async function hasten({ client }: ClusterOptions, seen: readonly Seen[]): Promise<void> {
  for (const { progress, rollout, object } of seen) {
    if (!rollout || progress.kind !== "waiting" || !progress.applied) continue;
    const { promoteFull, stableRS, currentPodHash } = object?.status ?? {};
    if (promoteFull === true || stableRS === currentPodHash) continue;
    await client.patch(`${rolloutPath(rollout)}/status`, { status: { promoteFull: true } });
  }
}

const HEALTH: Readonly<Record<Progress["kind"], AppState["health"]>> = {
  healthy: "healthy",
  waiting: "progressing",
  degraded: "degraded",
  refused: "degraded",
};

async function stateOf(options: ClusterOptions, change: AppChange): Promise<AppState> {
  const { progress } = await look(options, change, "");
  const detail = "detail" in progress ? progress.detail : progress.reason;
  // While two versions serve, or the one before, only ReplicaSets know which: the detail says how far it is.
  const serving = progress.kind === "healthy" ? change.to.version : undefined;
  return { app: change.app, serving, health: HEALTH[progress.kind], detail };
}
