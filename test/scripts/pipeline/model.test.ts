// Jobs in the order of their needs, every combination of a matrix, and the steps that never run from a laptop.
import { describe, expect, it } from "vitest";
import { isCloudStep, pipelineOf, stepOf } from "../../../scripts/pipeline/model";

describe("a workflow as we read it", () => {
  it("has its jobs after what they need", () => {
    const { jobs } = pipelineOf("x.yaml", { jobs: { c: { needs: ["a", "b"] }, b: { needs: "a" }, a: {} } });
    expect(jobs.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["in a circle", { a: { needs: "b" }, b: { needs: "a" } }],
    ["a job that is not there", { a: { needs: "z" } }],
  ])("is refused when its jobs need %s", (_, jobs) => {
    expect(() => pipelineOf("x.yaml", { jobs })).toThrow(/need each other or a job that does not exist/);
  });

  it("has one run for each combination of its matrix", () => {
    const strategy = { matrix: { environment: ["staging", "prod"], layer: ["data", "watch"] } };
    const { jobs } = pipelineOf("x.yaml", { jobs: { a: { strategy } } });
    expect(jobs[0]?.matrix).toEqual([
      { environment: "staging", layer: "data" },
      { environment: "staging", layer: "watch" },
      { environment: "prod", layer: "data" },
      { environment: "prod", layer: "watch" },
    ]);
  });
});

describe("a step that reaches beyond this machine", () => {
  it.each<[Record<string, string>, boolean]>([
    [{ run: "pulumi up --yes --stack prod-data" }, true],
    [{ run: "echo ok && docker push x" }, true],
    [{ run: "sudo apt-get update" }, true],
    [{ uses: "aliyun/configure-aliyun-credentials-action@0" }, true],
    [{ run: "./ops plan --state pulumi.json" }, false],
    [{ uses: "./.github/workflows/apply.yaml" }, true],
    [{ uses: "./.github/actions/setup" }, false],
    [{ run: "./ops verify" }, false],
    [{ uses: "actions/checkout@0" }, false],
  ])("%o: %s", (step, cloud) => {
    expect(isCloudStep(stepOf(step))).toBe(cloud);
  });
});
