// Wrong data of every kind, planted in a database of the sandbox's schema: each is found by the rule meant for it, and clean data give nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RuleResult } from "../../scripts/data/quality/result";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { grantsOf } from "../../scripts/postgres/grants";
import { chooseAction } from "../../scripts/sandbox/actions";
import { foundIn, LEARNING, PLATFORM, RULES, runOn, startLearning, unableIn } from "../scripts/data/learning";
import type { Cluster } from "./cluster";
import { IMPORT, lookFor, PLANTED } from "./planted";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startLearning();
}, 120_000);
afterAll(() => cluster.stop());

/** Correct ones, by GB 11643 and the numbering plan: of nobody, the sequence digits were chosen by us. */
const REAL = `update learning.learners set id_number = '11010519491231002X', phone = '13800138000', updated_at = now() where id = 1;
              update learning.learners set id_number = '110101199003070011', phone = '19912345678', updated_at = now() where id = 2;
              update learning.learners set phone = '16612345678', updated_at = now() where id = 3`;

describe("the sandbox's clean data", () => {
  it("give no finding, and every rule can look", async () => {
    const results = await runOn(cluster.database, LEARNING);
    expect(foundIn(results)).toEqual([]);
    expect(unableIn(results)).toEqual([]);
    expect(results).toHaveLength(RULES.length);
  });

  it("have people whom only the platform's parameters excuse", async () => {
    const invented = new Set(Object.keys(PLATFORM.data!.parameters));
    const strict = RULES.map((rule) => ({
      ...rule,
      parameters: Object.fromEntries(
        Object.entries(rule.parameters).map(([name, parameter]) => [
          name,
          invented.has(name)
            ? { ...parameter, default: name === "session_stale_days" ? "30" : "none" }
            : parameter,
        ]),
      ),
    }));
    const results = await runOn(cluster.database, LEARNING, {}, strict);
    expect(foundIn(results).sort()).toEqual([
      "identity-number-wrong",
      "mobile-number-wrong",
      "stale-session",
    ]);
  });

  it("stay clean with numbers that are right", async () => {
    await cluster.psql("postgres", `create database real template ${LEARNING}`);
    await cluster.psql("real", `${IMPORT} ${REAL}`);
    expect(foundIn(await runOn(cluster.database, "real"))).toEqual([]);
  });
});

describe("wrong data", () => {
  it("of at least 20 kinds are planted, and every rule has one", () => {
    const planted = new Set(PLANTED.map(({ rule }) => rule));
    expect([...planted].sort()).toEqual(RULES.map(({ id }) => id).sort());
    expect(planted.size).toBeGreaterThanOrEqual(20);
  });

  // That no other rule finds it too takes all of them: test/slow/data-rules.test.ts.
  it.each(PLANTED)("$rule finds $what", async (planted) => {
    const own = RULES.filter(({ id }) => id === planted.rule);
    const results = await lookFor(cluster, planted, own);
    expect(unableIn(results)).toEqual([]);
    const [{ count, atLeast, sample, told }] = results as [RuleResult];
    expect(count).toBeGreaterThan(0);
    expect(atLeast).toBe(false);
    expect(sample.length + told.length).toBeGreaterThan(0);
  });
});

describe("what the sandbox's users do", () => {
  it("leaves clean data behind, whatever they do how often", async () => {
    await cluster.psql("postgres", `create database worked template ${LEARNING}`);
    let drawn = 0.37;
    const session = await cluster.database.session("worked");
    for (let i = 0; i < 1500; i++) {
      drawn = (drawn * 997 + 0.61) % 1;
      const { sql } = chooseAction((i * 0.6180339887) % 1);
      await session.query(sql, sql.includes("$1") ? [drawn] : []);
    }
    await session.close();
    const results = await runOn(cluster.database, "worked");
    expect(foundIn(results)).toEqual([]);
  });
});

it("a copy has no statistics, and nothing in unlogged tables: what asks for them is not applicable there", async () => {
  const results = await runOn(cluster.database, LEARNING, { copy: true });
  const left = results.filter(({ notApplicable }) => notApplicable !== undefined);
  expect(left.map(({ rule, notApplicable }) => `${rule.id}: ${notApplicable}`)).toEqual([
    "dead-rows: a copy or a standby has no statistics of what is written",
    expect.stringMatching(/^messages-sent-and-billed: no statement/),
    'stale-session: "learning"."session_cache" is unlogged: a copy or a standby has nothing of it',
  ]);
  expect(unableIn(results)).toEqual([]);
});

it("needs no more rights than `ops platform grant` gives", async () => {
  const { cluster: once } = grantsOf({
    role: "ops_reader",
    version: 15,
    databases: [LEARNING],
    holdWriters: false,
  });
  await cluster.psql("postgres", once.join(";"));
  const reader = createDatabase(cluster.host, {
    ...cluster.database.address,
    user: "ops_reader",
    maintenance: "postgres",
  });
  const results = await runOn(reader, LEARNING);
  expect(unableIn(results)).toEqual([]);
  expect(foundIn(results)).toEqual([]);
});
