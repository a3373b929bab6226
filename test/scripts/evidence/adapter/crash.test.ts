// An append that is killed at any step leaves a ledger that the next opening makes whole, and nothing else behind.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openLedger } from "../../../../scripts/evidence/adapter";
import type { Ledger } from "../../../../scripts/evidence/port";
import { self } from "../../../../scripts/machine/identity";
import { outsider, temporary, verdicts, writer } from "./fixture";
import { type Place, placeIn, predicate } from "./place";

/** The steps of an append to this ledger, in order, without the home directory. */
async function stepsOf(place: Place): Promise<string[]> {
  const seen: string[] = [];
  const onStep = (step: string): void => void seen.push(step.replace(place.home, ""));
  const ledger = await openLedger({ ...place.options, onStep });
  await ledger.append(predicate("x", [await ledger.store("report.txt", "text/plain", "report")]));
  return seen;
}

const COMMIT = "rename /heads/sandbox.pending/entry.json";

async function expectWhole(place: Place, jobs: readonly string[]): Promise<void> {
  const ledger = await openLedger(place.options);
  expect((await ledger.entries()).map((entry) => entry.predicate.job)).toEqual(jobs);
  expect(await ledger.verify()).toMatchObject({ entries: jobs.length, problems: [], extendable: true });
  expect(await outsider(place)).toMatchObject({ code: 0, places: [] });
  expect(readdirSync(path.dirname(place.head))).toEqual(["sandbox.dsse.json"]);
}

describe("an append", () => {
  it.each([
    ["into nothing", []],
    ["after another", ["a-0"]],
  ])(
    "%s that is killed before any of its steps has happened entirely or not at all",
    async (_, earlier) => {
      const template = placeIn(temporary());
      for (const job of earlier) await (await openLedger(template.options)).append(predicate(job));
      const copy = (): Place => {
        const place = placeIn(temporary());
        cpSync(template.home, place.home, { recursive: true });
        return place;
      };
      const steps = await stepsOf(copy());
      expect(steps).toContain(COMMIT);
      for (const [index, step] of steps.entries()) {
        const place = copy();
        const killed = await writer(place.home, "b", 1, String(index + 1));
        expect(killed.signal, step).toBe("SIGKILL");
        // Whoever looks before the next writer: what was on its way is no stranger, and no day that lacks its root.
        const { places } = await outsider(place);
        expect(
          places.filter((name) => /^file |\.tmp/.test(name)),
          step,
        ).toEqual([]);
        if (index <= steps.indexOf(COMMIT))
          expect(
            places.filter((name) => name !== "head"),
            step,
          ).toEqual([]);
        const expected = [...earlier, ...(index > steps.indexOf(COMMIT) ? ["b-0"] : [])];
        const ledger = await openLedger(place.options);
        expect(
          (await ledger.entries()).map((entry) => entry.predicate.job),
          step,
        ).toEqual(expected);
        await ledger.append(predicate("after"));
        await expectWhole(place, [...expected, "after"]);
      }
    },
    120_000,
  );

  it("that cannot be finished stays where it is, and neither reading nor verifying is kept from working", async () => {
    const place = placeIn(temporary());
    await writer(place.home, "a", 1);
    await writer(place.home, "b", 1, "rename /evidence/sandbox/2026-11-23/000002.dsse.json");
    const entry = path.join(place.directory, "2026-11-23/000002.dsse.json");
    writeFileSync(entry, "somebody else's");
    const ledger = await openLedger(place.options);
    await expect(ledger.append(predicate("c"))).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringContaining("000002"),
    });
    expect(readFileSync(entry, "utf8")).toBe("somebody else's");
    expect((await ledger.entries()).map(({ index }) => index)).toEqual([1]);
    expect((await ledger.verify()).problems.map((problem) => problem.place)).toContain(
      "entry 2 (2026-11-23/000002.dsse.json)",
    );
    rmSync(entry);
    const whole = await openLedger(place.options);
    expect((await whole.entries()).map(({ index }) => index)).toEqual([1, 2]);
  });

  it("whose waiting entry was changed is not let in", async () => {
    const place = placeIn(temporary());
    await writer(place.home, "a", 1, "rename /evidence/sandbox/2026-11-23/000001.dsse.json");
    const pending = path.join(path.dirname(place.head), "sandbox.pending/entry.json");
    writeFileSync(pending, readFileSync(pending, "utf8").replace("eyJ", "eyK"));
    const ledger = await openLedger(place.options);
    await expect(ledger.append(predicate("b"))).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringMatching(/interrupted entry 1/),
    });
    writeFileSync(pending, "{");
    await expect(ledger.append(predicate("b"))).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringMatching(/entry\.json/),
    });
    expect(await ledger.entries()).toEqual([]);
  });
});

