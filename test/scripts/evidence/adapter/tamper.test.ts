// Whatever is done to a ledger or its head is seen, at the file that was changed, by both verifiers alike.
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../../../../scripts/evidence/adapter";
import { filesOf, fill, placeOf, temporary, verdicts } from "./fixture";
import { type Place, placeIn } from "./place";

const ENTRIES = [
  { day: "2026-11-21", artifacts: 2 },
  { day: "2026-11-21", artifacts: 0 },
  { day: "2026-11-21", artifacts: 1 },
  { day: "2026-11-23", artifacts: 0 },
  { day: "2026-11-23", artifacts: 1 },
];

const D1 = "evidence/sandbox/2026-11-21";
const D2 = "evidence/sandbox/2026-11-23";
const HEAD = "heads/sandbox.dsse.json";

/** The ledger as it was after each entry, so that older states can be put back. */
const states: Place[] = [];
beforeAll(async () => {
  for (const [index] of ENTRIES.entries()) {
    const next = placeIn(temporary());
    const before = states.at(-1);
    if (before) cpSync(before.home, next.home, { recursive: true });
    await fill(next, ENTRIES.slice(index, index + 1));
    states.push(next);
  }
});

function copy(): { place: Place; at: (file: string) => string; older: (file: string, back: number) => void } {
  const place = placeIn(temporary());
  cpSync(states.at(-1)!.home, place.home, { recursive: true });
  const at = (file: string): string => path.join(place.home, file);
  const older = (file: string, back: number): void =>
    cpSync(path.join(states.at(-1 - back)!.home, file), at(file));
  return { place, at, older };
}

function swap(a: string, b: string): void {
  const [first, second] = [readFileSync(a), readFileSync(b)];
  writeFileSync(a, second);
  writeFileSync(b, first);
}

type Mutation = [name: string, mutate: (world: ReturnType<typeof copy>) => void, places: string[]];

function edit(file: string, change: (text: string) => string): (world: ReturnType<typeof copy>) => void {
  return ({ at }) => writeFileSync(at(file), change(readFileSync(at(file), "utf8")));
}

/** Changes the spare bits of the last base64 character before the padding: it decodes to the same bytes. */
function spareBits(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return text.replace(/([A-Za-z0-9+/])==/, (_, last: string) => `${alphabet[alphabet.indexOf(last) ^ 1]}==`);
}

