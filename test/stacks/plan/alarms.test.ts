import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Contract } from "../../../policies/contract/contract";
import { loadContract } from "../../../policies/contract/load";
import { alarms, allowedMilliseconds } from "../../../stacks/plan/alarms";
import { ROOT } from "../../policies/repository";
import { expectRunbook } from "../../policies/runbooks";

const contract = loadContract(ROOT);
const catalogue = alarms(contract, 26);
const names = [...new Set(catalogue.map(({ name }) => name))];
const runbooks = readdirSync(join(ROOT, "runbooks/alerts")).map((file) => file.replace(/\.md$/, ""));

describe("alarms", () => {
  // The cluster's alerts have the others: test/k8s/alerts.test.ts.
  it("have a runbook each", () => {
    expect(runbooks).toEqual(expect.arrayContaining(names));
  });

  it.each(names)(
    "%s is told in four sections, with its priority, its clauses and a day to read it again",
    (name) =>
      expectRunbook(
        name,
        catalogue.filter((alarm) => alarm.name === name),
      ),
  );

  it("serve clauses that the contract has", () => {
    const known = new Set(contract.clauses.map(({ id }) => id));
    expect(catalogue.flatMap(({ clauses }) => clauses).filter((id) => !known.has(id))).toEqual([]);
  });

  it("take response times from the contract", () => {
    const slow = catalogue.flatMap((alarm) =>
      alarm.name === "SiteSlow" && alarm.kind === "metric" ? [[alarm.clauses[0], alarm.threshold]] : [],
    );
    expect(slow).toEqual([
      ["PERF-INTERACT", 2000],
      ["PERF-SIMPLE", 3000],
      ["PERF-COMPLEX", 5000],
    ]);
    const stricter: Contract = {
      ...contract,
      clauses: contract.clauses.map((clause) =>
        clause.id === "PERF-SIMPLE"
          ? { ...clause, numbers: [{ name: "average-max", value: 1, unit: "s" }] }
          : clause,
      ),
    };
    expect(allowedMilliseconds(stricter, "PERF-SIMPLE")).toBe(1000);
    expect(() => allowedMilliseconds({ ...contract, clauses: [] }, "PERF-SIMPLE")).toThrow("no average-max");
  });

  it("include a dead-man for the nightly verification, as silent as configured", () => {
    expect(catalogue.find(({ name }) => name === "VerificationSilent")).toMatchObject({
      kind: "log",
      hours: 26,
      condition: "found < 1",
    });
  });
});
