// Pseudonyms of numbers that applications check: mobile numbers, bank cards, WeChat openids. What was valid stays valid, what was
// not stays invalid in the same way; different numbers stay different.
import { Permutation } from "./feistel";
import { scramble } from "./scramble";

/** First three digits that Chinese networks hand out. */
export const MOBILE_PREFIXES: readonly string[] = [
  ..."0123456789".split("").map((digit) => `13${digit}`),
  ..."56789".split("").map((digit) => `14${digit}`),
  ..."012356789".split("").map((digit) => `15${digit}`),
  ..."2567".split("").map((digit) => `16${digit}`),
  ..."012345678".split("").map((digit) => `17${digit}`),
  ..."0123456789".split("").map((digit) => `18${digit}`),
  ..."01235678".split("").map((digit) => `19${digit}`),
  "199",
];

const OTHER_PREFIXES = Array.from({ length: 100 }, (_, index) => String(100 + index)).filter(
  (prefix) => !MOBILE_PREFIXES.includes(prefix),
);

/** With the country's code or without, in one piece or grouped 3-4-4. */
const MOBILE = /^(\s*(?:(?:\+|00)?86[\s-]?)?)(1\d\d)([\s-]?)(\d{4})([\s-]?)(\d{4})(\s*)$/;

export const isMobile = (text: string): boolean => MOBILE_PREFIXES.includes(MOBILE.exec(text)?.[2] ?? "");

export function mobile(key: Buffer, text: string): string {
  const [, before, prefix, gap, middle, gap2, last, after] = MOBILE.exec(text) ?? [];
  if (prefix === undefined) return scramble(key, "mobile", text, (other) => !MOBILE.test(other));
  const prefixes = MOBILE_PREFIXES.includes(prefix) ? MOBILE_PREFIXES : OTHER_PREFIXES;
  const size = BigInt(prefixes.length) * 100_000_000n;
  const number = BigInt(prefixes.indexOf(prefix)) * 100_000_000n + BigInt(`${middle}${last}`);
  const other = new Permutation(key, "mobile", size).of(number);
  const digits = String(other % 100_000_000n).padStart(8, "0");
  const head = prefixes[Number(other / 100_000_000n)]!;
  return `${before}${head}${gap}${digits.slice(0, 4)}${gap2}${digits.slice(4)}${after}`;
}

/** Sum of Luhn's formula (ISO/IEC 7812-1) modulo 10; 0 for a valid number. */
export function luhn(digits: string): number {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10;
}

const CARD = /^\d(?:[ -]?\d){11,18}$/;

export const isCard = (text: string): boolean => CARD.test(text) && luhn(text.replaceAll(/\D/g, "")) === 0;

/** Only the scheme stays (62 of UnionPay, else the first digit): which bank it was does not. A wrong check digit is as wrong as it was. */
export function bankCard(key: Buffer, text: string): string {
  if (!CARD.test(text)) return scramble(key, "bank-card", text, (other) => !CARD.test(other));
  const digits = text.replaceAll(/\D/g, "");
  const kept = digits.startsWith("62") ? 2 : 1;
  const [head, body] = [digits.slice(0, kept), digits.slice(kept, -1)];
  const wrong = luhn(digits);
  // 62 has a class of its own: other numbers must not come to begin so.
  const domain = `bank-card\0${head}\0${wrong}`;
  const permutation = new Permutation(key, domain, 10n ** BigInt(body.length));
  let at = BigInt(body);
  let other: string;
  do {
    at = permutation.of(at);
    other = head + String(at).padStart(body.length, "0");
  } while (kept === 1 && other.startsWith("62"));
  const check = "0123456789".split("").find((digit) => luhn(other + digit) === wrong)!;
  return laidOutAs(text, other + check);
}

/** Digits in the places of a layout's digits. */
function laidOutAs(layout: string, digits: string): string {
  let next = 0;
  return layout.replaceAll(/\d/g, () => digits[next++]!);
}

const OPENID = /^o[A-Za-z0-9_-]{27}$/;
const OPENID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/** Long letters of one case with no digit are words; a drawn id has all of them. */
export const isOpenid = (text: string): boolean =>
  OPENID.test(text) && /\d/.test(text) && /[A-Z]/.test(text) && /[a-z]/.test(text.slice(1));

export function openid(key: Buffer, text: string): string {
  if (!OPENID.test(text)) return scramble(key, "wechat-openid", text, (other) => !OPENID.test(other));
  const [, ...characters] = text;
  const number = characters.reduce((sum, each) => sum * 64n + BigInt(OPENID_ALPHABET.indexOf(each)), 0n);
  let rest = new Permutation(key, "wechat-openid", 64n ** BigInt(characters.length)).of(number);
  let other = "";
  for (let index = 0; index < characters.length; index++) {
    other = OPENID_ALPHABET[Number(rest % 64n)]! + other;
    rest /= 64n;
  }
  return `o${other}`;
}
