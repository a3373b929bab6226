// Names as a user types them: quoting, Chinese, dots, and what is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseObject, parseTarget, showObject, showTarget } from "../../../scripts/postgres/object-name";

const name = fc
  .string({ minLength: 1, maxLength: 15, unit: "grapheme" })
  .filter((text) => !text.includes("\0") && Buffer.byteLength(text) <= 63);
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

describe("an object", () => {
  it.each([
    ["learning", { database: "learning", table: undefined }],
    ["learning.public.t", { database: "learning", table: { schema: "public", name: "t" } }],
    ["学院.模式.学 生", { database: "学院", table: { schema: "模式", name: "学 生" } }],
    [
      'odd."Odd ""Schema"" 学院"."a.b"',
      { database: "odd", table: { schema: 'Odd "Schema" 学院', name: "a.b" } },
    ],
    ["Learning", { database: "Learning", table: undefined }],
  ])("%s", (text, expected) => expect(parseObject(text)).toEqual(expected));

  it("means what it shows, for any name", () => {
    fc.assert(
      fc.property(name, name, name, (database, schema, table) => {
        const object = { database, table: { schema, name: table } };
        expect(parseObject(showObject(object))).toEqual(object);
        expect(parseObject([database, schema, table].map(quoted).join("."))).toEqual(object);
        expect(parseTarget(showTarget({ database, schema }))).toEqual({ database, schema });
      }),
    );
  });

  it.each(["", ".", "a.b", "a.b.c.d", 'a."b', 'a.b"c.d', '""', "a..b", "学".repeat(22)])(
    "is not %j",
    (text) => {
      expect(() => parseObject(text)).toThrow(/--only/);
    },
  );

  it.each(["", "a.b.c", "a."])("has no target %j", (text) => {
    expect(() => parseTarget(text)).toThrow(/--load-into/);
  });
});
