// Which timelines a position lies in the past of, and which of an archive the source may have taken.
import { describe, expect, it } from "vitest";
import { descends, lineage, showTimeline } from "../../../scripts/backup/timelines";

const switches = new Map([
  [2, { parent: 1, lsn: "0/5000000" }],
  [3, { parent: 1, lsn: "0/9000000" }],
  [5, { parent: 3, lsn: "0/C000000" }],
  // A history that names a parent of which there is no history, and one that goes round.
  [7, { parent: 6, lsn: "0/D000000" }],
  [8, { parent: 9, lsn: "0/D000000" }],
  [9, { parent: 8, lsn: "0/D000000" }],
]);

describe("descends", () => {
  it.each([
    [1, "0/3000000", 1, true],
    [1, "0/3000000", 2, true],
    [1, "0/5000000", 2, true],
    [1, "0/5000001", 2, false],
    [1, "0/8000000", 3, true],
    [1, "0/8000000", 5, true],
    [3, "0/B000000", 5, true],
    [3, "0/C000001", 5, false],
    [2, "0/6000000", 5, false],
    [5, "0/6000000", 3, false],
    [1, "0/3000000", 7, false],
    [1, "0/3000000", 8, false],
  ])("from %i at %s to %i: %s", (timeline, lsn, to, expected) => {
    expect(descends(to, { timeline, lsn }, switches)).toBe(expected);
  });
});

describe("lineage", () => {
  const seen = { timeline: 1, lsn: "0/8000000" };
  it("takes the source at its word, and every timeline beside its past for another's", () => {
    expect(lineage({ seen, because: "the source's own", now: true }, switches)).toMatchObject({
      timeline: 1,
      others: [2, 3, 5, 7, 8, 9],
      doubtful: [],
    });
    expect(
      lineage({ seen: { timeline: 5, lsn: "0/C000001" }, because: "", now: true }, switches).others,
    ).toEqual([2, 7, 8, 9]);
  });
  it("doubts what left later than the source was last seen, and nothing that left before", () => {
    expect(lineage({ seen, because: "", now: false }, switches).doubtful).toEqual([3, 5]);
    const later = { timeline: 1, lsn: "0/9000001" };
    expect(lineage({ seen: later, because: "", now: false }, switches).doubtful).toEqual([]);
  });
});

it("a timeline is shown with where it began", () => {
  expect(showTimeline(2, switches)).toBe("timeline 2, which left 1 at 0/5000000");
  expect(showTimeline(1, switches)).toBe("timeline 1");
});
