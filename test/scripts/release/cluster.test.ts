// What Argo CD and Argo Rollouts say, decided: one line a state that their controllers can be in.
import { describe, expect, it } from "vitest";
import {
  type Application,
  judgeHealth,
  judgeRollout,
  judgeSync,
  type RolloutObject,
  rolloutOf,
} from "../../../scripts/release/cluster";
import { ABORTED, application, INCONCLUSIVE, LETTING_IN, PAUSED, rollout } from "../../cluster/objects";

const IMAGE = `registry.example/netedu/learning-web@sha256:${"b".repeat(64)}`;
const COMMIT = "c".repeat(40);
const app = (status: NonNullable<Application["status"]> = {}, image = IMAGE): Application =>
  application("learning-web", "prod", { image, revision: COMMIT }, status);

describe("Argo CD", () => {
  it.each<[string, Application, object | undefined]>([
    ["has applied it", app(), undefined],
    ["has not looked yet", app({}, "old@sha256:1"), { kind: "waiting", applied: false }],
    ["is about to", app({ sync: { status: "OutOfSync" } }), { kind: "waiting", applied: false }],
    ["knows nothing", { ...app(), status: {} } as Application, { kind: "waiting", applied: false }],
    [
      "could not",
      app({ operationState: { phase: "Failed", message: "forbidden", syncResult: { revision: COMMIT } } }),
      { kind: "refused", reason: expect.stringContaining("forbidden") },
    ],
    [
      "failed at an earlier commit, which says nothing",
      app({ operationState: { phase: "Failed", syncResult: { revision: "a".repeat(40) } } }),
      undefined,
    ],
  ])("%s", (_, found, expected) => {
    const judged = judgeSync(found, IMAGE, COMMIT);
    if (expected) expect(judged).toMatchObject(expected);
    else expect(judged).toBeUndefined();
  });

  it.each<[string, object]>([
    ["Healthy", { kind: "healthy" }],
    ["Progressing", { kind: "waiting", applied: true }],
    ["Missing", { kind: "waiting", applied: true }],
    ["Degraded", { kind: "degraded", takenBack: false, reason: expect.stringContaining("too slow") }],
  ])("alone finds an app %s", (status, expected) => {
    expect(judgeHealth(app({ health: { status, message: "too slow" } }))).toMatchObject(expected);
  });

  it("says where the app's rollout is, if it has one", () => {
    expect(rolloutOf(app())).toEqual({ namespace: "learning", name: "learning-web" });
    expect(rolloutOf(app({ resources: [{ group: "apps", kind: "Deployment", name: "x" }] }))).toBeUndefined();
  });
});

describe("Argo Rollouts", () => {
  const one = (
    status: NonNullable<RolloutObject["status"]>,
    spec: Partial<RolloutObject["spec"]> = {},
  ): RolloutObject => {
    const made = rollout("learning-web", IMAGE, status);
    return { ...made, spec: { ...made.spec, ...spec } };
  };
  it.each<[string, RolloutObject, object]>([
    ["Healthy", one({}), { kind: "healthy" }],
    ["Healthy with the image before", rollout("learning-web", "old"), { kind: "waiting", applied: false }],
    [
      "Healthy of the generation before",
      one({ observedGeneration: "1" }),
      { kind: "waiting", applied: true },
    ],
    ["Healthy, but the new one is not the stable one", one({ stableRS: "old" }), { kind: "waiting" }],
    [
      "Progressing",
      one(LETTING_IN),
      { kind: "waiting", detail: expect.stringContaining("step 1 of 4, 5 % of the requests") },
    ],
    [
      "Paused between two steps",
      one(PAUSED),
      { kind: "waiting", detail: expect.stringContaining("step 2 of 4") },
    ],
    [
      "Paused by hand",
      one({ phase: "Paused", message: "manually paused" }, { paused: true }),
      { kind: "waiting", detail: expect.stringContaining("by hand") },
    ],
    ["about to go on", one({ ...PAUSED, pauseConditions: [] }), { kind: "waiting" }],
    ["inconclusive", one(INCONCLUSIVE), { kind: "degraded", metric: "requests", takenBack: false }],
    [
      "aborted by its analysis",
      one(ABORTED),
      { kind: "degraded", metric: "interactive-average", takenBack: true },
    ],
    [
      "Degraded and not taken back",
      one({ phase: "Degraded", message: "InvalidSpec: x" }),
      { kind: "degraded", metric: undefined, takenBack: false, reason: "InvalidSpec: x" },
    ],
  ])("%s", (_, found, expected) => {
    expect(judgeRollout(found, IMAGE)).toMatchObject(expected);
  });
});
