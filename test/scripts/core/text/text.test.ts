// Foreign text becomes harmless; columns are counted as a terminal counts them.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { clip, columnsOf, pad, printable, wrap } from "../../../../scripts/core/text/text";

const ESCAPE = String.fromCharCode(27);

describe("printable", () => {
  it.each([
    [`${ESCAPE}[2J${ESCAPE}]0;title`, "�[2J�]0;title"],
    ["two\r\n  lines\tand a tab", "two lines and a tab"],
    ["right\u202eto left", "right�to left"],
    ["half \ud800 a pair", "half � a pair"],
    ["课程 😀 naïve", "课程 😀 naïve"],
  ])("%j", (text, expected) => expect(printable(text)).toBe(expected));

  it("leaves no control character and no line break", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e]/u);
      }),
    );
  });
});

test.each([
  ["", 0],
  ["abc", 3],
  ["学习", 4],
  [`${ESCAPE}[31mred${ESCAPE}[39m`, 3],
  ["e\u0301", 1],
])("%j takes %d columns", (text, columns) => expect(columnsOf(text)).toBe(columns));

const words = fc.string({ unit: fc.constantFrom("a", "b", " ", "学", "习"), maxLength: 60 });

test("clipped text fits, and is untouched when it already did", () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 70 }), (text, columns) => {
      expect(columnsOf(clip(text, columns))).toBeLessThanOrEqual(columns);
      if (columnsOf(text) <= columns) expect(clip(text, columns)).toBe(text);
    }),
  );
});

test("wrapped lines fit and lose nothing but spaces", () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 2, max: 40 }), (text, columns) => {
      const lines = wrap(text, columns);
      for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
      expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
    }),
  );
});

test("padding counts columns, not characters", () => {
  expect(pad("学", 4)).toBe("学  ");
  expect(pad("longer", 3)).toBe("longer");
});
