// Which rows are meant: conditions as they are typed, and held against the texts of a row.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OpsError } from "../../../../scripts/core/errors";
import type { Column } from "../../../../scripts/data/images/change";
import { matcher, parseCondition, parseConditionFile } from "../../../../scripts/data/images/conditions";

const SECRET = "13800000000 王小明";

function refusal(work: () => unknown): OpsError {
  try {
    work();
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const said = ({ message, expected, todo }: OpsError): string => [message, expected, todo].join("\n");

describe("parseCondition", () => {
  it.each<[string, string, string | null]>([
    ["status=paid", "status", "paid"],
    ["note=", "note", ""],
    ["note=a=b", "note", "a=b"],
    ["note= a, b ", "note", " a, b "],
    ["note=two\nlines", "note", "two\nlines"],
    ["Note=x", "Note", "x"],
    ["note is null", "note", null],
    ["note  IS\tNull ", "note", null],
    ["note=is null", "note", "is null"],
    ["this is null=7", "this is null", "7"],
    ['"odd=name"=7', "odd=name", "7"],
    ['"say ""x"" "=', 'say "x" ', ""],
    ['"a.b" is null', "a.b", null],
    ["姓名=王", "姓名", "王"],
    ['note="quoted"', "note", '"quoted"'],
    ["note=null", "note", "null"],
  ])("reads %j", (text, column, value) => {
    expect(parseCondition(text)).toEqual({ column, value });
  });

  it.each([
    SECRET,
    `=${SECRET}`,
    `note =${SECRET}`,
    ` note=${SECRET}`,
    `a.b=${SECRET}`,
    `"open=${SECRET}`,
    `""=${SECRET}`,
    `no"te=${SECRET}`,
    `"a"b=${SECRET}`,
    `n\0=${SECRET}`,
    `${"n".repeat(64)}=${SECRET}`,
    `${SECRET} is not null`,
    "is null",
  ])("refuses %j and does not repeat it", (text) => {
    const error = refusal(() => parseCondition(text));
    expect(error.exit).toBe("usage");
    expect(said(error)).not.toContain(SECRET);
  });

  it("takes any column, quoted, with any value", () => {
    const name = fc
      .string({ unit: "binary", minLength: 1, maxLength: 15 })
      .filter((text) => !text.includes("\0") && Buffer.byteLength(text) <= 63);
    fc.assert(
      fc.property(name, fc.string({ unit: "binary" }), (column, value) => {
        expect(parseCondition(`"${column.replaceAll('"', '""')}"=${value}`)).toEqual({ column, value });
      }),
    );
  });

  it("reads a file of them, where blanks belong to values", () => {
    expect(parseConditionFile('# who\n\nname= 王 \r\n"#no" is null\n')).toEqual([
      { column: "name", value: " 王 " },
      { column: "#no", value: null },
    ]);
  });
});

describe("matcher", () => {
  const columns = ["id", "status", "note", "total"].map(
    (name) => ({ name, generated: name === "total" }) as Column,
  );
  const table = { schema: "s", name: "t", columns };
  const meets = (image: (string | null)[], ...texts: string[]): boolean =>
    matcher(texts.map(parseCondition), table)(image);

  it("wants every condition met, by the text alone", () => {
    const row = ["7", "paid", null, null];
    expect(meets(row)).toBe(true);
    expect(meets(row, "status=paid")).toBe(true);
    expect(meets(row, "status=paid", "id=7")).toBe(true);
    expect(meets(row, "status=paid", "id=8")).toBe(false);
    expect(meets(row, "id=07")).toBe(false);
    expect(meets(row, "status=Paid")).toBe(false);
  });

  it("tells NULL from the empty text", () => {
    expect(meets(["7", "paid", null, null], "note is null")).toBe(true);
    expect(meets(["7", "paid", null, null], "note=")).toBe(false);
    expect(meets(["7", "paid", "", null], "note=")).toBe(true);
    expect(meets(["7", "paid", "", null], "note is null")).toBe(false);
  });

  it("refuses a column that is in no image, by its name and without the value", () => {
    const unknown = refusal(() => matcher([parseCondition(`statis=${SECRET}`)], table));
    expect(unknown).toMatchObject({
      exit: "usage",
      message: "s.t has no column statis",
      expected: 'one of id, status, note; did you mean "status"?',
    });
    expect(said(unknown)).not.toContain(SECRET);
    expect(refusal(() => matcher([parseCondition("total is null")], table)).message).toContain("generated");
  });
});
