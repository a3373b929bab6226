import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Bucket,
  blockBuckets,
  CHUNK_BLOCKS,
  chunksOf,
  compareContent,
  fingerprintSql,
  mergeChunks,
  quote,
  shiftFor,
  type TableFingerprint,
  type TablePlan,
} from "../../../scripts/postgres/fingerprint";

const plan: TablePlan = {
  schema: "s",
  name: "t",
  bucketing: { kind: "range", column: "id", shift: 16 },
  mode: "binary",
  blocks: 10,
};
const table = (name: string, ...buckets: Bucket[]): TableFingerprint => ({
  schema: "s",
  name,
  mode: "binary",
  bucketing: plan.bucketing,
  rows: buckets.reduce((n, b) => n + b[1], 0),
  buckets,
});

describe("compareContent", () => {
  const want = [table("t", ["0", 100, "123"], ["1", 50, "-9"])];

  it("finds nothing between equals", () => {
    expect(compareContent(want, structuredClone(want))).toEqual([]);
  });

  it.each([
    [
      "a row less",
      [table("t", ["0", 99, "120"], ["1", 50, "-9"])],
      "id 0…65535: 100 rows at the checkpoint, 99 found (1 missing)",
    ],
    [
      "two rows more",
      [table("t", ["0", 100, "123"], ["1", 52, "7"])],
      "id 65536…131071: 50 rows at the checkpoint, 52 found (2 too many)",
    ],
    [
      "a changed row",
      [table("t", ["0", 100, "124"], ["1", 50, "-9"])],
      "id 0…65535: 100 rows on both sides, at least one of them changed",
    ],
    [
      "an emptied bucket",
      [table("t", ["0", 100, "123"])],
      "id 65536…131071: 50 rows at the checkpoint, 0 found (50 missing)",
    ],
    [
      "a new bucket",
      [table("t", ["0", 100, "123"], ["1", 50, "-9"], ["2", 1, "5"])],
      "id 131072…196607: no rows at the checkpoint, 1 found",
    ],
    ["a missing table", [], "missing; 150 rows at the checkpoint"],
    ["an extra table", [...want, table("u", ["0", 3, "1"])], "not there at the checkpoint; 3 rows"],
    [
      "other columns",
      [{ ...want[0]!, columns: [] }],
      "cannot be compared: its columns are not those of the checkpoint",
    ],
    [
      "another way of reading",
      [{ ...want[0]!, mode: "text" as const }],
      "cannot be compared: read in another way than at the checkpoint",
    ],
  ])("says %s", (_, found, what) => {
    expect(compareContent(want, found)).toEqual([expect.objectContaining({ what })]);
  });
});

describe("chunks", () => {
  it("cover every block once and leave the last one open (property)", () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000_000 }), fc.boolean(), (blocks, byBlocks) => {
        const bucketing = byBlocks ? blockBuckets(blocks) : plan.bucketing;
        const size = bucketing.kind === "blocks" ? bucketing.blocks : CHUNK_BLOCKS;
        const chunks = chunksOf({ ...plan, blocks: byBlocks ? blocks : blocks % 100_000, bucketing });
        if (byBlocks) expect(chunks.length).toBeLessThanOrEqual(1024);
        expect(chunks[0]!.from).toBe(0);
        expect(chunks.at(-1)!.to).toBeUndefined();
        for (const [i, chunk] of chunks.slice(0, -1).entries()) {
          expect(chunk.to).toBe(chunks[i + 1]!.from);
          expect(chunk.to! - chunk.from).toBe(size);
        }
      }),
    );
  });

  it("add up to the same whatever the order and the cut (property)", () => {
    const bucket = fc.tuple(
      fc.integer({ min: -3, max: 9 }).map(String),
      fc.nat({ max: 1000 }),
      fc.bigInt().map(String),
    );
    fc.assert(
      fc.property(fc.array(bucket, { maxLength: 20 }), fc.nat({ max: 20 }), (buckets, cut) => {
        const whole = mergeChunks(plan, [buckets]);
        expect(mergeChunks(plan, [buckets.slice(cut).reverse(), buckets.slice(0, cut)])).toEqual(whole);
        expect(whole.rows).toBe(buckets.reduce((n, b) => n + b[1], 0));
      }),
    );
  });
});

it("quotes identifiers that try to escape", () => {
  expect(quote('a"; drop table x; --')).toBe('"a""; drop table x; --"');
  const sql = fingerprintSql(
    { ...plan, name: 'odd"name', bucketing: { kind: "hash", columns: ['k"'] } },
    { from: 0, to: undefined },
  );
  expect(sql).toContain('"odd""name"');
  expect(sql).toContain('r."k"""');
});

it("keeps the number of range buckets near a thousand", () => {
  expect(shiftFor(0n, 1000n)).toBe(16);
  const shift = shiftFor(0n, 10n ** 12n);
  expect((10n ** 12n) >> BigInt(shift)).toBeLessThan(1024n);
  expect((10n ** 12n) >> BigInt(shift - 1)).toBeGreaterThanOrEqual(1024n);
});
