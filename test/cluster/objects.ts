// Objects of Argo CD and Argo Rollouts as a test needs them, in the states that their controllers put them in.
import type { Application, RolloutObject } from "../../scripts/release/cluster";

export function application(
  name: string,
  environment: string,
  { image, revision, rollout = true }: { image: string; revision: string; rollout?: boolean },
  status: NonNullable<Application["status"]> = {},
): Application {
  return {
    metadata: { name, labels: { environment } },
    spec: { source: { path: `k8s/rendered/${environment}/${name}` } },
    status: {
      sync: { status: "Synced", revision },
      health: { status: "Healthy" },
      summary: { images: [image] },
      resources: rollout ? [{ group: "argoproj.io", kind: "Rollout", namespace: "learning", name }] : [],
      ...status,
    },
  };
}

export function rollout(
  name: string,
  image: string,
  status: NonNullable<RolloutObject["status"]> = {},
): RolloutObject {
  return {
    metadata: { name, generation: 2 },
    spec: {
      template: { spec: { containers: [{ image }] } },
      strategy: { canary: { steps: [{ setWeight: 5 }, {}, { setWeight: 20 }, {}] } },
    },
    status: { observedGeneration: "2", phase: "Healthy", currentPodHash: "new", stableRS: "new", ...status },
  };
}

/** In the middle of a canary. */
export const LETTING_IN = {
  phase: "Progressing",
  message: "more replicas need to be updated",
  stableRS: "old",
  currentStepIndex: 0,
};
export const PAUSED = {
  phase: "Paused",
  message: "CanaryPauseStep",
  stableRS: "old",
  currentStepIndex: 1,
  controllerPause: true,
  pauseConditions: [{ reason: "CanaryPauseStep" }],
};
export const INCONCLUSIVE = {
  ...PAUSED,
  message: "InconclusiveAnalysisRun",
  pauseConditions: [{ reason: "InconclusiveAnalysisRun" }],
};
export const ABORTED = {
  phase: "Degraded",
  abort: true,
  abortedAt: "2026-11-25T02:00:00Z",
  stableRS: "old",
  message:
    'RolloutAborted: Rollout aborted update to revision 2: Metric "interactive-average" assessed Failed due to failed (2) > failureLimit (1)',
};
