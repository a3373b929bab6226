import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest, oneOf } from "../../../policies/engine/suggest";

describe("did you mean", () => {
  it("counts two neighbours swapped as one edit", () => {
    expect(nearest("rdo", ["rod"])).toBe("rod");
    expect(nearest("rdx", ["rod"])).toBeUndefined();
  });

  const known = ["stanza", "config", "osUser"];
  it.each([
    ["stanz", "stanza"],
    ["stnaza", "stanza"],
    ["osuser", "osUser"],
    ["confg", "config"],
    ["password", undefined],
    ["", undefined],
  ])("%s -> %s", (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  it("lists what is known, and the nearest when there is one", () => {
    expect(oneOf("stanz", known)).toBe('one of stanza, config, osUser; did you mean "stanza"?');
    expect(oneOf(7, known)).toBe("one of stanza, config, osUser");
    expect(oneOf("x", [])).toBe("nothing");
  });

  it("finds any word of four letters or more with one letter lost", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{4,12}$/), fc.nat(11), (word, index) => {
        const at = index % word.length;
        expect(nearest(word.slice(0, at) + word.slice(at + 1), [word])).toBe(word);
      }),
    );
  });
});
