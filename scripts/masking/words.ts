// Pseudonyms that are drawn, not permuted: names, addresses, mail, free text. Two may become one; with mail that takes 10^9 addresses
// for a chance of one in a million.
import { drawn } from "./feistel";
import { nationalId } from "./national-id";
import { bankCard, isMobile, mobile } from "./numbers";
import { scramble } from "./scramble";

const SURNAMES = [
  ..."王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文",
];
const GIVEN = [
  ..."伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红梅云飞宇轩浩然欣怡思远嘉一诺博文子涵雨桐梓萱晨曦佳琪俊峰志鹏海燕春秋冬雪松柏林森泽瑞祥安宁康乐悦彤欢倩颖慧琳瑶珊妍婷茜",
];
const LATIN =
  "Alder Birch Cedar Dahlia Elm Fern Garnet Hazel Iris Juniper Kestrel Laurel Maple Nettle Olive Poplar Quince Rowan Sorrel Tansy Umber Violet Willow Yarrow".split(
    " ",
  );

const isHan = (character: string): boolean => /\p{Script=Han}/u.test(character);

/** The list's entry that the key draws for a text; `try` draws another one. */
const draw = (key: Buffer, text: string, from: readonly string[], attempt: number): string =>
  from[Number(drawn(key, `${attempt}\0${text}`, BigInt(from.length)))]!;

/** As many characters as before, none of them the old one in its place; no unit of it is permuted, so it is for columns that are not unique. */
export function personName(key: Buffer, text: string): string {
  if (![...text].some(isHan)) return latinName(key, text);
  let place = 0;
  return [...text]
    .map((old) => {
      if (!isHan(old)) return /[\p{L}\p{N}]/u.test(old) ? scramble(key, `name\0${text}`, old) : old;
      const list = place++ === 0 ? SURNAMES : GIVEN;
      return firstOther(old, (attempt) => draw(key, `name\0${place}\0${text}`, list, attempt));
    })
    .join("");
}

function latinName(key: Buffer, text: string): string {
  return text.replaceAll(/[\p{L}\p{N}]+/gu, (word, at: number) => {
    const drawnWord = firstOther(word.toLowerCase(), (attempt) =>
      draw(key, `name\0${at}\0${text}`, LATIN, attempt).toLowerCase(),
    );
    if (word === word.toUpperCase()) return drawnWord.toUpperCase();
    return word === word.toLowerCase() ? drawnWord : drawnWord[0]!.toUpperCase() + drawnWord.slice(1);
  });
}

function firstOther(old: string, next: (attempt: number) => string): string {
  for (let attempt = 0; ; attempt++) {
    const found = next(attempt);
    if (found !== old) return found;
  }
}

const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
export const isMail = (text: string): boolean => MAIL.test(text) && text.length <= 254;
/** RFC 2606: a name that nobody can ever have. */
const DOMAIN = "@masked.invalid";
const SHORT_DOMAIN = "@m.invalid";
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
/** 80 bits. */
const LOCAL = 16;
/** Fewer letters would let two addresses become one before long. */
const LEAST_LOCAL = 8;

/**
 * Addresses are one whatever their case, as applications and unique indexes on lower() take them.
 * @param room characters that the column takes
 */
export function mail(key: Buffer, text: string, room: number): string {
  if (!MAIL.test(text)) return scramble(key, "mail", text, (other) => !MAIL.test(other));
  const domain = room >= LOCAL + DOMAIN.length ? DOMAIN : SHORT_DOMAIN;
  const length = Math.max(LEAST_LOCAL, Math.min(LOCAL, room - domain.length));
  let rest = drawn(key, `mail\0${text.toLowerCase()}`, 32n ** BigInt(LOCAL));
  let local = "";
  for (let index = 0; index < length; index++) {
    local += LETTERS[Number(rest % 32n)]!;
    rest /= 32n;
  }
  return local + domain;
}

const CITIES = ["青原市", "白水市", "长汀市", "云台市", "临川市", "东篱市", "南浦市", "西陵市"];
const ROADS = ["梧桐路", "望江路", "松涛街", "书院街", "银杏路", "荷塘路", "听雨巷", "星河路"];

/** Towns and roads of nobody; short where the address was short. */
export function address(key: Buffer, text: string, room: number): string {
  const [city, road] = [CITIES, ROADS].map((list, index) => draw(key, `address\0${index}\0${text}`, list, 0));
  const [house, flat] = [400n, 3000n].map(
    (most, index) => 1n + drawn(key, `address\0n${index}\0${text}`, most),
  );
  const han = [...text].some(isHan);
  const whole = han ? `${city}${road}${house}号${flat}室` : `No. ${house}, Flat ${flat}, Masked Road`;
  const most = Math.min(room, [...text].length < 10 ? [...text].length : Number.POSITIVE_INFINITY);
  const cut = [...whole].slice(0, most).join("");
  return cut === text ? scramble(key, "address", text) : cut;
}

const FILLER = { han: "此处文字已作脱敏处理。", latin: "this text was masked. " };

/** As long as before, and says nothing. */
export function freeText(text: string): string {
  const filler = /\p{Script=Han}/u.test(text) ? FILLER.han : FILLER.latin;
  let characters = 0;
  for (const _ of text) characters++;
  return filler.repeat(Math.ceil(characters / filler.length)).slice(0, characters);
}

/** Mail, ids, mobile numbers, cards, and any run of five digits or more. Names stay: for texts that hold none. */
const NUMBERS =
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:(?:\+|00)?86[\s-]?)?(?<!\d)1\d{2}[\s-]?\d{4}[\s-]?\d{4}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)|\d(?:[ -]?\d){4,}/g;

export function numbersInside(key: Buffer, text: string): string {
  return text.replaceAll(NUMBERS, (found) => {
    if (found.includes("@")) return mail(key, found, Number.POSITIVE_INFINITY);
    if (/^\d{17}[\dXx]$/.test(found)) return nationalId(key, found);
    return isMobile(found) ? mobile(key, found) : bankCard(key, found);
  });
}

const COMPOUND = /^(欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯)/;

/** Two or three characters that begin with a frequent surname, or a compound one before one or two. */
export function isPersonName(text: string): boolean {
  if (!/^\p{Script=Han}{2,4}$/u.test(text)) return false;
  return COMPOUND.test(text) || (text.length <= 3 && SURNAMES.includes(text[0]!));
}
