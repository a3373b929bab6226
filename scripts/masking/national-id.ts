// Pseudonyms of Chinese national ids: GB 11643 with 18 characters, and the older 15 digits. Region, birthday and number are drawn
// together; what was invalid stays invalid in the same way (region, birthday, check character), and different ids stay different.
import { Permutation } from "./feistel";
import { scramble } from "./scramble";

/** GB/T 2260, and 91 of residents from abroad. The four digits behind are drawn: they would tell where somebody was born. */
const PROVINCES =
  "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91".split(
    " ",
  );
const NO_PROVINCES = Array.from({ length: 100 }, (_, index) => String(index).padStart(2, "0")).filter(
  (code) => !PROVINCES.includes(code),
);

const LONG = /^\d{17}[\dXx]$/;
const SHORT = /^\d{15}$/;
const DAY = 86_400_000;
/** Birthdays that nobody doubts; other days of the calendar stay among themselves. */
const [FIRST, LAST] = [Date.UTC(1930, 0, 1), Date.UTC(2015, 11, 31)];

/** ISO 7064 MOD 11-2, as a number: 10 is written X. */
export function checkOf(first17: string): number {
  const sum = [...first17].reduce((all, digit, index) => all + Number(digit) * (2 ** (17 - index) % 11), 0);
  return (12 - (sum % 11)) % 11;
}

const dayOf = (text: string): Date | undefined => {
  const [year, month, day] = [text.slice(0, 4), text.slice(4, 6), text.slice(6, 8)].map(Number) as [
    number,
    number,
    number,
  ];
  if (year < 1000) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
};

type Birthday = "plausible" | "odd" | "none";

const birthdayOf = (text: string): Birthday => {
  const day = dayOf(text)?.getTime();
  if (day === undefined) return "none";
  return day >= FIRST && day <= LAST ? "plausible" : "odd";
};

const compact = (time: number): string => new Date(time).toISOString().slice(0, 10).replaceAll("-", "");
const provincesOf = (id: string): readonly string[] =>
  PROVINCES.includes(id.slice(0, 2)) ? PROVINCES : NO_PROVINCES;

/** A check character that is right, or wrong by so much. */
const wrongBy = (id: string): number => {
  const given = /[Xx]$/.test(id) ? 10 : Number(id[17]);
  return (given - checkOf(id.slice(0, 17)) + 11) % 11;
};

/** Valid in all that the standard says. */
export const isNationalId = (text: string): boolean =>
  LONG.test(text) &&
  PROVINCES.includes(text.slice(0, 2)) &&
  birthdayOf(text.slice(6, 14)) === "plausible" &&
  wrongBy(text) === 0;

export function nationalId(key: Buffer, text: string): string {
  if (LONG.test(text)) return long(key, text);
  if (SHORT.test(text)) return short(key, text);
  return scramble(key, "national-id", text, (other) => !LONG.test(other) && !SHORT.test(other));
}

function long(key: Buffer, id: string): string {
  const [provinces, birthday, wrong] = [provincesOf(id), birthdayOf(id.slice(6, 14)), wrongBy(id)];
  // An id written with a small x is another text: it goes to one that is written so too.
  const small = id.endsWith("x");
  const days = birthday === "plausible" ? BigInt((LAST - FIRST) / DAY + 1) : 100_000_000n;
  const domain = `national-id\0${provinces === PROVINCES}\0${birthday}\0${wrong}\0${small}`;
  const permutation = new Permutation(key, domain, BigInt(provinces.length) * 10_000n * days * 1000n);
  const day = id.slice(6, 14);
  const dayNumber = birthday === "plausible" ? BigInt((dayOf(day)!.getTime() - FIRST) / DAY) : BigInt(day);
  const province = BigInt(provinces.indexOf(id.slice(0, 2)));
  let at =
    ((province * 10_000n + BigInt(id.slice(2, 6))) * days + dayNumber) * 1000n + BigInt(id.slice(14, 17));
  for (;;) {
    at = permutation.of(at);
    const found = written(at, provinces, days, birthday);
    if (birthdayOf(found.slice(6, 14)) !== birthday) continue;
    const check = (checkOf(found) + wrong) % 11;
    if (small && check !== 10) continue;
    return found + (check === 10 ? (small ? "x" : "X") : String(check));
  }
}

function written(at: bigint, provinces: readonly string[], days: bigint, birthday: Birthday): string {
  const number = String(at % 1000n).padStart(3, "0");
  const day = (at / 1000n) % days;
  const place = at / 1000n / days;
  const head = provinces[Number(place / 10_000n)]! + String(place % 10_000n).padStart(4, "0");
  const date = birthday === "plausible" ? compact(FIRST + Number(day) * DAY) : String(day).padStart(8, "0");
  return head + date + number;
}

/** Of the last century, without a check character. */
function short(key: Buffer, id: string): string {
  const provinces = provincesOf(id);
  const valid = (text: string): boolean => dayOf(`19${text.slice(6, 12)}`) !== undefined;
  const was = valid(id);
  const size = BigInt(provinces.length) * 10n ** 13n;
  const permutation = new Permutation(key, `national-id 15\0${provinces === PROVINCES}\0${was}`, size);
  let at = BigInt(provinces.indexOf(id.slice(0, 2))) * 10n ** 13n + BigInt(id.slice(2));
  for (;;) {
    at = permutation.of(at);
    const found = provinces[Number(at / 10n ** 13n)]! + String(at % 10n ** 13n).padStart(13, "0");
    if (valid(found) === was) return found;
  }
}
