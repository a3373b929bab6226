// What the last `ops check` says of the commit that is released.
import { expect, it } from "vitest";
import type { Platform } from "../../../policies/service/service";
import type { Verdict } from "../../../scripts/core/evidence";
import type { Ledger, LedgerEntry } from "../../../scripts/evidence/port";
import { policyFinding } from "../../../scripts/release/gate-facts";
import { given } from "../../given";
import { predicate } from "../evidence/adapter/place";

const checked = (index: number, verdict: Verdict, git?: string): LedgerEntry =>
  given<LedgerEntry>({
    index,
    predicate: { ...predicate("check"), verdict, inputs: git === undefined ? {} : { git } },
  });

it.each<[string, LedgerEntry[], Verdict, RegExp]>([
  ["no check", [], "fail", /never checked/],
  ["a check that passed", [checked(1, "pass", "abc")], "pass", /entry 1/],
  ["one that failed", [checked(1, "pass", "abc"), checked(2, "fail", "abc")], "fail", /broken \(entry 2\)/],
  ["one of another commit", [checked(1, "pass", "xyz")], "fail", /checked xyz, not abc/],
  ["one that broke off since", [checked(1, "pass", "abc"), checked(2, "fail")], "pass", /entry 1/],
  ["only one that broke off", [checked(1, "fail")], "fail", /never checked/],
])("%s", async (_, entries, verdict, detail) => {
  const found = await policyFinding({
    ledger: given<Ledger>({ entries: async () => entries }),
    environment: "sandbox",
    platform: given<Platform>({ name: "sandbox" }),
    inputs: { git: "abc" },
  });
  expect(found).toEqual({ verdict, detail: expect.stringMatching(detail) });
});
