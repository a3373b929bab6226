// The pseudonym of any text: digits become digits, letters letters of the same case and script, everything else stays where it is.
import { Permutation } from "./feistel";

/** A run of characters of which one may stand for another. */
interface Alphabet {
  from: number;
  size: number;
}

/** So many characters are permuted as one number; of longer texts each part for itself. */
const PART = 64;

const RANGES: readonly [from: number, to: number][] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x61, 0x7a],
  [0xff10, 0xff19],
  [0x4e00, 0x9fff],
];

/** Of letters and digits of other scripts: whatever shares their block of 256 code points. */
function alphabetOf(character: string): Alphabet | undefined {
  const code = character.codePointAt(0)!;
  for (const [from, to] of RANGES) if (code >= from && code <= to) return { from, size: to - from + 1 };
  if (code < 0xc0 || !/[\p{L}\p{N}\p{S}]/u.test(character)) return undefined;
  return code < 0x100 ? { from: 0xc0, size: 64 } : { from: code - (code % 256), size: 256 };
}

/**
 * Different texts stay different.
 * @param stays which pseudonyms will do: texts for which it holds go to texts for which it holds. It must hold for the text itself,
 * and is asked of texts that are one part only
 */
export function scramble(
  key: Buffer,
  domain: string,
  text: string,
  stays: (pseudonym: string) => boolean = () => true,
): string {
  const characters = [...text];
  if (characters.length > PART) {
    const parts: string[] = [];
    for (let at = 0; at < characters.length; at += PART)
      parts.push(permuted(key, `${domain}\0${at}`, characters.slice(at, at + PART)));
    return parts.join("");
  }
  let pseudonym = text;
  do pseudonym = permuted(key, domain, [...pseudonym]);
  while (!stays(pseudonym));
  return pseudonym;
}

function permuted(key: Buffer, domain: string, characters: readonly string[]): string {
  const alphabets = characters.map(alphabetOf);
  const pattern = characters
    .map((character, index) => {
      const alphabet = alphabets[index];
      return alphabet ? `<${alphabet.from}>` : character;
    })
    .join("");
  let [number, size] = [0n, 1n];
  for (const [index, alphabet] of alphabets.entries()) {
    if (!alphabet) continue;
    number = number * BigInt(alphabet.size) + BigInt(characters[index]!.codePointAt(0)! - alphabet.from);
    size *= BigInt(alphabet.size);
  }
  let rest = new Permutation(key, `${domain}\0${pattern}`, size).of(number);
  const result = [...characters];
  for (let index = characters.length - 1; index >= 0; index--) {
    const alphabet = alphabets[index];
    if (!alphabet) continue;
    result[index] = String.fromCodePoint(alphabet.from + Number(rest % BigInt(alphabet.size)));
    rest /= BigInt(alphabet.size);
  }
  return result.join("");
}
