// How a new version is let at the users: in which steps, looked at how often, given up when. Data that the Rollouts of k8s
// are generated from and that the sandbox's own rollout follows. Thresholds: policies/contract/performance.ts.

export interface CanaryStep {
  /** Share of requests that the new version answers, percent. */
  weight: number;
  /** Seconds that the share is held while it is analysed. */
  hold: number;
}

/** The last share before all of it is half: an error that shows only under load shows there. */
export const CANARY_STEPS: readonly CanaryStep[] = [
  { weight: 5, hold: 300 },
  { weight: 20, hold: 600 },
  { weight: 50, hold: 600 },
];

/** How the new version is looked at, from the first step on. */
export const ANALYSIS = {
  /** Seconds between two looks; also the range that each look covers. */
  interval: 60,
  /** Looks that may fail before the rollout is aborted. One alone may be a restart elsewhere. */
  failureLimit: 1,
  /** Looks that found no requests, or no answer from Prometheus, before the rollout is aborted. */
  inconclusiveLimit: 5,
  /** Requests in one look below which it says nothing. */
  minimumRequests: 20,
} as const;
