// What the holder of the key writes and signs: a claim that its own parts do not bear out is seen by both verifiers alike.
import { execFileSync } from "node:child_process";
import { cpSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { overall } from "../../../../scripts/core/evidence";
import { openLedger } from "../../../../scripts/evidence/adapter";
import { fill, outsider, temporary, verdicts } from "./fixture";
import { type Json, type Lie, rewrite } from "./liar";
import { type Place, placeIn, predicate } from "./place";

let template: Place;
beforeAll(async () => {
  template = placeIn(temporary());
  await fill(template, [
    { day: "2026-11-21", artifacts: 0 },
    { day: "2026-11-21", artifacts: 2 },
    { day: "2026-11-23", artifacts: 1 },
  ]);
});

function told(lie: Lie): Place {
  const place = placeIn(temporary());
  cpSync(template.home, place.home, { recursive: true });
  rewrite(place, lie);
  return place;
}

const DAYS = ["2026-11-21", "2026-11-21", "2026-11-23"];
const ENTRY = (index: number): string => `entry ${index} (${DAYS[index - 1]}/00000${index}.dsse.json)`;

/** Changes the claim of the second entry. */
const claim = (change: (claim: Json) => void): Lie => ({
  claim: (value, index) => {
    if (index === 2) change(value);
  },
});
/** Changes the text of the second statement; equal text would be no lie. */
const text = (change: (json: string) => string | Buffer): Lie => ({
  payload: (bytes, index) => (index === 2 ? Buffer.from(change(bytes.toString())) : bytes),
});
const check = (verdict: string): Json => ({ name: "content", verdict, detail: "" });

type Case = [name: string, lie: Lie, places: string[]];
const CASES: Case[] = [
  ["nothing", {}, []],
  ["a pass over a failed check", claim((c) => (c.checks as Json[]).push(check("fail"))), [ENTRY(2)]],
  [
    "a pass over a check that cannot tell",
    claim((c) => (c.checks as Json[]).push(check("inconclusive"))),
    [ENTRY(2)],
  ],
  ["a pass over no check at all", claim((c) => Object.assign(c, { checks: [] })), [ENTRY(2)]],
  [
    "a pass over checks that do not apply",
    claim((c) => Object.assign(c, { checks: [check("not-applicable")] })),
    [ENTRY(2)],
  ],
  ["a failure over checks that passed", claim((c) => Object.assign(c, { verdict: "fail" })), [ENTRY(2)]],
  [
    "a doubt over checks that passed",
    claim((c) => Object.assign(c, { verdict: "inconclusive" })),
    [ENTRY(2)],
  ],
  ["an unknown verdict", claim((c) => Object.assign(c, { verdict: "passed" })), [ENTRY(2)]],
  ["no verdict", claim((c) => delete c.verdict), [ENTRY(2)]],
  ["an unknown verdict of a check", claim((c) => (c.checks as Json[]).push(check("skipped"))), [ENTRY(2)]],
  [
    "not-applicable as a whole",
    claim((c) => Object.assign(c, { verdict: "not-applicable", checks: [] })),
    [ENTRY(2)],
  ],
  [
    "an end before the beginning",
    claim((c) => Object.assign(c, { finished: "2026-11-23T03:59:59.999Z" })),
    [ENTRY(2)],
  ],
  ["an instant that is none", claim((c) => Object.assign(c, { finished: "yesterday" })), [ENTRY(2)]],
  [
    "an instant without its zone",
    claim((c) => Object.assign(c, { finished: "2026-11-23T04:00:00" })),
    [ENTRY(2)],
  ],
  ["another environment's evidence", claim((c) => Object.assign(c, { environment: "prod" })), [ENTRY(2)]],
  [
    "an artifact outside the ledger",
    claim((c) => Object.assign((c.artifacts as Json[])[0]!, { sha256: "../../../../etc/passwd" })),
    [ENTRY(2)],
  ],
  ["a list instead of facts", claim((c) => Object.assign(c, { facts: [] })), [ENTRY(2)]],
  ["a check that is nothing", claim((c) => Object.assign(c, { checks: [null] })), [ENTRY(2)]],
  [
    "a claim that is nothing",
    { statement: (s, i) => i === 2 && Object.assign(s, { predicate: null }) },
    [ENTRY(2)],
  ],
  ["a part more", { statement: (s, i) => i === 2 && Object.assign(s, { note: "green" }) }, [ENTRY(2)]],
  [
    "a verdict twice",
    text((json) => json.replace('"verdict":"pass"', '"verdict":"fail","verdict":"pass"')),
    [ENTRY(2)],
  ],
  [
    "a predicate twice",
    text((json) => json.replace('"predicate":{', '"predicate":{},"predicate":{')),
    [ENTRY(2)],
  ],
  ["a fact twice", text((json) => json.replace('"facts":{', '"facts":{"label":"a",')), [ENTRY(2)]],
  [
    "an escaped name twice",
    text((json) => json.replace('"verdict":"pass"', '"v\\u0065rdict":"fail","verdict":"pass"')),
    [ENTRY(2)],
  ],
  ["bytes behind the end", text((json) => `${json}\n`), [ENTRY(2)]],
  ["another value behind the end", text((json) => `${json}{}`), [ENTRY(2)]],
  ["a mark of byte order", text((json) => `\ufeff${json}`), [ENTRY(2)]],
  ["nothing but a number", text(() => "1"), [ENTRY(2)]],
  ["nesting without end", text(() => "[".repeat(100_000)), [ENTRY(2)]],
  [
    "bytes that are no UTF-8",
    {
      payload: (bytes, i) =>
        i === 2 ? Buffer.from(bytes.toString("latin1").replace("test", "t\xffst"), "latin1") : bytes,
    },
    [ENTRY(2)],
  ],
  ["a head of another ledger", { head: (h) => Object.assign(h, { ledger: "prod" }) }, ["head"]],
  ["a head with another root", { head: (h) => Object.assign(h, { root: "ab".repeat(32) }) }, ["head"]],
  ["a head with other subtrees", { head: (h) => (h.peaks as string[]).reverse() }, ["head"]],
  [
    "a head with another last day",
    { head: (h) => Object.assign(h.day as Json, { date: "2026-11-22" }) },
    ["head"],
  ],
  ["a head with another last entry", { head: (h) => Object.assign(h, { last: "ab".repeat(32) }) }, ["head"]],
  ["a head that counts no number", { head: (h) => Object.assign(h, { count: "3" }) }, ["head"]],
  ["a head that says more", { head: (h) => Object.assign(h, { note: "" }) }, ["head"]],
  ["a head signed at no time", { head: (h) => Object.assign(h, { at: "" }) }, ["head"]],
  [
    "a head that counts twice",
    { headPayload: (b) => Buffer.from(b.toString().replace('"count":3', '"count":2,"count":3')) },
    ["head"],
  ],
  [
    "roots that count more than a day can hold",
    { root: (r) => Object.assign(r, { count: 1e12 }) },
    ["day root 2026-11-21", "day root 2026-11-23"],
  ],
  [
    "roots that say more",
    { root: (r) => Object.assign(r, { note: "" }) },
    ["day root 2026-11-21", "day root 2026-11-23"],
  ],
];

describe("a signed lie", () => {
  it.each(CASES)("%s: found by both verifiers in the same places", async (_, lie, places) => {
    expect(await verdicts(told(lie))).toEqual(places);
  });

  it("is not read by jobs either: an entry with a false verdict puts nothing in force", async () => {
    const place = told(claim((c) => Object.assign(c, { verdict: "fail" })));
    const ledger = await openLedger(place.options);
    await expect(ledger.entries()).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringContaining(ENTRY(2)),
    });
  });

  it("about the ledger is seen: one environment's, put in the place of another's, with its own head", async () => {
    const place = placeIn(temporary());
    cpSync(template.home, place.home, { recursive: true });
    const other = {
      ...place,
      directory: path.join(path.dirname(place.directory), "prod"),
      head: path.join(path.dirname(place.head), "prod.dsse.json"),
    };
    cpSync(place.directory, other.directory, { recursive: true });
    cpSync(place.head, other.head);
    other.options = { ...place.options, directory: other.directory };
    expect(await verdicts(other)).toEqual([...[1, 2, 3].map(ENTRY), "head"]);
    const ledger = await openLedger(other.options);
    await expect(ledger.entries()).rejects.toMatchObject({ exit: "evidence" });
    // Under a name that is no environment's, the head says whose it is, unless the reader says it himself.
    const copy = { ...place, directory: path.join(place.home, "handed-over") };
    cpSync(place.directory, copy.directory, { recursive: true });
    expect(await outsider(copy)).toMatchObject({ code: 0 });
    expect(await outsider(copy, "--ledger", "prod")).toMatchObject({ code: 1 });
  });

  it("as an earlier head of another, still empty ledger is seen", async () => {
    const place = placeIn(temporary());
    cpSync(template.home, place.home, { recursive: true });
    const options = { ...place.options, directory: path.join(place.home, "evidence", "prod") };
    await (await openLedger(options)).preflight();
    const earlier = path.join(path.dirname(place.head), "prod.dsse.json");
    expect(await outsider(place, "--earlier", earlier)).toMatchObject({
      code: 1,
      places: [`earlier head ${earlier}`],
    });
  });

  it("of any value, anywhere in a claim or the head: both verifiers say the same of it", async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(
        "pass",
        "fail",
        "inconclusive",
        "not-applicable",
        "2026-11-23T04:00:00.000Z",
        "sandbox",
      ),
    );
    const where = fc.record({
      seed: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      value,
      remove: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("claim", "head", "root"), where, async (part, how) => {
        const lie: Lie =
          part === "claim" ? claim((c) => change(c, how)) : { [part]: (v: Json) => change(v, how) };
        await verdicts(told(lie));
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it("of a verdict: found whatever the checks are, unless they give it", async () => {
    const verdict = fc.constantFrom("pass", "fail", "inconclusive", "error", "PASS", "");
    const checks = fc.array(fc.constantFrom("pass", "fail", "inconclusive", "not-applicable").map(check), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(verdict, checks, async (said, given) => {
        const found = await verdicts(told(claim((c) => Object.assign(c, { verdict: said, checks: given }))));
        const honest = overall(given as never) === said;
        expect(found).toEqual(honest ? [] : [ENTRY(2)]);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  const COVER = "isolation-no-way-out";
  it.each<[coveredBy: unknown, honest: "pass" | "inconclusive" | "none"]>([
    [undefined, "inconclusive"],
    [COVER, "pass"],
    ["content", "inconclusive"],
    ["__proto__", "inconclusive"],
    ["", "inconclusive"],
    [[COVER], "none"],
    [[[COVER]], "none"],
    [[], "none"],
    [{ [COVER]: true }, "none"],
    [null, "none"],
    [true, "none"],
    [0, "none"],
  ])("of a cover that is %j: only a name covers, and only what may", async (coveredBy, honest) => {
    const sms = { name: "isolation-sms", verdict: "inconclusive", detail: "", coveredBy };
    const checks = [{ name: COVER, verdict: "pass", detail: "" }, sms];
    for (const verdict of ["pass", "inconclusive"] as const) {
      const found = await verdicts(told(claim((c) => Object.assign(c, { verdict, checks }))));
      expect(found).toEqual(verdict === honest ? [] : [ENTRY(2)]);
    }
  });

  it.each(["seconds", "target"])("of %s that are no number: both verifiers say so", async (name) => {
    const measured = { name: "rto", value: 1, unit: "s" };
    for (const value of ["1", [1], null, {}]) {
      const part =
        name === "seconds"
          ? { checks: [{ ...check("pass"), seconds: value }] }
          : { measurements: [{ ...measured, target: value }] };
      expect(await verdicts(told(claim((c) => Object.assign(c, part))))).toEqual([ENTRY(2)]);
    }
  });

  it("in the spelling: found wherever in the text it is", async () => {
    const spelling = fc.constantFrom(" ", "\t", "\n", "\u0000", "{}", ",", "name");
    await fc.assert(
      fc.asyncProperty(spelling, fc.nat(), async (more, at) => {
        const lie = text((json) => {
          // Before a member of an object, never within a text.
          const seams = [...json.matchAll(/(?<=[{,])("[a-z_]+":)/gi)];
          const { index, 1: name } = seams[at % seams.length]!;
          return json.slice(0, index) + (more === "name" ? `${name}0,` : more) + json.slice(index);
        });
        expect(await verdicts(told(lie))).toEqual([ENTRY(2)]);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

/** Sets or removes what the numbers lead to. */
function change(target: Json, how: { seed: readonly number[]; value: unknown; remove: boolean }): void {
  const [step, ...rest] = how.seed;
  const names = Object.keys(target);
  const name = names[step! % Math.max(1, names.length)];
  if (name === undefined) return;
  const inner = target[name];
  if (rest.length > 0 && typeof inner === "object" && inner !== null)
    change(inner as Json, { ...how, seed: rest });
  else if (how.remove && !Array.isArray(target)) delete target[name];
  else target[name] = how.value;
}

it("is seen although a pipe stands in the place of an entry: nobody waits for what it says", async () => {
  const place = placeIn(temporary());
  cpSync(template.home, place.home, { recursive: true });
  const file = path.join(place.directory, "2026-11-21/000002.dsse.json");
  rmSync(file);
  execFileSync("mkfifo", [file]);
  expect(await verdicts(place)).toEqual([ENTRY(2), "file 2026-11-21/000002.dsse.json"]);
}, 20_000);

it("is seen although a link to itself stands there", async () => {
  const place = placeIn(temporary());
  cpSync(template.home, place.home, { recursive: true });
  const file = path.join(place.directory, "2026-11-21/000002.dsse.json");
  rmSync(file);
  symlinkSync(file, file);
  expect(await verdicts(place)).toEqual([ENTRY(2), "file 2026-11-21/000002.dsse.json"]);
});

it("is not signed: a job's claim that no verifier would believe is refused before it is written", async () => {
  const place = placeIn(temporary());
  const ledger = await openLedger(place.options);
  await expect(ledger.append({ ...predicate("verify"), verdict: "fail" })).rejects.toThrow(
    /its verdict is fail/,
  );
  await expect(ledger.append({ ...predicate("verify"), environment: "prod" })).rejects.toThrow(
    /environment prod/,
  );
  expect(await ledger.entries()).toEqual([]);
  await ledger.append(predicate("verify"));
  expect(await verdicts(place)).toEqual([]);
});
