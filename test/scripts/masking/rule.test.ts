// Values inside arrays and JSON are changed where a rule says so, and not a byte elsewhere.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ColumnRule } from "../../../policies/data/masking";
import { mapElements } from "../../../scripts/masking/array-text";
import { mapScalars, segmentsOf, showSegments } from "../../../scripts/masking/json-text";
import { maskWith } from "../../../scripts/masking/mask";
import { changeOf, kindsOf, masks } from "../../../scripts/masking/rule";

const mask = maskWith(Buffer.alloc(32, 3));
const change = (rule: ColumnRule, value: string): string =>
  masks(rule) ? changeOf(mask, rule, Number.POSITIVE_INFINITY)(value) : value;

describe("arrays", () => {
  it("only elements change; NULL, bounds and nesting stay", () => {
    const star = (text: string): string => mapElements(text, () => 'x"y');
    expect(star('{a,"b c",NULL,"NULL"}')).toBe('{"x\\"y","x\\"y",NULL,"x\\"y"}');
    expect(star("[2:3]={{1},{2}}")).toBe('[2:3]={{"x\\"y"},{"x\\"y"}}');
    expect(star("{}")).toBe("{}");
  });

  it("each element is masked by its kind", () => {
    expect(change({ elements: "mobile" }, "{13812345678}")).toBe(`{"${mask("mobile", "13812345678")}"}`);
  });
});

describe("JSON", () => {
  it("what no path names stays as it was written", () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 3 }), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), undefined, indent);
        expect(mapScalars(text, () => undefined)).toBe(text);
      }),
    );
    const exact = '{ "n": 12345678901234567890.1230, "n": 1e3, "t": "\\u4e00" }';
    expect(mapScalars(exact, () => undefined)).toBe(exact);
  });

  it("every scalar is met, with its path", () => {
    const met: string[] = [];
    mapScalars('{"a":[{"b":"x"},[1]],"c\\"":"y","e":{}}', (value, at) => {
      met.push(`${showSegments(at)}=${value}`);
      return undefined;
    });
    expect(met).toEqual(["a[].b=x", "a[][]=1", 'c"=y']);
    expect(showSegments(segmentsOf("a[].b"))).toBe("a[].b");
  });

  it("paths, whole parts, and plain within a masked part", () => {
    const rule: ColumnRule = {
      json: { "contacts[].phone": "mobile", home: "code", "home.zip": { plain: "a town's number" } },
    };
    const was =
      '{"contacts":[{"phone":"13812345678","n":1},{"phone":13900000001}],"home":{"no":"AB1","zip":"100000"}}';
    const now = JSON.parse(change(rule, was));
    expect(now).toEqual({
      contacts: [
        { phone: mask("mobile", "13812345678"), n: 1 },
        { phone: Number(mask("mobile", "13900000001")) },
      ],
      home: { no: mask("code", "AB1"), zip: "100000" },
    });
  });

  it("what is no JSON is refused", () => {
    expect(() => mapScalars("{", () => undefined)).toThrow(SyntaxError);
  });

  it("a rule that only says plain masks nothing", () => {
    expect(masks({ json: { city: { plain: "one of eight" } } })).toBe(false);
    expect(kindsOf({ json: { a: "mobile", b: { plain: "x" } } })).toEqual(["mobile"]);
  });
});