const ENTRY = (index: number, day: string): string => `${day}/00000${index}.dsse.json`;
const MUTATIONS: Mutation[] = [
  ["nothing", () => {}, []],
  ["white space in an entry", edit(ENTRY(2, D1), (text) => text.replace(",", ", ")), [placeOf(ENTRY(2, D1))]],
  ["white space in the last entry", edit(ENTRY(5, D2), (text) => `${text}\n`), [placeOf(ENTRY(5, D2))]],
  ["spare bits of a signature", edit(ENTRY(5, D2), spareBits), [placeOf(ENTRY(5, D2))]],
  [
    "a second key in an entry",
    edit(ENTRY(1, D1), (text) => text.replace("{", '{"x":1,')),
    [placeOf(ENTRY(1, D1))],
  ],
  ["no final newline in a root", edit(`${D1}/root.json`, (text) => text.trimEnd()), ["day root 2026-11-21"]],
  ["white space in the head", edit(HEAD, (text) => ` ${text}`), ["head"]],
  ["an entry emptied", edit(ENTRY(3, D1), () => ""), [placeOf(ENTRY(3, D1))]],
  ["JSON that is no envelope", edit(ENTRY(3, D1), () => "null"), [placeOf(ENTRY(3, D1))]],
  ["a removed entry", ({ at }) => rmSync(at(ENTRY(2, D1))), [placeOf(ENTRY(2, D1))]],
  ["a removed last entry", ({ at }) => rmSync(at(ENTRY(5, D2))), [placeOf(ENTRY(5, D2))]],
  ["a removed root", ({ at }) => rmSync(at(`${D2}/root.json`)), ["day root 2026-11-23"]],
  ["a removed head", ({ at }) => rmSync(at(HEAD)), ["head"]],
  ["a removed first day", ({ at }) => rmSync(at(D1), { recursive: true }), ["entries 1 to 3"]],
  ["a removed last day", ({ at }) => rmSync(at(D2), { recursive: true }), ["entries 4 to 5"]],
  [
    "everything removed",
    ({ at }) => {
      rmSync(at("evidence/sandbox"), { recursive: true });
      mkdirSync(at("evidence/sandbox"));
    },
    ["entries 1 to 5"],
  ],
  ["removed artifacts", ({ at }) => rmSync(at("evidence/sandbox/artifacts"), { recursive: true }), []],
  [
    "a truncation by one entry and its root",
    ({ at, older }) => {
      older(`${D2}/root.json`, 1);
      rmSync(at(ENTRY(5, D2)));
    },
    [placeOf(ENTRY(5, D2))],
  ],
  ["an older root", ({ older }) => older(`${D2}/root.json`, 1), ["day root 2026-11-23"]],
  ["an older head", ({ older }) => older(HEAD, 1), ["head"]],
  [
    "two entries swapped",
    ({ at }) => swap(at(ENTRY(1, D1)), at(ENTRY(3, D1))),
    [1, 3].map((i) => placeOf(ENTRY(i, D1))),
  ],
  [
    "two roots swapped",
    ({ at }) => swap(at(`${D1}/root.json`), at(`${D2}/root.json`)),
    ["day root 2026-11-21", "day root 2026-11-23"],
  ],
  [
    "a day under another date",
    ({ at }) => renameSync(at(D2), at("evidence/sandbox/2026-11-24")),
    ["day root 2026-11-24"],
  ],
  [
    "an entry copied to the end",
    ({ at }) => cpSync(at(ENTRY(2, D1)), at(ENTRY(6, D2))),
    [placeOf(ENTRY(6, D2))],
  ],
  ["a file in a day", ({ at }) => writeFileSync(at(`${D1}/notes.txt`), "x"), ["file 2026-11-21/notes.txt"]],
  [
    "an index with one more zero",
    ({ at }) => cpSync(at(ENTRY(1, D1)), at(`${D1}/0000001.dsse.json`)),
    ["file 2026-11-21/0000001.dsse.json"],
  ],
  ["a file at the top", ({ at }) => writeFileSync(at("evidence/sandbox/\u001b[2J"), "x"), ["file ?[2J"]],
  ["a directory in a day", ({ at }) => mkdirSync(at(`${D1}/more`)), ["file 2026-11-21/more"]],
  ["a directory at the top", ({ at }) => mkdirSync(at("evidence/sandbox/more")), ["file more"]],
  [
    "an artifact that nobody names",
    ({ at }) => writeFileSync(at(`evidence/sandbox/artifacts/${"ab".repeat(32)}`), "x"),
    [`artifact artifacts/${"ab".repeat(32)}`],
  ],
  [
    "a link instead of an entry",
    ({ at, place }) => {
      renameSync(at(ENTRY(2, D1)), path.join(place.home, "elsewhere"));
      symlinkSync(path.join(place.home, "elsewhere"), at(ENTRY(2, D1)));
    },
    ["file 2026-11-21/000002.dsse.json"],
  ],
];

/** The same in place of something that is a file or a directory. */
const MISFITS: [string, (world: ReturnType<typeof copy>) => string][] = [
  ["an entry", () => ENTRY(2, D1)],
  ["a root", () => `${D1}/root.json`],
  ["an artifact", ({ place }) => filesOf(place).find((file) => file.includes("/artifacts/"))!],
];

