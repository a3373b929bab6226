// The roster: what its loader refuses, and that no hour without somebody can hide from `uncovered`.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duties, onDuty, uncovered, withoutRest } from "../../../policies/service/on-call";
import { loadRoster, type Roster } from "../../../policies/service/roster";
import { problemsOf, ROOT, read, repository } from "../repository";

const FILE = "policies/service/roster.yaml";
const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);
const week = { from: at("2026-11-23T00:00:00+08:00"), to: at("2026-11-30T00:00:00+08:00") };

const small = (changes: Partial<Roster> = {}): Roster => ({
  ...loadRoster(ROOT),
  shifts: [
    { name: "day", from: "08:00", to: "20:00" },
    { name: "night", from: "20:00", to: "08:00" },
  ],
  rotation: { from: "2026-11-02", days: 7, turns: [{ day: ["a"], night: ["b"] }] },
  absences: [],
  ...changes,
});

describe("the roster", () => {
  it("is read, covers the coming year and lets everybody rest", () => {
    const roster = loadRoster(ROOT);
    const year = { from: week.from, to: week.from + 365 * 24 * HOUR };
    expect(uncovered(roster, year)).toEqual([]);
    expect(withoutRest(roster, year, 11)).toEqual([]);
  });

  it.each([
    ["an unknown role", "roles: [service-lead]", "roles: [service-leed]", 'unknown name "service-leed"'],
    ["an unknown person", "[zhao-lei, wang-fang]", "[zhao-ley, wang-fang]", 'did you mean "zhao-lei"?'],
    [
      "a shift that nobody takes",
      "{ day: [zhao-lei, wang-fang], night",
      "{ noon: [zhao-lei], night",
      "nobody stands in day",
    ],
    [
      "a phone number",
      "phone: kms:roster-phone-chen-jing",
      "phone: '13800000000'",
      "never the number itself",
    ],
    ["a private key", 'signingKeys: ["ssh-ed25519', 'signingKeys: ["-----BEGIN', "as ssh-keygen writes it"],
    [
      "an account of two people",
      "- name: chen-jing\n    fullName: 陈静\n",
      "- name: chen-jing\n    github: Same\n    fullName: 陈静\n",
      "the account stands twice",
    ],
    [
      "an account with an @",
      "fullName: 陈静",
      "fullName: 陈静\n    github: '@chen'",
      "an account on GitHub, without @",
    ],
    ["a day that does not exist", "from: 2026-11-02", "from: 2026-11-31", "there is no day 2026-11-31"],
    [
      "an absence that ends before it begins",
      "absences: []",
      "absences: [{ person: li-ming, from: 2026-12-02, to: 2026-12-01 }]",
      "2026-12-01 is before",
    ],
  ])("refuses %s", (_, before, after, message) => {
    // One person has an account, so that another can claim it.
    const text = read(FILE).replace("- name: li-ming\n", "- name: li-ming\n    github: same\n");
    expect(text).toContain(before);
    const root = repository({ [FILE]: text.replace(before, after) });
    expect(problemsOf(() => loadRoster(root)).join("\n")).toContain(message);
  });

  it("refuses one key for two people", () => {
    const text = read(FILE);
    const [first = "", second = ""] = [...text.matchAll(/AAAAC3\S+/g)].map(([key]) => key);
    const root = repository({ [FILE]: text.replace(second, first) });
    expect(problemsOf(() => loadRoster(root))).toHaveLength(2);
  });
});

describe("who answers", () => {
  it.each([
    ["2026-11-23T08:00:00+08:00", ["a"]],
    ["2026-11-23T19:59:59+08:00", ["a"]],
    ["2026-11-23T20:00:00+08:00", ["b"]],
    ["2026-11-24T07:59:59+08:00", ["b"]],
    ["2026-11-01T12:00:00+08:00", []],
  ])("at %s", (instant, people) => {
    expect(onDuty(small(), new Date(instant))).toEqual(people);
  });

  it("takes turns in a circle", () => {
    const roster = small({
      rotation: {
        from: "2026-11-02",
        days: 7,
        turns: [
          { day: ["a"], night: ["b"] },
          { day: ["c"], night: ["d"] },
        ],
      },
    });
    const noon = (day: string) => onDuty(roster, new Date(`${day}T12:00:00+08:00`));
    expect([noon("2026-11-02"), noon("2026-11-08"), noon("2026-11-09"), noon("2026-11-16")]).toEqual([
      ["a"],
      ["a"],
      ["c"],
      ["a"],
    ]);
  });

  it("names the hours that an absence leaves open, and none with a stand-in", () => {
    const away = { person: "a", from: "2026-11-24", to: "2026-11-25" };
    expect(uncovered(small({ absences: [away] }), week)).toEqual([
      { from: at("2026-11-24T08:00:00+08:00"), to: at("2026-11-24T20:00:00+08:00") },
      { from: at("2026-11-25T08:00:00+08:00"), to: at("2026-11-25T20:00:00+08:00") },
    ]);
    expect(uncovered(small({ absences: [{ ...away, standIn: "c" }] }), week)).toEqual([]);
    const both = [
      { ...away, standIn: "c" },
      { person: "c", from: "2026-11-25", to: "2026-11-25" },
    ];
    expect(uncovered(small({ absences: both }), week)).toHaveLength(1);
  });

  it("sees somebody who would stand day and night", () => {
    const roster = small({
      rotation: { from: "2026-11-02", days: 7, turns: [{ day: ["a"], night: ["a"] }] },
    });
    expect(withoutRest(roster, week, 11).length).toBeGreaterThan(7);
    expect(withoutRest(small(), week, 11)).toEqual([]);
  });

  it("agrees with asking every minute, whatever the shifts", () => {
    const time = fc
      .integer({ min: 0, max: 47 })
      .map((half) => `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 ? "30" : "00"}`);
    const shift = fc.record({ from: time, to: time });
    fc.assert(
      fc.property(
        fc.array(shift, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 9 }),
        (times, day) => {
          const shifts = times.map((each, index) => ({ name: `s${index}`, ...each }));
          const turn = Object.fromEntries(shifts.map(({ name }) => [name, [name]]));
          const roster = small({ shifts, rotation: { from: "2026-11-23", days: 1, turns: [turn, {}] } });
          const from = at("2026-11-22T00:00:00+08:00") + day * 5 * HOUR;
          const stretch = { from, to: from + 30 * HOUR };
          const gaps = uncovered(roster, stretch);
          for (let minute = from; minute < stretch.to; minute += HOUR / 2) {
            const open = gaps.some((gap) => gap.from <= minute && minute < gap.to);
            expect(open).toBe(onDuty(roster, new Date(minute)).length === 0);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("gives each shift once a day", () => {
    expect(duties(small(), week)).toHaveLength(15);
  });
});
