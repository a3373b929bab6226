import { describe, expect, it } from "vitest";
import type { Result } from "../../../policies/engine/evaluate";
import type { Rule } from "../../../policies/engine/rule";
import type { Subject } from "../../../policies/engine/subject";
import { applyWaivers, readWaivers, type Waiver } from "../../../policies/engine/waivers";

const TODAY = new Date("2026-11-25T00:00:00Z");
const result = (verdict: Result["verdict"]): Result => ({
  rule: { id: "some-rule" } as Rule,
  subject: { id: "some-subject" } as Subject,
  verdict,
  findings: [],
});
const waiver: Waiver = {
  rule: "some-rule",
  subject: "some-subject",
  owner: "database-engineer",
  reason: "it is replaced next week, on Tuesday",
  expires: "2026-12-15",
};

const apply = (changes: Partial<Waiver>, verdict: Result["verdict"] = "fail", whole = true) => {
  const { results, findings } = applyWaivers([result(verdict)], [{ ...waiver, ...changes }], TODAY, whole);
  return [results[0]!.verdict, findings[0]!.findings.map(({ message }) => message).join()] as const;
};

describe("waivers", () => {
  it("excuse what they name, until their last day, at most 90 days ahead", () => {
    for (const expires of ["2026-11-25", "2026-12-15", "2027-02-23"])
      expect(apply({ expires })).toEqual(["waived", ""]);
    expect(apply({}, "unknown")).toEqual(["waived", ""]);
  });

  it.each<[string, Partial<Waiver>, RegExp]>([
    ["expired", { expires: "2026-11-24" }, /it expired on 2026-11-24/],
    ["too long", { expires: "2027-02-24" }, /it ends in 91 days; expected at most 90/],
    ["on no day", { expires: "2026-02-30" }, /there is no day/],
    ["sweeping over subjects", { subject: "some-*" }, /is a pattern/],
    ["sweeping over rules", { rule: "*" }, /is a pattern/],
    ["a regular expression", { subject: "^some" }, /is a pattern/],
  ])("excuse nothing when they are %s, and say so", (_, changes, message) => {
    const [verdict, said] = apply(changes);
    expect(verdict).toBe("fail");
    expect(said).toMatch(message);
  });

  it.each<[string, Partial<Waiver>, Result["verdict"]]>([
    ["passes", {}, "pass"],
    ["does not exist", { subject: "another" }, "fail"],
    ["is of another rule", { rule: "another" }, "fail"],
  ])("are findings when what they name %s", (_, changes, verdict) => {
    expect(apply(changes, verdict)).toEqual([verdict, expect.stringContaining("it excuses nothing")]);
  });

  it("are not called unused when only a part was looked at", () => {
    expect(apply({}, "pass", false)).toEqual(["pass", ""]);
  });

  it("that stand there twice count once", () => {
    const { results, findings } = applyWaivers([result("fail")], [waiver, waiver], TODAY, true);
    expect(results[0]!.verdict).toBe("waived");
    expect(findings.map((each) => each.findings[0]?.message)).toEqual([undefined, "it stands here twice"]);
  });
});

describe("waivers.yaml", () => {
  const text = (without: string): string =>
    `waivers:\n  - ${Object.entries(waiver)
      .filter(([key]) => key !== without)
      .map(([key, value]) => `${key}: "${value}"`)
      .join("\n    ")}\n`;

  it("is read", () => expect(readWaivers(text("")).waivers).toEqual([waiver]));

  it.each(Object.keys(waiver))("is refused without %s", (key) => {
    const { waivers, problems } = readWaivers(text(key));
    expect(waivers).toEqual([]);
    expect(problems[0]).toMatchObject({ line: 2, message: `"${key}" is missing` });
  });
});
