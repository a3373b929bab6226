// One program a layer under the official runner, over gRPC: the engine would get what `ops plan` shows.
import { beforeAll, describe, expect, it } from "vitest";
import { Evaluator } from "../../../scripts/plan/adapter/evaluate";
import { answer } from "../../../scripts/plan/adapter/facts";
import { type LoadedProject, loadProject } from "../../../scripts/plan/adapter/project";
import { encodeOutputs } from "../../../scripts/plan/adapter/wire";
import type { PlannedResource } from "../../../scripts/plan/model";
import { ROOT } from "../../policies/repository";
import { runOfficially } from "../../stacks/engine";

const STACKS = ["dr-network", "prod-data", "prod-compute", "staging-watch", "drill-sample"];

/** Secrets differ by a key of the process, sources by the loader; everything else must be the same. */
function comparable({ source: _, ...resource }: PlannedResource): unknown {
  return JSON.parse(JSON.stringify(resource).replaceAll(/"fingerprint":"\w+"/g, '"fingerprint":""'));
}

const byUrn = (a: PlannedResource, b: PlannedResource): number => (a.urn < b.urn ? -1 : 1);

describe("under the official program runner", () => {
  let project: LoadedProject;
  let evaluator: Evaluator;

  beforeAll(async () => {
    project = await loadProject(ROOT);
    evaluator = new Evaluator(project);
  });

  it.each(STACKS)("%s asks the engine for the same resources", { timeout: 300_000 }, async (stack) => {
    const [plan] = await evaluator.evaluate([stack]);
    const { monitor, exitCode, output } = await runOfficially(
      stack,
      {
        reference: async (name) => {
          const [other] = await evaluator.evaluate([name]);
          return { outputs: encodeOutputs(name, other!.outputs), secretNames: [] };
        },
        invoke: answer,
        locate: () => undefined,
      },
      project.config(stack),
    );
    expect(output).toBe("");
    expect(exitCode).toBe(0);
    expect([...monitor.resources].sort(byUrn).map(comparable)).toEqual(
      [...plan!.resources].sort(byUrn).map(comparable),
    );
  });
});
