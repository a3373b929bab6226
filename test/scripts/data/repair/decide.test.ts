// What becomes of one row, whatever it was, is and became since.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Image } from "../../../../scripts/data/images/change";
import { approvalCheck, approvalText } from "../../../../scripts/data/repair/approval";
import { type Deed, decide, POLICIES, type Policy } from "../../../../scripts/data/repair/decide";

const image = fc.array(fc.constantFrom(null, "a", "b", "c"), { minLength: 3, maxLength: 3 });
const maybe = fc.option(image, { nil: null });

function done(deed: Deed, present: Image | null): Image | null {
  if (deed.do === "nothing") return present;
  if (deed.do === "delete") return null;
  if (deed.do === "insert") return deed.image;
  return present!.map((value, at) => (deed.columns.includes(at) ? deed.image[at]! : value));
}

describe("decide", () => {
  it.each<[string, Image | null, Image | null, Image | null, Policy, Partial<ReturnType<typeof decide>>]>([
    [
      "nobody changed it since",
      ["1", "paid"],
      ["1", "refunded"],
      ["1", "refunded"],
      "stop",
      { deed: { do: "update", columns: [1], image: ["1", "paid"] } },
    ],
    [
      "somebody put it right already",
      ["1", "paid"],
      ["1", "refunded"],
      ["1", "paid"],
      "stop",
      { deed: { do: "nothing" } },
    ],
    [
      "somebody changed the same column",
      ["1", "paid"],
      ["1", "refunded"],
      ["1", "cancelled"],
      "keep-newer",
      { deed: { do: "nothing" }, conflict: "changed" },
    ],
    [
      "the same, and the older is wanted",
      ["1", "paid"],
      ["1", "refunded"],
      ["1", "cancelled"],
      "take-older",
      { deed: { do: "update", columns: [1], image: ["1", "paid"] }, conflict: "changed" },
    ],
    [
      "somebody deleted it",
      ["1", "paid"],
      ["1", "refunded"],
      null,
      "take-older",
      { deed: { do: "insert", image: ["1", "paid"] }, conflict: "gone" },
    ],
    [
      "it was deleted and is not there",
      ["1", "paid"],
      null,
      null,
      "stop",
      { deed: { do: "insert", image: ["1", "paid"] } },
    ],
    [
      "it was deleted and made again",
      ["1", "paid"],
      null,
      ["1", "new"],
      "stop",
      { deed: { do: "nothing" }, conflict: "returned" },
    ],
    ["it was inserted", null, ["1", "paid"], ["1", "paid"], "stop", { deed: { do: "delete" } }],
    [
      "it was inserted and changed since",
      null,
      ["1", "paid"],
      ["1", "done"],
      "keep-newer",
      { deed: { do: "nothing" }, conflict: "changed" },
    ],
    ["it was inserted and is gone", null, ["1", "paid"], null, "stop", { deed: { do: "nothing" } }],
  ])("%s", (_what, before, after, present, policy, expected) => {
    expect(decide({ table: 0, before, after }, present, policy)).toEqual(expected);
  });

  it("keeps a later change of another column", () => {
    const decision = decide(
      { table: 0, before: ["1", "paid", "x"], after: ["1", "refunded", "x"] },
      ["1", "refunded", "y"],
      "stop",
    );
    expect(decision).toEqual({
      deed: { do: "update", columns: [1], image: ["1", "paid", "x"] },
      merged: true,
    });
  });

  it("gives back what was there, exactly, where nobody changed anything since", () => {
    fc.assert(
      fc.property(maybe, maybe, fc.constantFrom(...POLICIES), (before, after, policy) => {
        const { deed, conflict } = decide({ table: 0, before, after }, after, policy);
        expect(conflict).toBeUndefined();
        expect(done(deed, after)).toEqual(before);
      }),
    );
  });

  it("never touches a column that the transaction did not, and writes nothing at a conflict unless the older is wanted", () => {
    fc.assert(
      fc.property(image, image, image, fc.constantFrom(...POLICIES), (before, after, present, policy) => {
        const { deed, conflict } = decide({ table: 0, before, after }, present, policy);
        const next = done(deed, present)!;
        for (const at of [0, 1, 2]) if (before[at] === after[at]) expect(next[at]).toBe(present[at]);
        if (conflict && policy !== "take-older") expect(next).toEqual(present);
        if (policy === "take-older")
          for (const at of [0, 1, 2]) if (before[at] !== after[at]) expect(next[at]).toBe(before[at]);
      }),
    );
  });
});

describe("approvalCheck", () => {
  const plan = { id: "r", digest: "d".repeat(64) };
  const text = approvalText(plan.id, plan.digest);
  const by = (signer: string | undefined, words = text) => ({
    place: "commit 1",
    text: `Put orders back\n\n${words}\n`,
    signer,
  });

  it.each<[string, ReturnType<typeof by>[], string, RegExp]>([
    ["two people", [by("li"), by("wang")], "pass", /li and wang/],
    ["one person twice", [by("li"), by("li")], "fail", /signed by li; two people/],
    ["nobody", [], "fail", /signed by nobody/],
    ["an unsigned word", [by("li"), by(undefined)], "fail", /not signed by a key of the roster/],
    [
      "another plan",
      [by("li"), by("wang", approvalText("r", "e".repeat(64)))],
      "fail",
      /about something else/,
    ],
    ["a quotation of it", [by("li"), by("wang", `> ${text}`)], "fail", /about something else/],
  ])("%s: %s", (_what, words, verdict, detail) => {
    expect(approvalCheck("prod", plan, words)).toMatchObject({
      verdict,
      detail: expect.stringMatching(detail),
    });
  });

  it("asks nobody in the sandbox, but does not let a wrong word pass", () => {
    expect(approvalCheck("sandbox", plan, []).verdict).toBe("not-applicable");
    expect(approvalCheck("sandbox", plan, [by(undefined)]).verdict).toBe("fail");
  });
});
