import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Archive, onPath, route, runOf } from "../../../scripts/coverage/timeline-path";
import { backup, lsn, name, range, SEGMENT_BYTES } from "./history";

function archive(segments: readonly string[], switches: Archive["switches"] = new Map()): Archive {
  const listed = segments.map((segment) => ({ name: segment, bytes: 1 }));
  return { id: "15-1", segments: listed, switches, segmentBytes: SEGMENT_BYTES };
}
const runs = (from: Archive, followed = 1): string[] =>
  route(from, followed).runs.map(({ first, last }) => `${first}…${last}`);

describe("runs", () => {
  it.each([
    ["in one piece across a log boundary", range(250, 260), ["250…260"]],
    ["in any order", [7, 5, 6], ["5…7"]],
    ["cut where one is missing", [5, 6, 8, 9], ["5…6", "8…9"]],
    ["cut where one is stored twice", [5, 6, 7, 6], ["5…5", "7…7"]],
    ["none", [], []],
  ])("%s", (_, numbers, expected) => {
    expect(runs(archive(numbers.map((n) => name(n))))).toEqual(expected);
  });

  it("hold every sound segment exactly once, and no two of them touch", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(600), { maxLength: 60 }), (numbers) => {
        const found = route(archive(numbers.map((n) => name(n))), 1).runs;
        expect(found.flatMap(({ segments }) => segments.map((segment) => segment.name)).sort()).toEqual(
          numbers.map((n) => name(n)).sort(),
        );
        for (const [i, next] of found.slice(1).entries())
          expect(next.first).toBeGreaterThan(found[i]!.last + 1n);
      }),
    );
  });
});

describe("timelines", () => {
  const both = new Map([
    [2, { parent: 1, lsn: lsn(10) }],
    [3, { parent: 2, lsn: lsn(20) }],
  ]);
  const segments = [
    ...range(5, 14).map((n) => name(n)),
    ...range(10, 24).map((n) => name(n, 2)),
    ...range(20, 30).map((n) => name(n, 3)),
  ];

  it("lead to the one followed; what was written to one after it was left is not on the path", () => {
    const found = route(archive(segments, both), 3);
    expect(runs(archive(segments, both), 3)).toEqual(["5…30"]);
    expect([9, 10, 19, 20].map((n) => found.nameOf(BigInt(n)))).toEqual([
      name(9),
      name(10, 2),
      name(19, 2),
      name(20, 3),
    ]);
    expect(found.switches.map(({ segment, before }) => [segment, before])).toEqual([
      [name(10, 2), name(9)],
      [name(20, 3), name(19, 2)],
    ]);
  });

  it.each([
    ["a lower one", 1, ["5…14"], []],
    ["one in between", 2, ["5…24"], [2]],
    ["one that nothing was archived of yet", 4, ["5…14"], [4]],
  ])("whatever their numbers, others are not followed: %s", (_, followed, expected, switched) => {
    const known = new Map([...both, [4, { parent: 1, lsn: lsn(15) }] as const]);
    expect(runs(archive(segments, known), followed)).toEqual(expected);
    expect(route(archive(segments, known), followed).switches.map(({ child }) => child)).toEqual(switched);
  });

  it("a backup of an abandoned branch is off the path; one before it is on", () => {
    const found = route(archive(segments, both), 3);
    expect(onPath(backup(8), found)).toBe(true);
    expect(onPath(backup(12), found)).toBe(false);
    expect(runOf(backup(12), found)).toBeUndefined();
    expect(runOf(backup(8), found)?.last).toBe(30n);
  });

  it("a history that names itself as its parent sends nobody round in circles", () => {
    expect(route(archive(segments, new Map([[3, { parent: 3, lsn: lsn(20) }]])), 3).switches).toEqual([]);
  });
});

it("a backup whose own WAL is incomplete has no run", () => {
  const found = route(archive([5, 6, 8].map((n) => name(n))), 1);
  expect(runOf({ ...backup(6), stopSegment: name(8) }, found)).toBeUndefined();
  expect(runOf(backup(7), found)).toBeUndefined();
});
