import { describe, expect, it } from "vitest";
import type { Check } from "../../../scripts/core/evidence";
import { checkOf, GATES, type GateFacts } from "../../../scripts/release/gates";
import {
  type Approval,
  applyOverrides,
  approvalText,
  type OverrideRequest,
} from "../../../scripts/release/override";
import { planRelease } from "../../../scripts/release/plan";
import { parseVersions } from "../../../scripts/release/versions";

const app = (version: string, digest = version) => ({ version, image: "r.example/x", digest });
const before = { environment: "prod", apps: { "learning-web": app("1.0.0") } };
const planOf = (version: string, bump: "minor" | "patch" = "patch", changes: string[] = []) =>
  planRelease({
    environment: "prod",
    base: "b",
    before,
    wanted: { "learning-web": app(version) },
    pending: [{ id: "c", bumps: { "learning-web": bump }, summary: "s", changes }],
  });

const yes = { verdict: "pass" as const, detail: "yes" };
/** A Wednesday, 10:00 in Shanghai, far from any backup. */
const NOW = new Date("2026-11-25T02:00:00Z");
const good: GateFacts = {
  plan: planOf("1.0.1"),
  now: NOW,
  allowancePercent: 20,
  schedule: { timeZone: "Asia/Shanghai", from: "02:00", to: "05:00", maxAgeHours: 26 },
  rules: {
    verifiedBackupHours: 24,
    hours: { prod: { from: "09:30", to: "16:30", notOn: ["day-off", "eve-of-day-off"] } },
  },
  keyPeriods: [],
  incidents: [],
  changes: [],
  originalEffort: { personDays: 100, source: "s", confirmed: { by: "x", at: "2026-01-01" } },
  verified: { job: "verify", entry: 3, at: new Date(NOW.getTime() - 3_600_000) },
  policy: yes,
  migrationsLinted: yes,
  migrationsRehearsed: yes,
  schemaCompatible: yes,
  stagedBefore: yes,
};
const decide = (name: string, facts: Partial<GateFacts>): Check =>
  checkOf(GATES.find((gate) => gate.name === name)!, { ...good, ...facts });
const change = (effort: number, at = "2026-03-01") => ({
  id: "cr-2026-001",
  title: "t",
  kind: "function" as const,
  effort,
  requester: "r",
  requested: "2026-01-01",
  acceptance: { by: "x", at },
  release: "none",
});
const period = {
  name: "p",
  title: "两会",
  from: "2026-11-20",
  to: "2026-11-30",
  level: "major-meeting" as const,
};
const frozen = { ...period, freeze: { from: "2026-11-25", to: "2026-11-25" }, duty: ["a"], plan: "p" };
const incident = {
  id: "inc-2026-001",
  environment: "prod",
  summary: "s",
  opened: "2026-11-25T00:00:00Z",
  closed: "open",
};

describe("gates", () => {
  it("let a quiet correction through", () => {
    expect(GATES.map((gate) => checkOf(gate, good)).filter(({ verdict }) => verdict !== "pass")).toEqual([]);
  });

  it.each<[string, string, Partial<GateFacts>, RegExp]>([
    ["no verified backup", "verified-backup", { verified: undefined }, /no verified backup/],
    [
      "one of 25 hours ago",
      "verified-backup",
      { verified: { ...good.verified!, at: new Date(NOW.getTime() - 25 * 3_600_000) } },
      /at most 24 h/,
    ],
    [
      "one from the future",
      "verified-backup",
      { verified: { ...good.verified!, at: new Date(NOW.getTime() + 1) } },
      /newest/,
    ],
    ["the backup window", "backup-window", { now: new Date("2026-11-24T18:00:00Z") }, /it is 02:00, inside/],
    [
      "a window past midnight",
      "backup-window",
      { now: new Date("2026-11-24T17:00:00Z"), schedule: { ...good.schedule, from: "23:00" } },
      /inside/,
    ],
    ["a freeze", "key-period-freeze", { keyPeriods: [frozen] }, /两会: nothing is released/],
    ["the evening", "office-hours", { now: new Date("2026-11-25T08:30:00Z") }, /it is 16:30, outside/],
    ["a Saturday", "office-hours", { now: new Date("2026-11-28T02:00:00Z") }, /no working day/],
    ["a Friday", "office-hours", { now: new Date("2026-11-27T02:00:00Z") }, /the day after/],
    [
      "National Day",
      "office-hours",
      { now: new Date("2026-10-01T02:00:00Z") },
      /2026-10-01 is no working day/,
    ],
    ["hours that nobody declared", "office-hours", { rules: { ...good.rules, hours: {} } }, /names no hours/],
    ["an open P1", "incidents", { incidents: [{ ...incident, level: "P1" }] }, /P1 inc-2026-001 is open/],
    ["a feature without its change", "change-budget", { plan: planOf("1.1.0", "minor") }, /names no change/],
    [
      "a change that is not in the ledger",
      "change-budget",
      { plan: planOf("1.1.0", "minor", ["cr-2026-009"]) },
      /cr-2026-009 is not in/,
    ],
    ["more than a year's allowance", "change-budget", { changes: [change(21)] }, /1 past the allowance/],
  ])("close for %s", (_, name, facts, detail) => {
    expect(decide(name, facts)).toMatchObject({ verdict: "fail", detail: expect.stringMatching(detail) });
  });

  it.each<[string, string, Partial<GateFacts>]>([
    ["the very end of the backup window", "backup-window", { now: new Date("2026-11-24T21:00:00Z") }],
    ["a P3", "incidents", { incidents: [{ ...incident, level: "P3" }] }],
    [
      "a closed P1",
      "incidents",
      { incidents: [{ ...incident, level: "P1", closed: "2026-11-25T01:00:00Z" }] },
    ],
    [
      "another environment's P1",
      "incidents",
      { incidents: [{ ...incident, level: "P1", environment: "staging" }] },
    ],
    [
      "the day after a freeze",
      "key-period-freeze",
      { keyPeriods: [{ ...frozen, freeze: { from: "2026-11-20", to: "2026-11-24" } }] },
    ],
    ["exactly the allowance", "change-budget", { changes: [change(20)] }],
    ["last year's effort", "change-budget", { changes: [change(90, "2025-12-31")] }],
    [
      "a make-up Saturday before a working day",
      "office-hours",
      {
        now: new Date("2026-10-10T02:00:00Z"),
        rules: { ...good.rules, hours: { prod: { from: "09:30", to: "16:30", notOn: ["day-off"] } } },
      },
    ],
  ])("stay open for %s", (_, name, facts) => {
    expect(decide(name, facts).verdict).toBe("pass");
  });

  it("cannot tell in production while the original effort is not confirmed", () => {
    const originalEffort = { ...good.originalEffort, confirmed: "no" as const };
    expect(decide("change-budget", { originalEffort }).verdict).toBe("inconclusive");
  });
});

