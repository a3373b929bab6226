// Merkle tree hashes of RFC 6962 (section 2.1), grown one leaf at a time.
import { createHash } from "node:crypto";

/** A growing tree, as the hashes of its complete subtrees, largest first: all that is needed to add a leaf. */
export interface Tree {
  size: number;
  /** Hex; one for each bit that is set in `size`. */
  peaks: readonly string[];
}

export const EMPTY_TREE: Tree = { size: 0, peaks: [] };

/** Leaves and nodes are told apart by their first byte: no leaf can be passed off as a subtree. */
const LEAF = Buffer.from([0x00]);
const NODE = Buffer.from([0x01]);

function hash(...parts: readonly Uint8Array[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("hex");
}

function join(left: string, right: string): string {
  return hash(NODE, Buffer.from(left, "hex"), Buffer.from(right, "hex"));
}

/** The tree with one more leaf: like carrying in binary addition, equal subtrees at the end become one. */
export function grow({ size, peaks }: Tree, leaf: Uint8Array): Tree {
  const rest = [...peaks];
  let last = hash(LEAF, leaf);
  for (let carry = size; carry % 2 === 1; carry = Math.floor(carry / 2)) last = join(rest.pop()!, last);
  return { size: size + 1, peaks: [...rest, last] };
}

/** Hex; of the empty tree it is the hash of nothing. */
export function rootOf({ peaks }: Tree): string {
  return peaks.length === 0 ? hash() : peaks.reduceRight((right, left) => join(left, right));
}
