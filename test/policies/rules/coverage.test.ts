// The committed table says what the rules say; whatever a clause or a rule names as a proof exists.
import { describe, expect, it } from "vitest";
import { loadContract } from "../../../policies/contract/load";
import { loadRules } from "../../../policies/engine/rules";
import { loadStandards } from "../../../policies/standards/load";
import { COVERAGE_FILE, coverage } from "../../../scripts/check/coverage";
import { ROOT, read } from "../repository";

describe("coverage", () => {
  it("as committed is what the rules cover", async () => {
    const table = coverage(await loadRules(), loadContract(ROOT), loadStandards(ROOT));
    expect(read(COVERAGE_FILE), `run: ops check --coverage --output ${COVERAGE_FILE}`).toBe(table);
    expect(table).toContain("**none**");
  });

  it("names only standards that are declared", async () => {
    const declared = loadStandards(ROOT).map(({ standard }) => standard);
    const named = (await loadRules()).flatMap(({ standards = [] }) =>
      standards.map(({ standard }) => standard),
    );
    expect([...new Set(named)].filter((standard) => !declared.includes(standard))).toEqual([]);
  });

  it("of a clause by a rule is by one that exists and serves the clause", async () => {
    const rules = new Map((await loadRules()).map((rule) => [rule.id, rule]));
    for (const { id, proofs } of loadContract(ROOT).clauses)
      for (const name of proofs.rules) expect(rules.get(name.split("/").at(-1)!)?.clauses).toContain(id);
  });
});
