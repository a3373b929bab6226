// Reviews of a deployment as approvals: read from a strict stand-in for GitHub, decided by the pure module.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGitHubClient } from "../../../../scripts/pipeline/adapter/github/client";
import { createWorkflowRun } from "../../../../scripts/pipeline/adapter/github/runs";
import { withReviews } from "../../../../scripts/release/adapter/reviews";
import type { Approvals } from "../../../../scripts/release/approvals";
import { applyOverrides, approvalText } from "../../../../scripts/release/override";
import type { ReleasePlan } from "../../../../scripts/release/plan";
import { type StandIn, standIn } from "../../../github/stand-in";
import type { StandInRun } from "../../../github/stand-in-pulls";

const DIGEST = `sha256:${"e".repeat(64)}`;
const PLAN = { environment: "prod", digest: DIGEST } as ReleasePlan;
const PEOPLE = [
  { name: "li-ming", github: "Li-Ming" },
  { name: "wang-fang", github: "wang-f" },
  { name: "zhao-lei" },
];
const NO_SIGNATURES: Approvals = {
  commits: async () => [],
  releaser: async () => undefined,
  reviews: async () => [],
};

let github: StandIn;
beforeAll(async () => {
  github = await standIn();
});
afterAll(() => github.close());

const review = {
  state: "approved",
  comment: `Fine\n\n${approvalText("incidents", DIGEST)}`,
  environments: ["prod-release"],
  account: "wang-f",
};
const RUN: StandInRun = {
  id: 7,
  status: "in_progress",
  path: ".github/workflows/release.yaml@refs/heads/main",
  startedBy: "li-ming",
  approvals: [review],
};
beforeEach(() => {
  github.runs.splice(0);
});

function approvals(run: Partial<StandInRun>, env: NodeJS.ProcessEnv = {}): Approvals {
  github.runs.push({ ...RUN, ...run });
  const all = { ...github.env, GITHUB_ACTIONS: "true", GITHUB_RUN_ID: "7", ...env };
  return withReviews(NO_SIGNATURES, createWorkflowRun(createGitHubClient(all), all), PEOPLE);
}

async function decide(found: Approvals) {
  const check = { name: "incidents", verdict: "fail" as const, detail: "a P2 is open" };
  return applyOverrides([check], PLAN, {
    gates: ["incidents"],
    reason: "it corrects the P2",
    releaser: await found.releaser("0".repeat(40)),
    approvals: await found.reviews(),
  });
}

describe("a review of a deployment", () => {
  it("of a second person opens the gate that it names", async () => {
    const { checks, records } = await decide(approvals({}));
    expect(checks[0]).toMatchObject({ verdict: "pass", detail: expect.stringContaining("wang-fang") });
    expect(records[0]).toContain("https://example.com/runs/7");
  });

  it.each<[string, Partial<StandInRun>, RegExp]>([
    ["by whoever started the run", { startedBy: "WANG-F" }, /second person is needed/],
    ["by an account of nobody", { approvals: [{ ...review, account: "eve" }] }, /by nobody of the roster/],
    ["that is a rejection", { approvals: [{ ...review, state: "rejected" }] }, /no approval was given/],
    [
      "into another environment",
      { approvals: [{ ...review, environments: ["staging-release"] }] },
      /about staging/,
    ],
    [
      "of another release",
      { approvals: [{ ...review, comment: approvalText("incidents", "sha256:1") }] },
      /another release/,
    ],
    ["without the text", { approvals: [{ ...review, comment: "LGTM" }] }, /does not name the gate/],
    ["of a run that nobody of the roster started", { startedBy: "robot" }, /nobody can tell who releases/],
    ["of a run that is over", { status: "completed" }, /nobody can tell who releases/],
    [
      "of a run of another workflow",
      { path: ".github/workflows/preview.yaml" },
      /nobody can tell who releases/,
    ],
  ])("%s opens nothing", async (_, run, why) => {
    const { checks, refused } = await decide(approvals(run));
    expect(checks[0]!.verdict).toBe("fail");
    expect(refused.join()).toMatch(why);
  });

  it("is nothing outside a pipeline, and an error when GitHub cannot be asked", async () => {
    expect(await approvals({}, { GITHUB_ACTIONS: "" }).reviews()).toEqual([]);
    await expect(approvals({}, { GITHUB_TOKEN: "other" }).reviews()).rejects.toMatchObject({
      exit: "unavailable",
    });
    await expect(approvals({}, { GITHUB_RUN_ID: "8" }).reviews()).rejects.toMatchObject({
      exit: "unavailable",
    });
  });

  it("says less than a signature about who releases", async () => {
    const signed = { ...NO_SIGNATURES, releaser: async () => "zhao-lei" };
    expect(await withReviews(signed, undefined, PEOPLE).releaser("x")).toBe("zhao-lei");
  });
});
