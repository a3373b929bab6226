// Rows of two moments meet by their key, or by all of them where they have none, however many there are.
import fc from "fast-check";
import { expect, it } from "vitest";
import { type OnPair, Pairing } from "../../../../scripts/data/diff/pairing";
import type { Root } from "../../../../scripts/data/images/catalogue";
import type { Image } from "../../../../scripts/data/images/change";
import { memoryFiles } from "../row-files";

const rootWith = (key: number[]): Root => ({ key, columns: [{}, {}] }) as unknown as Root;

async function pairsOf(
  key: number[],
  before: readonly Image[],
  after: readonly Image[],
  held?: number,
): Promise<{ pairs: [Image | null, Image | null][]; left: string[] }> {
  const files = memoryFiles();
  const pairs: [Image | null, Image | null][] = [];
  const onPair: OnPair = async (...pair) => void pairs.push(pair);
  const pairing = await Pairing.open(files, "t", rootWith(key), held);
  for (const image of before) pairing.add("before", image);
  for (const image of after) pairing.add("after", image);
  pairing.close();
  expect(pairing.isEmpty()).toBe(before.length + after.length === 0);
  await pairing.pair(onPair);
  await pairing.remove();
  return {
    pairs: pairs.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    left: files.names(),
  };
}

const value = fc.option(fc.constantFrom("a", "b", "c", '"'), { nil: null });
const keyed = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 40 }).map(String), value), { selector: ([key]) => key })
  .map((rows): Image[] => rows);

it("tells what came, went and changed, in one part and in many", async () => {
  await fc.assert(
    fc.asyncProperty(keyed, keyed, fc.integer({ min: 1, max: 30 }), async (before, after, held) => {
      const were = new Map(before.map((image) => [image[0], image]));
      const are = new Map(after.map((image) => [image[0], image]));
      const expected = [...new Set([...were.keys(), ...are.keys()])]
        .map((key) => [were.get(key) ?? null, are.get(key) ?? null])
        .filter(([was, is]) => JSON.stringify(was) !== JSON.stringify(is))
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      expect(await pairsOf([0], before, after, held)).toEqual({ pairs: expected, left: [] });
    }),
  );
});

it("counts equal rows of a table without a key", async () => {
  const rows = fc.array(fc.tuple(fc.constantFrom("x", "y"), value).map((row): Image => row));
  await fc.assert(
    fc.asyncProperty(rows, rows, fc.integer({ min: 1, max: 30 }), async (before, after, held) => {
      const count = (images: readonly Image[], text: string): number =>
        images.filter((image) => JSON.stringify(image) === text).length;
      const { pairs, left } = await pairsOf([], before, after, held);
      expect(left).toEqual([]);
      for (const text of new Set([...before, ...after].map((image) => JSON.stringify(image)))) {
        const more = count(after, text) - count(before, text);
        expect(pairs.filter(([was]) => JSON.stringify(was) === text)).toHaveLength(Math.max(0, -more));
        expect(pairs.filter(([, is]) => JSON.stringify(is) === text)).toHaveLength(Math.max(0, more));
      }
      expect(pairs.every(([was, is]) => was === null || is === null)).toBe(true);
    }),
  );
});
