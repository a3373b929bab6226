// How keys of wrong rows are shown: as they are, or as a keyed digest where they are personal or look so. Pure.
import { createHmac } from "node:crypto";
import type { RuleKey } from "../../../policies/data/quality";

/** Names of columns that hold what somebody is called, or can be reached or recognised by. */
const PERSONAL_NAME =
  /name|phone|mobile|tel(?:ephone)?$|email|mail$|id_?(?:number|card|no)|identity|passport|address|birth|wechat|openid|xingming|shouji|shenfen|title|姓名|手机|电话|身份|邮箱|地址/i;

/** A mobile number, an identity number, a mail address: whatever its column is called. */
const PERSONAL_VALUE = [/^(?:\+?86)?1\d{10}$/, /^\d{6}(?:19|20)\d{9}[\dXx]$/, /@/];

/** What a key may look like; free text is none. */
const KEY = /^[A-Za-z0-9_.:,()+/-]{1,64}(?: [0-9:.+-]{1,20})?$/;

/** Anywhere in a longer text. */
const PERSONAL_WITHIN =
  /(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{6}(?:19|20)\d{9}[\dXx](?!\d)|[^\s@]@[^\s@]+\.[^\s@]/;

/** A mobile number, an identity number or a mail address stands in it. */
export const holdsPersonal = (text: string): boolean => PERSONAL_WITHIN.test(text);

export const looksPersonal = ({ column, personal }: RuleKey): boolean =>
  personal || PERSONAL_NAME.test(column);

/** @param secret of this installation: the same key has the same digest from run to run, and nobody else can compute it */
export function shownKey(key: RuleKey, value: string | null, secret: Buffer): string {
  if (value === null) return "null";
  const plain = !looksPersonal(key) && KEY.test(value) && !PERSONAL_VALUE.some((form) => form.test(value));
  return plain ? value : digested(value, secret);
}

/** 64 bits: enough to tell the rows of a sample apart. */
export const digested = (value: string, secret: Buffer): string =>
  `#${createHmac("sha256", secret).update(value).digest("hex").slice(0, 16)}`;