describe("what killed writers left", () => {
  const LEFT = [
    "preflight.tmp",
    "2026-11-23/000001.dsse.json.tmp",
    "2026-11-23/root.json.tmp",
    `artifacts/${"ab".repeat(32)}.tmp`,
  ];
  const plant = async (): Promise<Place> => {
    const place = placeIn(temporary());
    await writer(place.home, "a", 1);
    for (const name of LEFT) writeFileSync(path.join(place.directory, name), "{");
    mkdirSync(path.join(place.directory, "2026-11-24"));
    return place;
  };

  it("is no alarm for either verifier, and counts as nothing", async () => {
    const place = await plant();
    expect(await verdicts(place)).toEqual([]);
    expect(await (await openLedger(place.options)).entries()).toHaveLength(1);
  });

  it.each<[string, (ledger: Ledger) => Promise<unknown>]>([
    ["appends", (ledger) => ledger.append(predicate("b"))],
    ["only makes sure that it could", (ledger) => ledger.preflight()],
  ])("is removed by the next writer, although it %s", async (_, write) => {
    const place = await plant();
    await write(await openLedger(place.options));
    expect(
      readdirSync(place.directory, { recursive: true }).filter((name) => /tmp/.test(String(name))),
    ).toEqual([]);
    expect(await verdicts(place)).toEqual([]);
  });

  it.each([
    "notes.tmp",
    "2026-11-23/000001.dsse.json.tmp.tmp",
    "2026-11-23/1.dsse.json.tmp",
    "2026-11-24.tmp",
    `artifacts/${"AB".repeat(32)}.tmp`,
    "2026-11-23/.tmp",
  ])("is told from anything else: %s is an alarm and stays", async (name) => {
    const place = await plant();
    writeFileSync(path.join(place.directory, name), "");
    expect(await verdicts(place)).toEqual([`file ${name}`]);
    await (await openLedger(place.options)).preflight();
    expect(await verdicts(place)).toEqual([`file ${name}`]);
  });

  it("of a key is removed when its writer is dead, and left while that lives", async () => {
    const place = await plant();
    const { keys } = place.options;
    const draft = (pid: number, start: string): string =>
      `ed25519.pem.draft~${hostname()}~${pid}~${encodeURIComponent(start)}~0f-1`;
    const living = await self();
    const [dead, alive] = [draft(living.pid, "earlier:1"), draft(living.pid, living.startTime)];
    for (const name of [dead, alive]) writeFileSync(path.join(keys, name), "", { mode: 0o600 });
    await (await openLedger(place.options)).preflight();
    expect(readdirSync(keys).sort()).toEqual(["ed25519.pem", alive, "ed25519.pub.pem"].sort());
  });
});

describe("many processes appending at once", () => {
  it("all succeed: twenty of them, three times each, and nothing is left of their waiting", async () => {
    const place = placeIn(temporary());
    const names = Array.from({ length: 20 }, (_, i) => `w${i}`);
    const runs = await Promise.all(names.map((name) => writer(place.home, name, 3)));
    expect(runs.filter(({ code, signal, stderr }) => code !== 0 || signal || stderr)).toEqual([]);
    const jobs = (await (await openLedger(place.options)).entries()).map((entry) => entry.predicate.job);
    expect(jobs.sort()).toEqual(names.flatMap((name) => [0, 1, 2].map((i) => `${name}-${i}`)).sort());
    expect(await verdicts(place)).toEqual([]);
    expect(readdirSync(path.dirname(place.head))).toEqual(["sandbox.dsse.json"]);
  }, 120_000);
});

describe("two processes appending at once", () => {
  it("both succeed, and the chain is intact", async () => {
    const place = placeIn(temporary());
    const [a, b] = await Promise.all([writer(place.home, "a", 12), writer(place.home, "b", 12)]);
    expect([a.stderr, b.stderr]).toEqual(["", ""]);
    const ledger = await openLedger(place.options);
    const jobs = (await ledger.entries()).map((entry) => entry.predicate.job);
    for (const name of ["a", "b"]) {
      expect(jobs.filter((job) => job.startsWith(name))).toEqual(
        Array.from({ length: 12 }, (_, i) => `${name}-${i}`),
      );
    }
    expect(await ledger.verify()).toMatchObject({ entries: 24, problems: [] });
    expect((await outsider(place)).code).toBe(0);
  }, 60_000);
});
