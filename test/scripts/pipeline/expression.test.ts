// Our evaluator against GitHub's own (@actions/expressions): the same expression, the same contexts, the same value.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ExpressionValue,
  evaluate,
  holds,
  interpolate,
  type Scope,
  shown,
} from "../../../scripts/pipeline/expression";

const contexts = {
  github: { event_name: "schedule", event: { pull_request: { base: { sha: "" } } }, repository: "a/b" },
  inputs: { environment: "", scale: "0.1" },
  env: { TARGET: "prod", COUNT: "3" },
  matrix: { layers: ["network", "data"] },
};
const scope = (status: Scope["status"] = "success"): Scope => ({ contexts, status });

/** ES modules only, as GitHub ships them. */
async function githubs(): Promise<(source: string) => string> {
  const { data, Evaluator, Lexer, Parser } = await import("@actions/expressions");
  return (source) => {
    const tree = new Parser(new Lexer(source).lex().tokens, Object.keys(contexts), []).parse();
    const dictionary = JSON.parse(JSON.stringify(contexts), data.reviver) as InstanceType<
      typeof data.Dictionary
    >;
    return new Evaluator(tree, dictionary).evaluate().coerceString();
  };
}

describe("an expression", async () => {
  const theirs = await githubs();

  it.each([
    "inputs.environment || 'prod'",
    "inputs.environment && 'x'",
    "github.event_name != 'schedule'",
    "env.TARGET == 'PROD'",
    "github.event.pull_request.base.sha || 'HEAD~1'",
    "github.event.pull_request.head.repo.full_name == github.repository",
    "github['event_name']",
    "env.COUNT > 2 && env.COUNT <= 3",
    "'it''s' == 'IT''S'",
    "null == 0",
    "true == 1",
    "!(env.TARGET == 'sandbox')",
    "contains(env.TARGET, 'RO')",
    "contains(matrix.layers, 'data')",
    "startsWith(env.TARGET, 'p') && !endsWith(env.TARGET, 'p')",
    "format('{0}-{1} {{x}}', env.TARGET, env.COUNT)",
  ])("%s means what it means to GitHub", (source) => {
    expect(shown(evaluate(source, scope()))).toBe(theirs(source));
  });

  it("means the same whatever is combined", () => {
    const atom = fc.constantFrom(
      "true",
      "false",
      "null",
      "0",
      "3",
      "''",
      "'a'",
      "'A'",
      "'3'",
      "env.TARGET",
      "env.none",
      "inputs.environment",
    );
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        atom,
        fc
          .tuple(tie("tree"), fc.constantFrom("&&", "||", "==", "!=", "<", ">="), tie("tree"))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie("tree").map((inner) => `!(${inner})`),
      ),
    }));
    fc.assert(
      fc.property(tree, (source) => {
        expect(shown(evaluate(source, scope()))).toBe(theirs(source));
      }),
      { numRuns: 300 },
    );
  });

  it.each(["hashFiles('x')", "github.", "1 +", "'open", "(true", "true true"])(
    "refuses %s instead of guessing",
    (source) => {
      expect(() => evaluate(source, scope())).toThrow(/is not understood/);
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
  ])("%s after %s", (condition, status, runs) => {
    expect(holds(condition, scope(status))).toBe(runs);
  });

  it("fills texts", () => {
    const text: ExpressionValue = interpolate(`\${{ env.TARGET }}-verify \${{ env.none }}!`, scope());
    expect(text).toBe("prod-verify !");
  });
});