describe("an override", () => {
  const plan = planOf("1.0.1");
  const closed: Check = { name: "incidents", verdict: "fail", detail: "P1" };
  const approval: Approval = {
    kind: "commit",
    commit: "c0ffee",
    message: `Yes\n\n${approvalText("incidents", plan.digest)}`,
    signer: "wang",
  };
  const overrideRequest: OverrideRequest = {
    gates: ["incidents"],
    reason: "the release repairs it",
    releaser: "li",
    approvals: [approval] as Approval[],
  };

  it("by a second person's signature is told in the check", () => {
    const { checks, records, refused } = applyOverrides([closed], plan, overrideRequest);
    expect(checks[0]).toMatchObject({
      verdict: "pass",
      detail: expect.stringMatching(/overridden.*wang.*it was fail: P1/),
    });
    expect([records.length, refused]).toEqual([1, []]);
  });

  it.each<[string, Partial<typeof overrideRequest>, RegExp]>([
    ["no reason", { reason: "because" }, /must say something/],
    ["nobody known to release", { releaser: undefined as unknown as string }, /nobody can tell who releases/],
    ["no approval", { approvals: [] }, /no approval/],
    ["the releaser's own", { approvals: [{ ...approval, signer: "li" }] }, /a second person/],
    [
      "a typed name",
      { approvals: [{ ...approval, signer: undefined, message: `${approval.message}Approved-by: wang\n` }] },
      /not signed by a key of the roster/,
    ],
    [
      "another release's",
      { approvals: [{ ...approval, message: `Yes\n\n${approvalText("incidents", "sha256:other")}` }] },
      /another release/,
    ],
    [
      "another gate's",
      { approvals: [{ ...approval, message: `Yes\n\n${approvalText("office-hours", plan.digest)}` }] },
      /does not name the gate/,
    ],
    [
      "the text outside the trailers",
      {
        approvals: [{ ...approval, message: `Yes\n\n${approvalText("incidents", plan.digest)}\n\nand more` }],
      },
      /does not name/,
    ],
    ["a gate that does not exist", { gates: ["weather"] }, /there is no gate weather/],
    [
      "a review of another environment",
      {
        approvals: [
          {
            kind: "review",
            url: "u",
            environment: "staging",
            comment: approvalText("incidents", plan.digest),
            signer: "wang",
          },
        ],
      },
      /is about staging/,
    ],
  ])("is refused for %s", (_, more, reason) => {
    const { checks, refused } = applyOverrides([closed], plan, { ...overrideRequest, ...more });
    expect(checks).toEqual([closed]);
    expect(refused.join()).toMatch(reason);
  });
});

describe("versions", () => {
  it.each([
    "learning-web=latest",
    "learning-web",
    "learning-web=1.x",
    "learning-web=1.0.0+b",
    "web=1.0.0",
    "learning-web=1.0.1,learning-web=1.0.2",
  ])("refuse %s", (text) =>
    expect(() => parseVersions(text)).toThrow(expect.objectContaining({ exit: "usage" })),
  );

  it.each<[string, Parameters<typeof planOf>, RegExp]>([
    ["an older one", ["0.9.0"], /not newer/],
    ["a step smaller than its changesets", ["1.0.1", "minor"], /that is 1\.1\.0 or later/],
    ["a prerelease in production", ["1.1.0-rc.1"], /prerelease/],
    ["what runs already", ["1.0.0"], /already runs/],
  ])("refuse %s", (_, args, message) => {
    expect(() => planOf(...args)).toThrow(message);
  });
});
