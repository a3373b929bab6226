// An append that is killed at any step leaves a ledger that the next opening makes whole, and nothing else behind.
import { createPublicKey } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../../../../scripts/evidence/adapter";
import { exportLedger } from "../../../../scripts/evidence/adapter/export";
import { ledgerFiles } from "../../../../scripts/evidence/adapter/layout";
import { verifyLedger } from "../../../../scripts/evidence/adapter/verify";
import type { Ledger } from "../../../../scripts/evidence/port";
import { self } from "../../../../scripts/machine/identity";
import { expectAllAppend, fill, outsider, temporary, verdicts, writer } from "./fixture";
import { type Place, placeIn, predicate } from "./place";

const COMMIT = "rename /heads/sandbox.pending/entry.json";
const HEAD = "rename /heads/sandbox.dsse.json";

/** What a kill before each step of one append leaves, in order. */
async function killedAtEachStep(home: string, job: string): Promise<{ step: string; place: Place }[]> {
  const copies = temporary();
  const killed = await writer(home, job, 1, `copy ${copies}`);
  expect(killed.signal).toBe("SIGKILL");
  const count = readdirSync(copies).filter((name) => name.endsWith(".step")).length;
  return Array.from({ length: count }, (_, i) => ({
    step: readFileSync(`${copies}/${i + 1}.step`, "utf8"),
    place: placeIn(`${copies}/${i + 1}`),
  }));
}

/** Found by both verifiers where they lie; nothing is finished before they look. */
async function found(place: Place): Promise<{ places: string[]; waiting: string | undefined }> {
  const publicKey = createPublicKey(readFileSync(place.key));
  const ours = await verifyLedger(ledgerFiles(place.options), publicKey);
  const theirs = await outsider(place);
  const [, waiting] = /^waiting {2}(.*) is signed and not counted/m.exec(theirs.stdout) ?? [];
  expect({ places: theirs.places, code: theirs.code, waiting }).toEqual({
    places: ours.problems.map((problem) => problem.place).sort(),
    code: ours.problems.length > 0 ? 1 : 0,
    waiting: ours.interrupted,
  });
  expect(theirs.stdout).toMatch(new RegExp(`^entries {2}${ours.entries}\\b`, "m"));
  expect(theirs.stdout).toContain(`root     ${ours.root}`);
  return { places: theirs.places, waiting };
}

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
    "%s that is killed before any of its steps has happened entirely or not at all, and is no alteration",
    async (_, earlier) => {
      const home = temporary();
      for (const job of earlier) await (await openLedger(placeIn(home).options)).append(predicate(job));
      const killed = await killedAtEachStep(home, "b");
      const steps = killed.map(({ step }) => step);
      expect(steps).toContain(COMMIT);
      const [commit, head] = [steps.indexOf(COMMIT), steps.lastIndexOf(HEAD)];
      const entry = earlier.length + 1;
      for (const [index, { step, place }] of killed.entries()) {
        // Whoever looks before the next writer. Of a ledger that never had a head nobody can say that it never had more.
        const { places, waiting } = await found(place);
        expect(places, step).toEqual(existsSync(place.head) ? [] : ["head"]);
        const onItsWay = index > commit && index <= head;
        expect(waiting, step).toBe(
          onItsWay ? `entry ${entry} (2026-11-23/00000${entry}.dsse.json)` : undefined,
        );
        const expected = [...earlier, ...(index > commit ? ["b-0"] : [])];
        const ledger = await openLedger(place.options);
        expect(
          (await ledger.entries()).map(({ predicate: { job } }) => job),
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
    expect((await found(place)).places).toContain("waiting entry");
    writeFileSync(pending, "{");
    await expect(ledger.append(predicate("b"))).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringMatching(/entry\.json/),
    });
    expect((await found(place)).places).toContain("waiting entry");
    expect(await ledger.entries()).toEqual([]);
  });
});

