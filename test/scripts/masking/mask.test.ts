// What must hold of every pseudonym: the same for the same value and key, another one otherwise, the same form, nothing of the value.
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kind } from "../../../policies/data/masking";
import { Permutation } from "../../../scripts/masking/feistel";
import { maskWith } from "../../../scripts/masking/mask";
import { checkOf, isNationalId } from "../../../scripts/masking/national-id";
import { isCard, isMobile, isOpenid, luhn, MOBILE_PREFIXES } from "../../../scripts/masking/numbers";
import { freeText, isMail } from "../../../scripts/masking/words";

const KEY = Buffer.alloc(32, 7);
const mask = maskWith(KEY);
const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`));
const mobiles = fc.tuple(fc.constantFrom(...MOBILE_PREFIXES), digits(8)).map((parts) => parts.join(""));
const days = fc
  .date({ min: new Date("1930-01-01"), max: new Date("2015-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10).replaceAll("-", ""));
const ids = fc.tuple(fc.constantFrom("110105", "440301", "650102"), days, digits(3)).map((parts) => {
  const first = parts.join("");
  return first + (checkOf(first) === 10 ? "X" : String(checkOf(first)));
});
const cards = fc.tuple(fc.constantFrom("62", "4", "6", "35"), digits(13)).map(([head, rest]) => {
  const body = head + rest;
  return body + "0123456789".split("").find((digit) => luhn(body + digit) === 0);
});
const openids = fc.stringMatching(/^o[A-Za-z0-9_-]{27}$/);
const mails = fc
  .tuple(fc.stringMatching(/^[a-z0-9.]{1,12}$/), fc.constantFrom("qq.com", "school.edu.cn"))
  .map((p) => p.join("@"));
const names = fc.stringMatching(/^[王李欧阳]{1}[一-龥]{1,3}$/);
const codes = fc.stringMatching(/^[A-Z]{2}[0-9]{6}[a-z]{2}$/);
const VALUES: Record<Exclude<Kind, "free-text" | "free-text-numbers">, fc.Arbitrary<string>> = {
  "national-id": ids,
  mobile: mobiles,
  "bank-card": cards,
  "wechat-openid": openids,
  mail: mails,
  name: names,
  address: fc.stringMatching(/^[一-龥]{6,30}[0-9]{1,3}号$/),
  code: codes,
};
const RUNS = { numRuns: 150 };

describe.each(Object.entries(VALUES) as [Kind, fc.Arbitrary<string>][])("%s", (kind, values) => {
  it("the same value and key give the same pseudonym, another key another one", () => {
    const [again, other] = [maskWith(KEY), maskWith(randomBytes(32))];
    let different = 0;
    fc.assert(
      fc.property(values, (value) => {
        expect(again(kind, value)).toBe(mask(kind, value));
        if (other(kind, value) !== mask(kind, value)) different++;
      }),
      RUNS,
    );
    expect(different).toBeGreaterThan(RUNS.numRuns * 0.8);
  });

  it("nothing stays what it was", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(mask(kind, value)).not.toBe(value);
      }),
      RUNS,
    );
  });

  it.runIf(kind !== "name" && kind !== "address")("different values stay different", () => {
    fc.assert(
      fc.property(fc.uniqueArray(values, { minLength: 2, maxLength: 30 }), (some) => {
        expect(new Set(some.map((value) => mask(kind, value))).size).toBe(some.length);
      }),
      { numRuns: 30 },
    );
  });

  it("blank stays blank", () => {
    for (const value of ["", " "]) expect(mask(kind, value)).toBe(value);
  });
});

describe("form", () => {
  it.each<[string, Kind, fc.Arbitrary<string>, (text: string) => boolean]>([
    ["ids stay valid", "national-id", ids, isNationalId],
    ["mobile numbers stay real ones", "mobile", mobiles, isMobile],
    ["cards keep Luhn", "bank-card", cards, isCard],
    ["openids stay openids", "wechat-openid", openids, (text) => /^o[\w-]{27}$/.test(text)],
    [
      "mail goes to a name that nobody has",
      "mail",
      mails,
      (text) => isMail(text) && text.endsWith(".invalid"),
    ],
  ])("%s", (_name, kind, values, valid) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(valid(mask(kind, value)), mask(kind, value)).toBe(true);
        if (kind !== "mail") expect(mask(kind, value)).toHaveLength(value.length);
      }),
      RUNS,
    );
  });

  it.each([
    ["an unknown province", "99010119900101123X"],
    ["no day of the calendar", "110105199002301234"],
    ["an odd day", "110105185002011234"],
  ])("an id with %s stays invalid in that way", (what, id) => {
    const other = mask("national-id", id);
    expect(other).toMatch(/^\d{17}[\dX]$/);
    expect(other).not.toBe(id);
    const wrong = (text: string): number =>
      ((text.endsWith("X") ? 10 : Number(text[17])) - checkOf(text.slice(0, 17)) + 11) % 11;
    expect(wrong(other)).toBe(wrong(id));
    const day = `${other.slice(6, 10)}-${other.slice(10, 12)}-${other.slice(12, 14)}`;
    const date = new Date(`${day}T00:00:00Z`);
    const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
    expect(exists).toBe(what !== "no day of the calendar");
    expect(isNationalId(other)).toBe(false);
  });

  it("known values of the standard", () => {
    expect(isNationalId("11010519491231002X")).toBe(true);
    expect(isNationalId("110105194912310021")).toBe(false);
    expect(luhn("4539148803436467")).toBe(0);
    expect(isOpenid("oLVPpjqs9BhvzwPj5A-vTYAX3GLc")).toBe(true);
  });

  it.each([
    ["130503670401001", /^\d{15}$/],
    ["11010519491231002x", /^\d{17}x$/],
    ["A1234567", /^[A-Z]\d{7}$/],
  ])("id %s keeps its form", (id, form) => {
    expect(mask("national-id", id)).toMatch(form);
    expect(mask("national-id", id)).not.toBe(id);
  });

  it.each([
    ["+86 138-1234-5678", /^\+86 1\d\d-\d{4}-\d{4}$/],
    ["10000000042", /^1\d{10}$/],
    ["010-62345678", /^\d{3}-\d{8}$/],
  ])("number %s keeps its layout", (number, form) => {
    expect(mask("mobile", number)).toMatch(form);
    expect(isMobile(mask("mobile", number))).toBe(isMobile(number));
  });

  it("the same number is the same person in every layout", () => {
    const plain = mask("mobile", "13812345678");
    expect(mask("mobile", "138 1234 5678").replaceAll(" ", "")).toBe(plain);
    expect(mask("mobile", "+8613812345678")).toBe(`+86${plain}`);
  });

  it("names keep their length, and no character its place", () => {
    fc.assert(
      fc.property(names, (name) => {
        const [old, now] = [[...name], [...mask("name", name)]];
        expect(now).toHaveLength(old.length);
        for (const [index, each] of old.entries()) expect(now[index]).not.toBe(each);
      }),
      RUNS,
    );
    expect(mask("name", "John SMITH")).toMatch(/^[A-Z][a-z]+ [A-Z]+$/);
    expect(mask("name", "阿不都·买买提")).toMatch(/^..{2}·...$/u);
  });

  it("free text is as long as it was and says nothing of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        expect([...freeText(text)]).toHaveLength([...text].length);
      }),
      RUNS,
    );
    expect(freeText("张三欠费")).toBe("此处文字");
  });

  it("numbers inside a text are replaced, one by one as in columns of their own", () => {
    const text = "请联系 13812345678 或 a.b@qq.com，证件 11010519491231002X，卡 6222021234567890123。";
    const masked = mask("free-text-numbers", text);
    for (const old of ["13812345678", "a.b@qq.com", "11010519491231002X", "6222021234567890123"])
      expect(masked).not.toContain(old);
    expect(masked).toMatch(/^请联系 1\d{10} 或 \S+\.invalid，证件 \d{17}[\dX]，卡 62\d{17}。$/);
  });

  it("mail fits where there is little room, and is one whatever its case", () => {
    expect(mask("mail", "someone@qq.com", 20)).toMatch(/^[a-z2-7]{10}@m\.invalid$/);
    expect(mask("mail", "Someone@QQ.com")).toBe(mask("mail", "someone@qq.com"));
  });
});

describe("permutations", () => {
  it.each([1n, 2n, 3n, 10n, 97n, 1000n])(
    "of %d numbers every one comes out once, none at its own place",
    (size) => {
      const permutation = new Permutation(KEY, "test", size);
      const out = Array.from({ length: Number(size) }, (_, index) => permutation.of(BigInt(index)));
      expect(new Set(out).size).toBe(Number(size));
      if (size > 1n) for (const [index, each] of out.entries()) expect(each).not.toBe(BigInt(index));
    },
  );
});
