// What looks personal: a column's name and comment in English, pinyin or Chinese, and the form of its values. Pure; values are
// looked at and forgotten, only the kind comes out.
import type { Kind } from "../../policies/data/masking";
import { isNationalId } from "./national-id";
import { isCard, isMobile, isOpenid } from "./numbers";
import { isMail, isPersonName } from "./words";

const NAMES: readonly [Kind, RegExp][] = [
  [
    "national-id",
    /^(id_?(number|card|no|code)(_?(no|number))?|identity|identity_(no|number|card|code)|cert(ificate)?_(no|number)|sfzh?|sfzhm|shenfenzheng(hao)?|citizen_id)$|身份证|证件号/,
  ],
  [
    "mobile",
    /(^|_)(phone|mobile|tel|telephone|cellphone|cell|shouji(hao)?|sjh|sjhm|dianhua|lxdh|whatsapp)(_(no|number|num))?$|手机|电话/,
  ],
  ["mail", /(^|_)(e?_?mail|mailbox|youxiang|yx)(_addr(ess)?)?$|邮箱|邮件地址/],
  ["address", /(^|_)(addr|address|street|dizhi|zhuzhi|jtzz|txdz)(_?(line)?_?\d)?$|地址|住址/],
  ["wechat-openid", /(^|_)(open_?id|union_?id|wechat(_id)?|weixin(hao)?|wx(_id|id|h)?)$|微信/],
  [
    "bank-card",
    /(^|_)(bank_?(card|account)|card_?(no|number)|account_?(no|number)|yhkh?|yinhangka(hao)?|iban)(_(no|number))?$|银行卡|银行账/,
  ],
  [
    "name",
    /(^|_)(real|full|first|last|nick|user|student|learner|teacher|contact|customer|receiver|payer|buyer|parent)_?name$|^(name|xm|xingming|teacher|student|contact|receiver|consignee|payer|nickname|username)$|姓名|联系人|收件人|昵称/,
  ],
  ["free-text", /^(body|remarks?|notes?|memo|message|beizhu|bz|transcript|feedback)$|备注|留言/],
];

/** `idCardNo` is id_card_no. */
const asWords = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[\s-]+/g, "_")
    .toLowerCase();

export function kindByName(name: string, comment: string | null = null): Kind | undefined {
  const [words, said] = [asWords(name), comment ?? ""];
  // A comment is prose: only what is said in Chinese, or the word alone, counts.
  return NAMES.find(([, form]) => form.test(words) || (said !== "" && form.test(asWords(said))))?.[0];
}

interface Form {
  kind: Kind;
  is: (text: string) => boolean;
  /** Share of the values that must look so, and how many different ones: other numbers may look so by chance. */
  share: number;
  least: number;
}

const FORMS: readonly Form[] = [
  { kind: "national-id", is: isNationalId, share: 0.02, least: 1 },
  { kind: "mail", is: isMail, share: 0.02, least: 1 },
  { kind: "wechat-openid", is: isOpenid, share: 0.3, least: 2 },
  { kind: "mobile", is: isMobile, share: 0.3, least: 2 },
  { kind: "bank-card", is: isCard, share: 0.6, least: 5 },
  { kind: "name", is: isPersonName, share: 0.6, least: 10 },
];

const INSIDE = /(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)|[\w.+-]+@[\w-]+\.[\w.-]+/g;

/** What the values look like; undefined when they look like nothing personal. */
export function kindByValues(values: readonly string[]): Kind | undefined {
  const different = [...new Set(values.map((value) => value.trim()).filter((value) => value !== ""))];
  if (different.length === 0) return undefined;
  for (const { kind, is, share, least } of FORMS) {
    const count = different.filter(is).length;
    if (count >= least && count >= different.length * share) return kind;
  }
  return different.some(holdsPersonal) ? "free-text-numbers" : undefined;
}

/** Somewhere within a longer text. */
function holdsPersonal(text: string): boolean {
  return [...text.matchAll(INSIDE)].some(
    ([found]) => found !== text && (found.includes("@") || isMobile(found) || isNationalId(found)),
  );
}
