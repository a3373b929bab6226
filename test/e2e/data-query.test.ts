// `ops data query` on a database of the sandbox's schema: what is given out, what evidence keeps, and what is never told.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDataQueries } from "../../policies/data/queries";
import { loadRoster } from "../../policies/service/roster";
import type { Context } from "../../scripts/context";
import type { Predicate } from "../../scripts/core/evidence";
import type { Outcome } from "../../scripts/core/outcome";
import { silent } from "../../scripts/core/progress";
import { createData } from "../../scripts/data/adapter";
import { DATA_QUERY_FACTS, runQuery } from "../../scripts/data/query/run-query";
import { factsIn } from "../../scripts/evidence/facts";
import job from "../../scripts/jobs/data";
import { createHost } from "../../scripts/machine";
import { given } from "../given";
import { ROOT } from "../policies/repository";
import { runLine } from "../scripts/cli/line";
import { core, PLATFORM, startLearning } from "../scripts/data/learning";
import type { Cluster } from "./cluster";

let cluster: Cluster;
let base = "";
beforeAll(async () => {
  cluster = await startLearning();
  base = mkdtempSync("/tmp/opsq-");
  await cluster.psql(
    "learning",
    `update learning.learners set name = '欧阳测试', phone = '13812345678', email = 'recognise@me.invalid' where id = 7;
     update learning.courses set title = '=HYPERLINK("http://x")' where id = (select min(course_id) from learning.enrolments where learner_id = 7)`,
  );
}, 120_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(base, { recursive: true, force: true });
});

const SECRETS = ["欧阳测试", "13812345678", "recognise@me.invalid"];

function run(...words: string[]): Promise<Outcome> {
  const declared = { platform: PLATFORM, roster: loadRoster(ROOT) };
  const context: Partial<Context> = {
    ...core,
    progress: silent(),
    platform: PLATFORM,
    color: false,
    host: createHost(),
    servers: given<Context["servers"]>({ source: () => cluster.database }),
    data: createData({ host: createHost(), root: ROOT, keys: path.join(base, "keys"), declared }),
  };
  return runLine(context, job, "query", ...words);
}

const factsOf = ({ facts }: Outcome) =>
  factsIn({ index: 0, file: "", predicate: given<Predicate>({ job: "data", facts }) }, DATA_QUERY_FACTS)!
    .dataQuery;

