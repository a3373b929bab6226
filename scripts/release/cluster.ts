// What Argo CD and Argo Rollouts say of one app, as a decision: wait, done, or degraded. Pure; the objects were read by
// whoever calls, and only the fields that are decided on are named here.

/** argoproj.io/v1alpha1 Application (Argo CD). */
export interface Application {
  metadata: { name: string; labels?: Readonly<Record<string, string>> };
  spec: { source?: { path?: string } };
  status?: {
    sync?: { status?: string; revision?: string };
    health?: { status?: string; message?: string };
    operationState?: { phase?: string; message?: string; syncResult?: { revision?: string } };
    summary?: { images?: readonly string[] };
    resources?: readonly { group?: string; kind: string; namespace?: string; name: string }[];
  };
}

/** argoproj.io/v1alpha1 Rollout (Argo Rollouts). */
export interface RolloutObject {
  metadata: { name: string; generation?: number };
  spec: {
    paused?: boolean;
    template: { spec: { containers: readonly { image: string }[] } };
    strategy?: { canary?: { steps?: readonly { setWeight?: number }[] } };
  };
  status?: {
    observedGeneration?: string;
    phase?: string;
    message?: string;
    abort?: boolean;
    /** Set by the controller once it has acted on `abort`, which anybody may set. */
    abortedAt?: string;
    promoteFull?: boolean;
    controllerPause?: boolean;
    pauseConditions?: readonly { reason: string }[] | null;
    currentStepIndex?: number;
    currentPodHash?: string;
    stableRS?: string;
  };
}

export type Progress =
  | {
      kind: "waiting";
      detail: string /** The new version is applied; what is left is the canary. */;
      applied: boolean;
    }
  | { kind: "healthy"; detail: string }
  /** `taken-back`: Argo Rollouts has aborted by itself; else whoever watches must abort. */
  | { kind: "degraded"; reason: string; metric: string | undefined; takenBack: boolean }
  /** Argo CD could not apply it: nothing has changed. */
  | { kind: "refused"; reason: string };

const waiting = (detail: string, applied: boolean): Progress => ({ kind: "waiting", detail, applied });

/** Where the application's Rollout is; undefined for an app that has none (workers, jobs). */
export function rolloutOf({ status }: Application): { namespace: string; name: string } | undefined {
  const found = status?.resources?.find(({ group, kind }) => group === "argoproj.io" && kind === "Rollout");
  return found?.namespace === undefined ? undefined : { namespace: found.namespace, name: found.name };
}

/**
 * Whether Argo CD applies what was released; undefined = it has, and the rest is its Rollout's to say.
 * @param image with its digest, as the workload names it
 * @param commit of the main branch that declares it
 */
export function judgeSync({ status }: Application, image: string, commit: string): Progress | undefined {
  const { sync, operationState } = status ?? {};
  const here = operationState?.syncResult?.revision === commit;
  if (here && (operationState?.phase === "Failed" || operationState?.phase === "Error"))
    return {
      kind: "refused",
      reason: `Argo CD could not apply ${commit.slice(0, 12)}: ${operationState.message ?? ""}`,
    };
  const runs = status?.summary?.images?.includes(image) === true;
  if (sync?.status === "Synced" && runs) return undefined;
  const at = sync?.revision ? ` at ${sync.revision.slice(0, 12)}` : "";
  return waiting(`Argo CD: ${sync?.status ?? "Unknown"}${at}`, false);
}

/** For an app without a Rollout: Argo CD's own assessment of what it applied. */
export function judgeHealth({ status }: Application): Progress {
  const { status: health = "Unknown", message } = status?.health ?? {};
  if (health === "Healthy") return { kind: "healthy", detail: "Argo CD: Synced, Healthy" };
  if (health !== "Degraded") return waiting(`Argo CD: ${health}`, true);
  const reason = `Argo CD finds it Degraded${message ? `: ${message}` : ""}`;
  return { kind: "degraded", reason, metric: undefined, takenBack: false };
}

/** As `kubectl argo rollouts status` reads it: a status of another generation is not believed. */
function observed({ metadata, status }: RolloutObject): boolean {
  const seen = Number(status?.observedGeneration);
  const unpausing = status?.controllerPause === true && (status.pauseConditions ?? []).length === 0;
  return Number.isInteger(seen) && seen >= (metadata.generation ?? 0) && !unpausing;
}

/** @param image with its digest */
export function judgeRollout(rollout: RolloutObject, image: string): Progress {
  const { spec, status } = rollout;
  if (!spec.template.spec.containers.some((container) => container.image === image))
    return waiting("the rollout has another image yet", false);
  if (!observed(rollout)) return waiting("Argo Rollouts has not seen it yet", true);
  const { phase, message = "" } = status!;
  if (phase === "Degraded") {
    const [, metric] = /Metric "([^"]+)" assessed (?:Failed|Error|Inconclusive)/.exec(message) ?? [];
    return {
      kind: "degraded",
      reason: message || "Degraded",
      metric,
      takenBack: status!.abort === true && status!.abortedAt !== undefined,
    };
  }
  if (phase === "Healthy" && status!.stableRS !== undefined && status!.stableRS === status!.currentPodHash)
    return { kind: "healthy", detail: "Argo Rollouts: Healthy, the new version serves alone" };
  const reasons = (status!.pauseConditions ?? []).map(({ reason }) => reason);
  // Nobody can tell how it does: the sandbox gives up then (policies/service/analysis.ts), and so do we.
  if (reasons.includes("InconclusiveAnalysisRun"))
    return { kind: "degraded", reason: "the analysis is inconclusive", metric: "requests", takenBack: false };
  if (spec.paused) return waiting("paused by hand: somebody must resume it", true);
  return waiting(`${phase ?? "Progressing"}${stepOf(rollout)}${message ? `: ${message}` : ""}`, true);
}

function stepOf({ spec, status }: RolloutObject): string {
  const steps = spec.strategy?.canary?.steps ?? [];
  const index = status?.currentStepIndex;
  if (index === undefined || steps.length === 0) return "";
  const weight = steps.slice(0, index + 1).findLast(({ setWeight }) => setWeight !== undefined)?.setWeight;
  const share = weight === undefined ? "" : `, ${weight} % of the requests`;
  return `, step ${Math.min(index + 1, steps.length)} of ${steps.length}${share}`;
}
