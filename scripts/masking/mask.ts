// One value and its kind -> its pseudonym. Deterministic under one key, so that what was equal in two tables stays equal. Pure.
import { createHmac } from "node:crypto";
import type { Kind } from "../../policies/data/masking";
import { nationalId } from "./national-id";
import { bankCard, mobile, openid } from "./numbers";
import { scramble } from "./scramble";
import { address, freeText, mail, numbersInside, personName } from "./words";

/** @param room characters that the column takes; default as many as there are */
export type Mask = (kind: Kind, value: string, room?: number) => string;

/** Kinds whose pseudonyms may fall together: they keep no unique column unique. */
export const DRAWN: readonly Kind[] = ["name", "address", "free-text", "free-text-numbers"];

/** Values are met many times; so many pseudonyms are remembered. */
const REMEMBERED = 50_000;
const LONGEST_REMEMBERED = 200;

/** @param key at least 32 bytes, kept outside of every database */
export function maskWith(key: Buffer): Mask {
  const keys = new Map<Kind, Buffer>();
  const known = new Map<string, string>();
  const keyOf = (kind: Kind): Buffer => {
    const made = keys.get(kind) ?? createHmac("sha256", key).update(`masking\0${kind}`).digest();
    keys.set(kind, made);
    return made;
  };
  return (kind, value, room = Number.POSITIVE_INFINITY) => {
    // What is empty, or blank, says nothing of anybody and means something to applications.
    if (value.trim() === "") return value;
    const name = `${kind}\0${room}\0${value}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    const pseudonym = maskOne(keyOf(kind), kind, value, room);
    if (value.length <= LONGEST_REMEMBERED) {
      if (known.size >= REMEMBERED) known.clear();
      known.set(name, pseudonym);
    }
    return pseudonym;
  };
}

function maskOne(key: Buffer, kind: Kind, value: string, room: number): string {
  switch (kind) {
    case "name":
      return personName(key, value);
    case "national-id":
      return nationalId(key, value);
    case "mobile":
      return mobile(key, value);
    case "mail":
      return mail(key, value, room);
    case "address":
      return address(key, value, room);
    case "wechat-openid":
      return openid(key, value);
    case "bank-card":
      return bankCard(key, value);
    case "code":
      return scramble(key, "code", value);
    case "free-text":
      return freeText(value);
    case "free-text-numbers":
      return numbersInside(key, value);
  }
}