describe("ops data query", () => {
  it("lists the catalogue, with parameters and what is masked, and leaves no evidence", async () => {
    const outcome = await run();
    expect(outcome.record).toBe(false);
    expect(outcome.summary).toMatch(/learner-by-number.*按学员编号查询/);
    expect(outcome.summary).toContain("手机*");
  });

  it("answers as CSV with personal columns masked, and no formula", async () => {
    const { document = "", facts, ...outcome } = await run("learner-by-number", "--param", "learner=7");
    const lines = document.split("\r\n");
    expect(lines[0]).toBe("\uFEFF学员编号,姓名,手机,身份证号,邮箱,课程,选课时间,进度");
    expect(lines).toHaveLength(5);
    expect(lines.slice(1, 4).every((line) => line.startsWith("7,***,***,***,***,"))).toBe(true);
    expect(document).toContain(`,"'=HYPERLINK(""http://x"")",`);
    for (const secret of SECRETS) expect(JSON.stringify([document, facts, outcome])).not.toContain(secret);
  });

  it("leaves who asked what by digests, and the digest of what was given out", async () => {
    const file = path.join(base, "out/learner.csv");
    const outcome = await run("learner-by-number", "--param", "learner=7", "--output", file);
    const facts = factsOf(outcome);
    expect(facts).toMatchObject({ query: "learner-by-number", rows: 3, truncated: false, format: "csv" });
    expect(facts.parameters.learner).toMatch(/^#[0-9a-f]{16}$/);
    expect(facts.output).toBe(createHash("sha256").update(readFileSync(file)).digest("hex"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(outcome.document).toBeUndefined();
    const again = factsOf(await run("learner-by-number", "--param", "learner=7"));
    const other = factsOf(await run("learner-by-number", "--param", "learner=8"));
    expect(again.parameters).toEqual(facts.parameters);
    expect(other.parameters).not.toEqual(facts.parameters);
  });

  it("writes a workbook in which a formula is text and money is a number", async () => {
    const file = path.join(base, "revenue.xlsx");
    const period = path.join(base, "period.txt");
    await createHost().writeOutput(period, "from=2024-09-01\nto=2025-08-31\n");
    await run("revenue-by-course", "--params", period, "--format", "xlsx", "--output", file);
    const parts = unzipSync(readFileSync(file));
    const xml = Object.entries(parts)
      .filter(([name]) => /sheet1\.xml$|sharedStrings\.xml$/.test(name))
      .map(([, bytes]) => Buffer.from(bytes).toString())
      .join("\n");
    expect(xml).toContain(
      "=HYPERLINK(&quot;http://x&quot;)".replaceAll("&quot;", xml.includes("&quot;") ? "&quot;" : '"'),
    );
    expect(xml).not.toContain("<f>");
    expect(xml).toMatch(/<v>[1-9]\d*\.\d<\/v>/);
  });

  it("answers as JSON", async () => {
    const { document = "" } = await run(
      "orders-of-a-day",
      "--param",
      "day=2024-10-01,status=paid",
      "--format",
      "json",
    );
    const { rows } = JSON.parse(document) as { rows: Record<string, unknown>[] };
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows)
      expect(row).toMatchObject({ status: "paid", learner: "***", amount: expect.any(Number) });
  });

  it("takes values as values: nothing in them is SQL", async () => {
    await expect(
      run("learner-by-number", "--param", "learner=7; drop table learning.orders"),
    ).rejects.toMatchObject({ exit: "usage" });
    await expect(
      run("orders-of-a-day", "--param", "day=2024-10-01", "--param", "status=x' or 'a'='a"),
    ).rejects.toMatchObject({ exit: "usage" });
  });

  it("says when there are more rows than it gives out", async () => {
    const query = loadDataQueries(ROOT, loadRoster(ROOT)).find(({ id }) => id === "revenue-by-course")!;
    const declared = { platform: PLATFORM, roster: loadRoster(ROOT) };
    const data = createData({ host: createHost(), root: ROOT, keys: path.join(base, "keys"), declared });
    const servers = given<Context["servers"]>({ source: () => cluster.database });
    const context = {
      ...core,
      progress: silent(),
      platform: PLATFORM,
      host: createHost(),
      servers,
      data: { ...data, queries: () => [{ ...query, rows: 5 }] },
    };
    const outcome = await runQuery(context, {
      id: query.id,
      parameters: { from: "2024-09-01", to: "2025-08-31" },
      parameterFile: undefined,
      format: "csv",
      output: undefined,
    });
    expect(factsOf(outcome)).toMatchObject({ rows: 5, truncated: true });
    expect(outcome.summary).toContain("there are more");
  });

  it("is not answered where a view has taken a table's place", async () => {
    await cluster.psql("postgres", "create database replaced template learning");
    await cluster.psql(
      "replaced",
      "alter table learning.learners rename to people; create view learning.learners as select * from learning.people",
    );
    const declared = { platform: PLATFORM, roster: loadRoster(ROOT) };
    const data = createData({ host: createHost(), root: ROOT, keys: path.join(base, "keys"), declared });
    const queries = data.queries().map((query) => ({ ...query, database: "replaced" }));
    const servers = given<Context["servers"]>({ source: () => cluster.database });
    const context = {
      ...core,
      progress: silent(),
      platform: PLATFORM,
      host: createHost(),
      servers,
      data: { ...data, queries: () => queries },
    };
    const asked = runQuery(context, {
      id: "learner-by-number",
      parameters: { learner: "7" },
      parameterFile: undefined,
      format: "csv",
      output: undefined,
    });
    await expect(asked).rejects.toMatchObject({
      exit: "inconclusive",
      message: expect.stringContaining('"learning"."learners" is a view'),
    });
  });

  it.each([
    [["learner-by-nr"], /no query is called learner-by-nr/],
    [["learner-by-number"], /needs learner/],
    [["revenue-by-course", "--format", "xlsx", "--param", "from=2024-09-01,to=2024-09-02"], /workbook/],
  ])("refuses %j", async (words, why) => {
    await expect(run(...words)).rejects.toMatchObject({ exit: "usage", message: expect.stringMatching(why) });
  });
});