describe("tampering", () => {
  it.each(MISFITS)("by a directory instead of %s: found by both verifiers", async (_, file) => {
    const world = copy();
    const target = file(world);
    rmSync(world.at(target));
    mkdirSync(world.at(target));
    const inside = target.replace("evidence/sandbox/", "");
    expect(await verdicts(world.place)).toEqual([placeOf(target), `file ${inside}`].sort());
  });

  it("by a file instead of the artifacts, or of a day: found by both verifiers", async () => {
    const world = copy();
    const artifacts = filesOf(world.place).filter((file) => file.includes("/artifacts/"));
    for (const directory of ["evidence/sandbox/artifacts", D2]) {
      rmSync(world.at(directory), { recursive: true });
      writeFileSync(world.at(directory), "");
    }
    const expected = ["entries 4 to 5", "file 2026-11-23", "file artifacts", ...artifacts.map(placeOf)];
    expect(await verdicts(world.place)).toEqual(expected.sort());
  });

  it.each(MUTATIONS)("%s: found by both verifiers in the same places", async (name, mutate, places) => {
    const world = copy();
    const artifacts = filesOf(world.place).filter((file) => file.includes("/artifacts/"));
    mutate(world);
    const expected = name === "removed artifacts" ? artifacts.map(placeOf) : places;
    expect(await verdicts(world.place)).toEqual([...expected].sort());
  });

  it("is seen when the key is another one: everything that is signed is blamed", async () => {
    const world = copy();
    const foreign = placeIn(temporary());
    await fill(foreign, ENTRIES.slice(0, 1));
    cpSync(foreign.key, world.place.key);
    expect((await verdicts(world.place)).length).toBe(5 + 2 + 1);
  });

  it("stops `entries`, which names the place", async () => {
    const world = copy();
    edit(ENTRY(2, D1), (text) => `${text} `)(world);
    const ledger = await openLedger(world.place.options);
    await expect(ledger.entries()).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringContaining(placeOf(ENTRY(2, D1))),
    });
  });

  it.each([
    ["an entry in the middle", (w: ReturnType<typeof copy>) => rmSync(w.at(ENTRY(2, D1)))],
    ["the last entry", (w: ReturnType<typeof copy>) => rmSync(w.at(ENTRY(5, D2)))],
    ["the last day", (w: ReturnType<typeof copy>) => rmSync(w.at(D2), { recursive: true })],
    ["the head", (w: ReturnType<typeof copy>) => rmSync(w.at(HEAD))],
    [
      "everything but the head",
      (w: ReturnType<typeof copy>) => rmSync(w.at("evidence/sandbox"), { recursive: true }),
    ],
  ])("stops `entries` when %s is gone", async (_, mutate) => {
    const world = copy();
    mutate(world);
    const ledger = await openLedger(world.place.options);
    await expect(ledger.entries()).rejects.toMatchObject({ exit: "evidence" });
  });

  it("of any file, at any byte, by edit, removal or swap: found exactly where it happened", async () => {
    const day = fc.constantFrom("2026-11-20", "2026-11-21", "2026-11-22");
    const entry = fc.record({ day, artifacts: fc.nat(2) });
    const operation = fc.constantFrom("flip", "insert", "delete", "remove", "swap");
    const where = fc.record({
      operation,
      file: fc.nat(),
      other: fc.nat(),
      offset: fc.nat(),
      bits: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 4 }), where, async (entries, how) => {
        const place = placeIn(temporary());
        await fill(place, entries);
        const files = filesOf(place);
        const file = files[how.file % files.length]!;
        const at = path.join(place.home, file);
        const bytes = readFileSync(at);
        const offset = how.offset % bytes.length;
        const touched = [placeOf(file)];
        if (how.operation === "flip") {
          bytes[offset] = bytes[offset]! ^ how.bits;
          writeFileSync(at, bytes);
        } else if (how.operation === "insert") {
          writeFileSync(
            at,
            Buffer.concat([bytes.subarray(0, offset), Buffer.of(how.bits), bytes.subarray(offset)]),
          );
        } else if (how.operation === "delete") {
          writeFileSync(at, Buffer.concat([bytes.subarray(0, offset), bytes.subarray(offset + 1)]));
        } else if (how.operation === "remove") rmSync(at);
        else {
          const other = files[(how.file + 1 + (how.other % (files.length - 1))) % files.length]!;
          swap(at, path.join(place.home, other));
          touched.push(placeOf(other));
        }
        const found = await verdicts(place);
        expect(found.length).toBeGreaterThan(0);
        // Of two files that were swapped, an artifact is only judged while the entry that names it can be read.
        for (const one of found) expect(touched).toContain(one);
        if (touched.length === 1) expect(found).toEqual(touched);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
