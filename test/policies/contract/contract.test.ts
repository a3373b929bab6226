import { describe, expect, it } from "vitest";
import { figure } from "../../../policies/contract/contract";
import { loadContract } from "../../../policies/contract/load";
import { problemsOf, ROOT, read, repository } from "../repository";

const FILE = "policies/contract/clauses.yaml";
const contract = loadContract(ROOT);
const text = read("policies/contract/service-requirements.zh.txt");

describe("the contract that we keep", () => {
  it("quotes the original word for word", () => {
    const excerpts = contract.clauses.flatMap(({ original }) => original.trim().split("\n"));
    expect(excerpts.filter((excerpt) => !text.includes(excerpt))).toEqual([]);
  });

  it("leaves no sentence of the original without a clause", () => {
    const quoted = contract.clauses.map(({ original }) => original).join("\n");
    const heading =
      /^(附件1|网络教育信息系统软件运维服务需求|[一二三四五六]、.*|（[一二三四五]）.*|[1-5]\..{2,12}。|P[1-4])$/;
    const table = /^(级别定义|故障影响描述|响应时间|故障排除时长)$/;
    const clausesOf = (line: string) =>
      line.replace(/^[1-5]\./, "").split(/(?<=[。；])|，(?=以及|安排|提前)|、(?=与)/);
    const unquoted = text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !heading.test(line) && !table.test(line))
      .flatMap(clausesOf)
      .map((part) => part.replace(/[，。]$/, ""))
      .filter((part) => !part.split("，").every((phrase) => quoted.includes(phrase)));
    // Titles of numbered paragraphs, whose sentences are quoted.
    expect(unquoted).toEqual(["现场技术服务方式", "远程服务方式", "软件运维人员", "查询类业务"]);
  });

  it.each([
    ["SLA-P1", "fix", 1, "h"],
    ["SLA-P2", "fix", 1.5, "h"],
    ["SLA-P4", "respond", 30, "min"],
    ["SVC-HANDOVER", "source", 10, "working-d"],
    ["SVC-TEAM", "people", 8, "people"],
    ["SEC-VULN", "fix", 48, "h"],
    ["UPG-BUDGET", "effort-per-year", 20, "%"],
    ["DR-BACKUP", "window-to", 6, "h"],
  ])("%s %s = %d %s", (id, name, value, unit) => {
    expect(figure(contract, id, name)).toEqual({ name, value, unit });
  });

  it("claims a proof for nothing but what is built", () => {
    const proven = contract.clauses
      .filter(({ proofs }) => proofs.jobs.length > 0)
      .map(({ id, proofs }) => [id, proofs.jobs]);
    expect(proven).toEqual([
      ["SVC-REMOTE", ["roster"]],
      ["SVC-TEAM", ["roster"]],
      ["DATA-MISTAKE", ["data"]],
      ["DATA-CHANGE", ["migrate"]],
      ["DATA-CLEAN", ["data"]],
      ["DATA-INTEGRITY", ["data"]],
      ["SEC-CONFIG", ["check"]],
      ["SEC-RELEASE", ["release"]],
      ["UPG-BUDGET", ["release"]],
      ["DR-BACKUP", ["backup", "verify"]],
      ["DR-RESTORE", ["verify", "coverage"]],
      ["DR-DRILL", ["drill"]],
      ["ARC-EVENTS", ["evidence"]],
      ["CONF-PLEDGE", ["data"]],
    ]);
  });
});

it("says where a proof is of a part only", () => {
  const parts = contract.clauses.filter(({ proofs }) => proofs.part !== undefined).map(({ id }) => id);
  expect(parts).toEqual(["SEC-CONFIG", "CONF-PLEDGE"]);
});

describe("a contract file that is wrong is refused with every place", () => {
  const clause = (more: string) =>
    `title: t\nclauses:\n  - id: DR-X\n    source: 四\n    original: o\n    obligation: do\n    cadence: daily\n${more}`;
  it.each([
    [
      "a misspelt property",
      clause("    proof: {}\n"),
      [/^policies\/contract\/clauses\.yaml:8:5: unknown property "proof" .*did you mean "proofs"\?\)$/],
    ],
    [
      "a schedule for a job that proves nothing here",
      clause("    proofs: { jobs: [verify], scheduled: [backup] }\n"),
      [/backup is none of the jobs/],
    ],
    [
      "a cadence that is not one",
      clause("").replace("daily", "dayly"),
      [/:7:14: cadence: found "dayly" \(expected one of hourly, daily, .*; did you mean "daily"\?\)$/],
    ],
    [
      "a wrong type and a missing property",
      "title: [1]\nclauses:\n  - id: DR-X\n",
      [
        /:1:8: title: found a list \(expected text\)$/,
        /:3:5: "source" is missing \(expected the place in the contract/,
        /:3:5: "original" is missing/,
        /:3:5: "obligation" is missing/,
        /:3:5: "cadence" is missing/,
      ],
    ],
    [
      "an unknown unit",
      clause("    numbers: [{ name: fix, value: 1, unit: hours }]\n"),
      [/:8:44: unit: found "hours" \(expected one of s, min, h/],
    ],
    [
      "a clause twice",
      `${clause("")}${clause("").split("\n").slice(2).join("\n")}`,
      [/:8:9: clause DR-X stands twice/],
    ],
    [
      "a runbook that is not there",
      clause("    proofs:\n      runbooks: [procedures/none]\n"),
      [/:9:18: no such file: runbooks\/procedures\/none\.md/],
    ],
    [
      "a rule that is not there",
      clause("    proofs: { rules: [a/none] }\n"),
      [/:8:23: no such file: policies\/rules\/a\/none\.ts/],
    ],
    ["a list instead of a mapping", "- a\n", [/:1:1: found a list \(expected a mapping\)$/]],
    ["a syntax error", "title: [\n", [/:2:1: .*\(expected valid YAML\)$/]],
  ])("%s", (_, content, expected) => {
    const root = repository({ [FILE]: content });
    expect(problemsOf(() => loadContract(root))).toEqual(expected.map((line) => expect.stringMatching(line)));
  });

  it("and so is one that is missing", () => {
    expect(problemsOf(() => loadContract("/nonexistent"))).toEqual([`${FILE}:1:1: there is no such file`]);
  });
});
