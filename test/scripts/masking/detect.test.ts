// Which columns look personal: by name in three languages, and by the form of their values; and which do not.
import { describe, expect, it } from "vitest";
import type { Kind } from "../../../policies/data/masking";
import { kindByName, kindByValues } from "../../../scripts/masking/detect";

describe("by name", () => {
  it.each<[string, Kind | undefined]>([
    ["phone", "mobile"],
    ["mobilePhone", "mobile"],
    ["sjh", "mobile"],
    ["id_number", "national-id"],
    ["idCardNo", "national-id"],
    ["sfzh", "national-id"],
    ["email", "mail"],
    ["contact_email", "mail"],
    ["home_address", "address"],
    ["address_1", "address"],
    ["dizhi", "address"],
    ["openid", "wechat-openid"],
    ["wx_openid", "wechat-openid"],
    ["bank_card_no", "bank-card"],
    ["yhkh", "bank-card"],
    ["name", "name"],
    ["userName", "name"],
    ["xingming", "name"],
    ["姓名", "name"],
    ["收件人地址", "address"],
    ["remark", "free-text"],
    ["id", undefined],
    ["phone_verified_at", undefined],
    ["learner_id", undefined],
    ["filename", undefined],
    ["status", undefined],
    ["price", undefined],
  ])("%s is %s", (name, kind) => {
    expect(kindByName(name)).toBe(kind);
  });

  it.each<[string, Kind | undefined]>([
    ["学员身份证号码", "national-id"],
    ["联系电话", "mobile"],
    ["when it was paid", undefined],
  ])("a comment tells: %s", (comment, kind) => {
    expect(kindByName("c7", comment)).toBe(kind);
  });
});

describe("by values", () => {
  it.each<[string, string[], Kind | undefined]>([
    ["ids", ["11010519491231002X", ""], "national-id"],
    ["numbers with a wrong check digit", ["110105194912310021", "110105194912310022"], undefined],
    ["mobile numbers", ["13812345678", "+86 139-0000-0001"], "mobile"],
    ["demo numbers", ["10000000001", "10000000002"], undefined],
    ["mail", ["a@b.cn"], "mail"],
    [
      "cards",
      ["6011111111111117", "4539148803436467", "4111111111111111", "5500005555555559", "6011000990139424"],
      "bank-card",
    ],
    ["openids", ["oLVPpjqs9BhvzwPj5A-vTYAX3GLc", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"], "wechat-openid"],
    ["names", [..."伟芳娜敏静丽强磊军洋勇艳"].map((given) => `王${given}`), "name"],
    ["a few names", ["王伟", "李芳"], undefined],
    ["titles", ["高等数学", "大学英语", "会计学基础"], undefined],
    ["a number inside a text", ["请致电 13812345678 咨询"], "free-text-numbers"],
    ["nothing", ["", " "], undefined],
  ])("%s", (_what, values, kind) => {
    expect(kindByValues(values)).toBe(kind);
  });
});
