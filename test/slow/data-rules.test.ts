// Wrong data of every kind is found by the rule meant for it and by no other. The rule alone, and clean data: test/e2e/data-rules.test.ts.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Cluster } from "../e2e/cluster";
import { lookFor, PLANTED } from "../e2e/planted";
import { foundIn, RULES, startLearning, unableIn } from "../scripts/data/learning";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startLearning();
}, 120_000);
afterAll(() => cluster.stop());

it.each(PLANTED)("only $rule finds $what", async (planted) => {
  const results = await lookFor(cluster, planted, RULES);
  expect(unableIn(results)).toEqual([]);
  expect(foundIn(results).sort()).toEqual([planted.rule, ...(planted.also ?? [])].sort());
});