describe("an entry that waits excuses nothing but itself", () => {
  const DAY = "evidence/sandbox/2026-11-23";
  const WAITING = "heads/sandbox.pending/entry.json";
  /** Three entries, and a fourth that is placed and counted by the day's root but not by the head. */
  let killed: { step: string; place: Place }[];
  beforeAll(async () => {
    const home = temporary();
    await fill(placeIn(home), [
      { day: "2026-11-21", artifacts: 1 },
      { day: "2026-11-23", artifacts: 0 },
      { day: "2026-11-23", artifacts: 1 },
    ]);
    killed = await killedAtEachStep(home, "b");
  });
  /** A copy of what a kill before this step left. */
  const killedBefore = (step: string): { place: Place; in: (name: string) => string } => {
    const from = killed.find((one) => one.step === step)!.place.home;
    const home = temporary();
    cpSync(from, home, { recursive: true });
    return { place: placeIn(home), in: (name) => path.join(home, name) };
  };
  const ENTRY_4 = `rename /${DAY}/000004.dsse.json`;
  const ROOT = `rename /${DAY}/root.json`;
  type At = ReturnType<typeof killedBefore>;
  const remove = (name: string) => (at: At) => rmSync(at.in(name));
  const swap = (name: string, content: (at: At) => string) => (at: At) =>
    writeFileSync(at.in(name), content(at));
  const waitingAs = (at: At, change: object): string =>
    JSON.stringify({ ...(JSON.parse(readFileSync(at.in(WAITING), "utf8")) as object), ...change });

  it.each<[string, string, (at: At) => void, string[]]>([
    ["the last entry that counts is cut off", ENTRY_4, remove(`${DAY}/000003.dsse.json`), ["entry 3 "]],
    ["so it is, once the day's root counts the next", HEAD, remove(`${DAY}/000003.dsse.json`), ["entry 3 "]],
    [
      "the last two that count are cut off",
      ENTRY_4,
      (at) => rmSync(at.in(DAY), { recursive: true }),
      ["entries 2 to 3"],
    ],
    ["the day's root is removed", ROOT, remove(`${DAY}/root.json`), ["day root "]],
    ["an artifact of one that counts is removed", HEAD, removeArtifactOf(1), ["artifact "]],
    [
      "an artifact is planted",
      HEAD,
      swap(`evidence/sandbox/artifacts/${"ab".repeat(32)}`, () => "x"),
      ["artifact "],
    ],
    ["it is placed otherwise than it waits", HEAD, swap(`${DAY}/000004.dsse.json`, () => "{}"), ["entry 4 "]],
    [
      "it is one that counts already",
      ROOT,
      swap(WAITING, (at) =>
        waitingAs(at, { envelope: readFileSync(at.in(`${DAY}/000002.dsse.json`), "utf8") }),
      ),
      ["waiting entry", "day root "],
    ],
    [
      "its day is over",
      ENTRY_4,
      swap(WAITING, (at) => waitingAs(at, { date: "2026-11-22" })),
      ["waiting entry"],
    ],
    ["it is gone", ROOT, remove(WAITING), ["day root "]],
  ])("%s", async (_, step, damage, expected) => {
    const at = killedBefore(step);
    expect((await found(at.place)).places).toEqual([]);
    damage(at);
    const { places } = await found(at.place);
    for (const start of expected) expect(places).toContainEqual(expect.stringMatching(`^${start}`));
  });

  it("nor does it hide that a head which was kept saw more", async () => {
    const { place } = killedBefore(ROOT);
    const later = killed.find(({ step }) => step.startsWith("remove "))!.place.head;
    expect((await outsider(place, "--earlier", later)).places).toEqual([`earlier head ${later}`]);
  });

  function removeArtifactOf(index: number): (at: At) => void {
    return (at) => {
      const file = at.in(`evidence/sandbox/2026-11-21/00000${index}.dsse.json`);
      const { payload } = JSON.parse(readFileSync(file, "utf8")) as { payload: string };
      const { subject } = JSON.parse(Buffer.from(payload, "base64").toString()) as {
        subject: { digest: { sha256: string } }[];
      };
      rmSync(at.in(`evidence/sandbox/artifacts/${subject[0]!.digest.sha256}`));
    };
  }

  it("is exported with the ledger, where it could not be finished", async () => {
    const { place } = killedBefore(HEAD);
    const target = path.join(temporary(), "export");
    await exportLedger(ledgerFiles(place.options), target);
    const exported = {
      ...place,
      directory: path.join(target, "ledger"),
      head: path.join(target, "head.dsse.json"),
    };
    const told = await outsider({ ...exported, key: path.join(target, "ed25519.pub.pem") });
    expect(told).toMatchObject({ code: 0, places: [] });
    expect(told.stdout).toContain("waiting  entry 4 ");
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
    await fill(place, [{ day: "2026-11-23", artifacts: 1 }]);
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
  it("all succeed, and nothing is left of their waiting", () => expectAllAppend(6, 3), 120_000);
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
