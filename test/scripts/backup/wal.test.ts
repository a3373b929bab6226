import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contiguity,
  lastSegment,
  neededSegments,
  parseHistory,
  segmentBefore,
  segmentOf,
  type WalSegment,
} from "../../../scripts/backup/wal";

const MIB = 1024 * 1024;
const named = (...names: string[]): WalSegment[] => names.map((name) => ({ name, bytes: 1 }));
/** Segments `from`…`to` (numbers) of one timeline, 16 MiB each. */
const run = (timeline: number, from: number, to: number): WalSegment[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    name: segmentOf(
      `${Math.floor((from + i) / 256).toString(16)}/${(((from + i) % 256) * 16 * MIB).toString(16)}`,
      timeline,
    ),
    bytes: 1,
  }));

describe("segmentBefore", () => {
  it.each([
    ["the middle of a segment", "0/3000090", "000000010000000000000003"],
    ["the end of a segment is still in it", "0/4000000", "000000010000000000000003"],
    ["its first byte was reached", "0/3000001", "000000010000000000000003"],
    ["the end of a log", "1/0", "0000000100000000000000FF"],
  ])("%s", (_name, lsn, name) => {
    expect(segmentBefore(lsn, 1)).toBe(name);
  });
});

describe("segmentOf", () => {
  it.each([
    ["0/3000090", 1, 16, "000000010000000000000003"],
    ["1/FF000000", 1, 16, "0000000100000001000000FF"],
    ["2/0", 10, 16, "0000000A0000000200000000"],
    ["0/7FFFFFFF", 1, 64, "00000001000000000000001F"],
  ])("%s on timeline %i with %i MiB segments", (lsn, timeline, mib, name) => {
    expect(segmentOf(lsn, timeline, mib * MIB)).toBe(name);
  });

  it("refuses what is no LSN", () => {
    expect(() => segmentOf("3000090", 1)).toThrow(RangeError);
  });
});

describe("contiguity", () => {
  it("accepts a complete range across a log boundary", () => {
    const all = run(1, 250, 260);
    const result = contiguity(all, all[0]!.name, all.at(-1)!.name);
    expect(result).toMatchObject({ missing: [], duplicate: [], needed: 11 });
  });

  it("names every missing segment, wherever it is (property)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        (from, length, pick) => {
          const all = run(1, from, from + length);
          const gone = all[pick % all.length]!;
          const rest = all.filter((segment) => segment !== gone);
          const result = contiguity(rest, all[0]!.name, all.at(-1)!.name);
          expect(result.missing).toEqual([gone.name]);
          expect(result.needed).toBe(all.length);
        },
      ),
    );
  });

  it("calls a segment doubtful that is stored twice", () => {
    const [one, two] = run(1, 3, 4);
    expect(contiguity([one!, two!, two!], one!.name, two!.name).duplicate).toEqual([two!.name]);
  });

  it("follows a timeline switch: the new timeline serves the segment it branched in", () => {
    const segments = [...run(1, 3, 5), ...run(2, 5, 7)];
    const switches = new Map([[2, { parent: 1, lsn: "0/5800000" }]]);
    const result = contiguity(segments, run(1, 3, 3)[0]!.name, run(2, 7, 7)[0]!.name, switches);
    expect(result.missing).toEqual([]);
    const without = segments.filter((segment) => segment.name !== run(2, 5, 5)[0]!.name);
    expect(contiguity(without, run(1, 3, 3)[0]!.name, run(2, 7, 7)[0]!.name, switches).missing).toEqual([
      run(2, 5, 5)[0]!.name,
    ]);
  });

  it("refuses a timeline that does not descend from the backup's", () => {
    expect(() => contiguity([], run(1, 3, 3)[0]!.name, run(3, 7, 7)[0]!.name)).toThrow(
      /no history of timeline 3/,
    );
  });

  it("refuses a range that ends before it begins", () => {
    expect(() => contiguity([], run(1, 3, 3)[0]!.name, run(1, 2, 2)[0]!.name)).toThrow(RangeError);
  });
});

describe("neededSegments", () => {
  it("names exactly what contiguity then finds complete (property)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 0, max: 30 }),
        fc.option(fc.integer({ min: 0, max: 30 })),
        (from, length, switchAt) => {
          const first = run(1, from, from)[0]!.name;
          const at = from + Math.min(switchAt ?? 0, length);
          const lsn = `${Math.floor(at / 256).toString(16)}/${((at % 256) * 16 * MIB + 100).toString(16)}`;
          const switches = new Map(switchAt === null ? [] : [[2, { parent: 1, lsn }]]);
          const last = run(switchAt === null ? 1 : 2, from + length, from + length)[0]!.name;
          const names = neededSegments(first, last, switches);
          expect(names).toHaveLength(length + 1);
          expect(contiguity(named(...names), first, last, switches)).toMatchObject({
            missing: [],
            duplicate: [],
            needed: length + 1,
            lastContiguous: last,
          });
        },
      ),
    );
  });

  it("follows two switches", () => {
    const switches = new Map([
      [2, { parent: 1, lsn: "0/4800000" }],
      [4, { parent: 2, lsn: "0/6000000" }],
    ]);
    expect(neededSegments(run(1, 3, 3)[0]!.name, run(4, 7, 7)[0]!.name, switches)).toEqual(
      [...run(1, 3, 3), ...run(2, 4, 5), ...run(4, 6, 7)].map((segment) => segment.name),
    );
  });
});

it("reads the parent of a timeline from its history file", () => {
  const text = '1\t0/5000000\tno recovery target specified\n\n2\t0/7800000\tat restore point "x"\n';
  expect(parseHistory(text)).toEqual({ parent: 2, lsn: "0/7800000" });
  expect(parseHistory("")).toBeUndefined();
});

it("finds the last segment of one timeline only", () => {
  const segments = named("000000010000000000000009", "000000020000000000000003", "000000010000000000000002");
  expect(lastSegment(segments, 1)).toBe("000000010000000000000009");
  expect(lastSegment(segments, 3)).toBeUndefined();
});
