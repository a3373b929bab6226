// Address ranges in network policies (IPv4).
import type { Path, Subject } from "../subject";
import { itemsAt, listAt, textAt } from "./objects";

export interface Block {
  path: Path;
  cidr: string;
  except: readonly string[];
}

/** Every ipBlock that a policy lets its pods reach. */
export function egressBlocks(policy: Subject): Block[] {
  return itemsAt(policy, ["spec", "egress"])
    .flatMap(({ path }) => itemsAt(policy, [...path, "to"]))
    .flatMap(({ path }) => {
      const cidr = textAt(policy, [...path, "ipBlock", "cidr"]);
      const except = listAt(policy, [...path, "ipBlock", "except"]).map(String);
      return cidr === undefined ? [] : [{ path: [...path, "ipBlock"], cidr, except }];
    });
}

interface Range {
  first: number;
  last: number;
}

/** Ranges that were read: policies name the same few thousands of times. */
const read = new Map<string, Range | undefined>();

/** @returns undefined for what is no IPv4 range */
export function rangeOf(cidr: string): Range | undefined {
  if (!read.has(cidr)) read.set(cidr, parsed(cidr));
  return read.get(cidr);
}

function parsed(cidr: string): Range | undefined {
  const [, address, length] = /^((?:[0-9]{1,3}\.){3}[0-9]{1,3})\/([0-9]{1,2})$/.exec(cidr) ?? [];
  const bytes = address?.split(".").map(Number) ?? [];
  if (bytes.length !== 4 || bytes.some((byte) => byte > 255) || Number(length) > 32) return undefined;
  const size = 2 ** (32 - Number(length));
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const first = number - (number % size);
  return { first, last: first + size - 1 };
}

export function contains(outer: string, inner: string): boolean {
  const [a, b] = [rangeOf(outer), rangeOf(inner)];
  return a !== undefined && b !== undefined && a.first <= b.first && b.last <= a.last;
}

/** True when a block reaches every address of a range. */
export function reaches({ cidr, except }: Block, range: string): boolean {
  return contains(cidr, range) && !except.some((each) => contains(each, range));
}

/** RFC 1918, RFC 6598 (Alibaba Cloud's own services stand there), link-local. */
const PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];

/** True when the block has addresses of the Internet. */
export function isPublic({ cidr }: Block): boolean {
  return !PRIVATE.some((each) => contains(each, cidr));
}
