// GitHub's expressions as `ops ci` uses them: what they mean, when a step runs, and what is refused instead of guessed.
import { describe, expect, it } from "vitest";
import { evaluate, holds, interpolate, type Scope } from "../../../scripts/pipeline/expression";

const contexts = {
  github: { event_name: "schedule", event: { pull_request: { base: { sha: "" } } }, repository: "a/b" },
  inputs: { environment: "", scale: "0.1" },
  env: { TARGET: "prod", COUNT: "3" },
  matrix: { layers: ["network", "data"] },
};
const scope = (status: Scope["status"] = "success"): Scope => ({ contexts, status });

describe("an expression", () => {
  it.each([
    ["inputs.environment || 'prod'", "prod"],
    ["inputs.environment && 'x'", ""],
    ["github.event_name != 'schedule'", "false"],
    ["env.TARGET == 'PROD'", "true"],
    ["github.event.pull_request.base.sha || 'HEAD~1'", "HEAD~1"],
    ["github.event.pull_request.head.repo.full_name == github.repository", "false"],
    ["github['event_name']", "schedule"],
    ["env.COUNT > 2 && env.COUNT <= 3", "true"],
    ["'it''s' == 'IT''S'", "true"],
    ["null == 0", "true"],
    ["true == 1", "true"],
    ["!(env.TARGET == 'sandbox')", "true"],
    ["contains(env.TARGET, 'RO')", "true"],
    ["contains(matrix.layers, 'data')", "true"],
    ["join(matrix.layers, '+')", "network+data"],
    ["startsWith(env.TARGET, 'p') && !endsWith(env.TARGET, 'p')", "true"],
    ["format('{0}-{1} {{x}}', env.TARGET, env.COUNT)", "prod-3 {x}"],
    ["secrets.NONE", ""],
    ["strategy.job-index", ""],
  ])("%s is %s", async (source, expected) => {
    expect((await evaluate(source, scope())).coerceString()).toBe(expected);
  });

  it.each(["hashFiles('x')", "github.", "1 +", "'open", "(true", "true true", "", "enviroment.TARGET"])(
    "is refused instead of guessed: %s",
    async (source) => {
      await expect(evaluate(source, scope())).rejects.toMatchObject({
        exit: "usage",
        message: expect.stringMatching(/cannot be evaluated/),
      });
    },
  );
});

describe("a condition", () => {
  it.each<[string | undefined, Scope["status"], boolean]>([
    [undefined, "success", true],
    [undefined, "failure", false],
    ["always()", "failure", true],
    ["failure()", "failure", true],
    ["failure()", "success", false],
    [`\${{ !cancelled() }}`, "failure", true],
    ["env.TARGET == 'prod'", "success", true],
    ["env.TARGET == 'prod'", "failure", false],
    ["always() && env.TARGET == 'x'", "failure", false],
  ])("%s after %s", async (condition, status, runs) => {
    expect(await holds(condition, scope(status))).toBe(runs);
  });

  it("fills texts", async () => {
    const text = `\${{ env.TARGET }}-verify \${{ env.none }}!`;
    expect(await interpolate(text, scope())).toBe("prod-verify !");
  });
});
