// Evaluates a program in which an `apply` throws; prints how that ended.
import * as pulumi from "@pulumi/pulumi";
import { Evaluator } from "../../../../scripts/plan/adapter/evaluate";

class Thing extends pulumi.CustomResource {}

const evaluator = new Evaluator({
  name: "test",
  locate: () => undefined,
  config: () => ({ values: {}, secretKeys: [] }),
  place: (stack) => ({ environment: stack, layer: "" }),
  program: () => async () => {
    const size = pulumi.output(1).apply((): number => {
      throw new Error("no such size");
    });
    new Thing("test:index:Thing", "thing", { size });
    return {};
  },
});

void evaluator.evaluate(["one"]).then(
  () => process.stdout.write("accepted\n"),
  (error: Error) => process.stdout.write(`refused: ${error.message}\n`),
);
