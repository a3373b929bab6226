import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_TREE, grow, rootOf } from "../../../scripts/evidence/merkle";

const rootOver = (leaves: readonly Uint8Array[]): string => rootOf(leaves.reduce(grow, EMPTY_TREE));

/** The reference vectors of Certificate Transparency (certificate-transparency-go, merkle tree tests). */
const LEAVES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash("sha256").update(Buffer.concat(parts)).digest();

/** The definition of RFC 6962, word by word. */
function definition(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!);
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return sha256(Buffer.of(1), definition(leaves.slice(0, k)), definition(leaves.slice(k)));
}

describe("Merkle tree", () => {
  it.each(ROOTS.map((root, size) => [size, root] as const))(
    "over the first %d reference leaves has root %s",
    (size, root) => {
      expect(rootOver(LEAVES.slice(0, size).map((hex) => Buffer.from(hex, "hex")))).toBe(root);
    },
  );

  it("grown leaf by leaf is the tree of the definition, with one peak for each bit of its size", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 70 }), (leaves) => {
        const tree = leaves.reduce(grow, EMPTY_TREE);
        expect(rootOf(tree)).toBe(definition(leaves).toString("hex"));
        expect(tree.peaks.length).toBe([...tree.size.toString(2)].filter((bit) => bit === "1").length);
      }),
    );
  });
});
