// Alerts of the cluster: figures from the contract, a runbook each, and no runbook that nothing points at.
import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { alerts } from "../../k8s/alerts";
import type { Contract } from "../../policies/contract/contract";
import { loadContract } from "../../policies/contract/load";
import { alarms } from "../../stacks/plan/alarms";
import { ROOT } from "../policies/repository";
import { expectRunbook } from "../policies/runbooks";

const contract = loadContract(ROOT);
const catalogue = alerts(contract);
const names = [...new Set(catalogue.map(({ name }) => name))].sort();

describe("alerts of the cluster", () => {
  it.each(names)(
    "%s has a runbook in four sections, with its priority, its clauses and a review date",
    (name) =>
      expectRunbook(
        name,
        catalogue.filter((alert) => alert.name === name),
      ),
  );

  it("and the cloud's alarms share no name, and every runbook belongs to one of them", () => {
    const cloud = alarms(contract, 26).map(({ name }) => name);
    expect(names.filter((name) => cloud.includes(name))).toEqual([]);
    const runbooks = readdirSync(path.join(ROOT, "runbooks/alerts")).map((file) => file.replace(/\.md$/, ""));
    expect(runbooks.filter((name) => !names.includes(name) && !cloud.includes(name))).toEqual([]);
  });

  it("serve clauses that the contract has", () => {
    const known = contract.clauses.map(({ id }) => id);
    expect(catalogue.flatMap(({ clauses }) => clauses).filter((id) => !known.includes(id))).toEqual([]);
  });

  it.each([
    ["PERF-INTERACT", "ResponseTimeHigh", 2],
    ["PERF-SIMPLE", "ResponseTimeHigh", 3],
    ["PERF-COMPLEX", "ResponseTimeHigh", 5],
    ["PERF-INTERACT", "ResponseTimePeakHigh", 4],
  ])("fire for %s (%s) above %d s, the contract's figure", (clause, name, seconds) => {
    const found = catalogue.find((alert) => alert.name === name && alert.clauses.includes(clause));
    expect(found?.expr).toMatch(new RegExp(`> ${seconds}$`));
  });

  it("follow the contract when it changes, and refuse one without a figure", () => {
    const changed = (numbers: Contract["clauses"][number]["numbers"]): Contract => ({
      ...contract,
      clauses: contract.clauses.map((clause) =>
        clause.id === "PERF-SIMPLE" ? { ...clause, numbers } : clause,
      ),
    });
    const stricter = alerts(changed([{ name: "average-max", value: 1.5, unit: "s" }]));
    expect(stricter.some(({ expr }) => expr.includes("simple-query") && expr.endsWith("> 1.5"))).toBe(true);
    expect(() => alerts(changed([]))).toThrow("PERF-SIMPLE has no average-max");
    expect(() => alerts(changed([{ name: "average-max", value: 3, unit: "min" }]))).toThrow("not in s");
  });
});
