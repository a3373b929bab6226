import { execFileSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, OpsError } from "../../../../scripts/core/errors";
import { openLedger } from "../../../../scripts/evidence/adapter";
import { filesOf, fill, outsider, runNode, SOURCES, temporary, unprivileged, VERIFIER } from "./fixture";
import { type Place, placeIn, predicate } from "./place";

const newPlace = (): Place => placeIn(temporary());
const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

const onlyFile = (directory: string): string => path.join(directory, readdirSync(directory)[0]!);

const NOBODY = 65_534;
/** As somebody whom the file system refuses; root is refused nothing. */
async function asNobody<T>(body: () => Promise<T>): Promise<T> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(NOBODY);
  try {
    return await body();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

describe("a ledger", () => {
  it("gives back what was appended, by day in Asia/Shanghai, each naming the one before", async () => {
    const clock = { now: new Date("2026-11-22T15:59:59Z") };
    const place = placeIn(temporary(), clock);
    const ledger = await openLedger(place.options);
    const first = await ledger.append(predicate("backup"));
    clock.now = new Date("2026-11-22T16:00:00Z");
    const second = await ledger.append(predicate("verify"));
    expect([first.file, second.file]).toEqual(["2026-11-22/000001.dsse.json", "2026-11-23/000002.dsse.json"]);
    const again = await openLedger(place.options);
    expect(await again.entries()).toEqual([first, second]);
    expect(second.predicate).toEqual(predicate("verify"));
    expect(await again.verify()).toMatchObject({ entries: 2, problems: [] });
  });

  it("never reopens a day: a clock that went back appends to the last one", async () => {
    const clock = { now: new Date("2026-11-23T04:00:00Z") };
    const place = placeIn(temporary(), clock);
    const ledger = await openLedger(place.options);
    await ledger.append(predicate("a"));
    clock.now = new Date("2026-11-20T04:00:00Z");
    expect((await ledger.append(predicate("b"))).file).toBe("2026-11-23/000002.dsse.json");
    expect((await ledger.verify()).problems).toEqual([]);
  });

  it("that was never used is empty, and reading makes nothing", async () => {
    const place = newPlace();
    const ledger = await openLedger(place.options);
    expect(await ledger.entries()).toEqual([]);
    expect(await ledger.verify()).toMatchObject({ entries: 0, problems: [], key: undefined });
    expect(readdirSync(place.home)).toEqual([]);
  });

  it("that was only prepared is empty and green for both verifiers", async () => {
    const place = newPlace();
    const ledger = await openLedger(place.options);
    await ledger.preflight();
    expect(await ledger.verify()).toMatchObject({ entries: 0, problems: [] });
    expect((await outsider(place)).code).toBe(0);
  });

  it("drops a measurement that is no number rather than writing one that compares as 0", async () => {
    const ledger = await openLedger(newPlace().options);
    const rto = { name: "rto", value: Number.NaN, unit: "s", target: 60 };
    const rpo = { name: "rpo", value: 0, unit: "s" };
    await ledger.append({ ...predicate("drill"), measurements: [rto, rpo] });
    expect((await ledger.entries())[0]?.predicate.measurements).toEqual([rpo]);
  });

  it("gives files and directories the same modes under any umask, and keeps the key to its owner", async () => {
    const place = newPlace();
    const umask = process.umask(0o077);
    try {
      await fill(place, [{ day: "2026-11-23", artifacts: 1 }]);
    } finally {
      process.umask(umask);
    }
    for (const file of filesOf(place))
      expect(`${file} ${modeOf(path.join(place.home, file))}`).toBe(`${file} 644`);
    for (const directory of [
      place.directory,
      `${place.directory}/2026-11-23`,
      `${place.directory}/artifacts`,
    ]) {
      expect(modeOf(directory)).toBe("755");
    }
    const { keys } = place.options;
    expect([keys, `${keys}/ed25519.pem`, place.key].map(modeOf)).toEqual(["700", "600", "644"]);
    expect(readdirSync(keys).sort()).toEqual(["ed25519.pem", "ed25519.pub.pem"]);
  });

  it("verifies thousands of entries in seconds and appends as fast as to an empty one", async () => {
    const place = newPlace();
    execFileSync(process.execPath, [
      "--require",
      SOURCES,
      path.join(__dirname, "forge.ts"),
      place.home,
      "3000",
    ]);
    const ledger = await openLedger(place.options);
    /** Processor seconds: what else the machine does is no business of ours. */
    const timed = async (body: () => Promise<unknown>): Promise<number> => {
      const start = process.cpuUsage();
      await body();
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1e6;
    };
    expect(await timed(() => ledger.append(predicate("one more")))).toBeLessThan(1);
    expect(await timed(async () => expect(await ledger.entries()).toHaveLength(3_001))).toBeLessThan(6);
    expect(await timed(async () => expect((await ledger.verify()).problems).toEqual([]))).toBeLessThan(6);
  }, 120_000);
});

describe("artifacts", () => {
  it("are given back by address, before and after an entry names them, and lie in the ledger only then", async () => {
    const place = newPlace();
    const ledger = await openLedger(place.options);
    const artifact = await ledger.store("报告.html", "text/html", "<p>好</p>");
    expect(artifact).toMatchObject({ name: "报告.html", mediaType: "text/html", bytes: 10 });
    expect((await ledger.load(artifact.sha256)).toString()).toBe("<p>好</p>");
    await ledger.preflight();
    expect(readdirSync(place.directory)).toEqual([]);
    await ledger.append(predicate("drill", [artifact]));
    const again = await openLedger(place.options);
    expect((await again.load(artifact.sha256)).toString()).toBe("<p>好</p>");
    // The same content may belong to a later entry.
    await again.append(predicate("verify", [artifact]));
    expect((await again.verify()).problems).toEqual([]);
  });

  it("that nobody stored cannot be named", async () => {
    const ledger = await openLedger(newPlace().options);
    const lost = { name: "lost", mediaType: "text/plain", sha256: "0".repeat(64), bytes: 1 };
    await expect(ledger.append(predicate("drill", [lost]))).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringMatching(/not in the ledger/),
    });
    expect(await ledger.entries()).toEqual([]);
    await ledger.append(predicate("drill"));
  });

  it("that were altered are neither loaded nor named again", async () => {
    const place = newPlace();
    const ledger = await openLedger(place.options);
    const artifact = await ledger.store("a", "text/plain", "a");
    await ledger.append(predicate("drill", [artifact]));
    writeFileSync(path.join(place.directory, "artifacts", artifact.sha256), "b");
    const again = await openLedger(place.options);
    await expect(again.load(artifact.sha256)).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringMatching(/altered/),
    });
    await expect(again.append(predicate("drill", [artifact]))).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringMatching(/altered/),
    });
    await expect(again.load("f".repeat(64))).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringMatching(/missing/),
    });
  });
});

describe("appending to a damaged ledger", () => {
  it.each([
    ["its last entry was altered", "2026-11-23/000002.dsse.json", "x"],
    ["its last entry is gone", "2026-11-23/000002.dsse.json", undefined],
    ["its day root was altered", "2026-11-23/root.json", "x"],
    ["its day root is gone", "2026-11-23/root.json", undefined],
    ["its head was altered", "../../heads/sandbox.dsse.json", "x"],
    ["its head is gone", "../../heads/sandbox.dsse.json", undefined],
  ])("is refused when %s: nothing changed is signed anew", async (_, file, content) => {
    const place = newPlace();
    const day = { day: "2026-11-23", artifacts: 0 };
    await fill(place, [day, day]);
    const target = path.join(place.directory, file);
    if (content === undefined) rmSync(target);
    else writeFileSync(target, content);
    const ledger = await openLedger(place.options);
    expect((await ledger.verify()).extendable).toBe(false);
    await expect(ledger.append(predicate("more"))).rejects.toMatchObject({
      exit: "evidence",
      todo: expect.stringMatching(/ops evidence verify/),
    });
    expect((await ledger.verify()).extendable).toBe(false);
  });

  it("goes on when the damage lies in the past, and hides nothing", async () => {
    const place = newPlace();
    const day = { day: "2026-11-23", artifacts: 0 };
    await fill(place, [day, day]);
    writeFileSync(path.join(place.directory, "2026-11-23/000001.dsse.json"), "x");
    const ledger = await openLedger(place.options);
    expect(await ledger.verify()).toMatchObject({ extendable: true });
    await ledger.append(predicate("evidence"));
    expect((await ledger.verify()).problems.map((p) => p.place)).toEqual([
      "entry 1 (2026-11-23/000001.dsse.json)",
    ]);
  });
});

describe("preflight", () => {
  it("says so where no directory can be made", async () => {
    const ledger = await openLedger(placeIn("/proc/ops").options);
    await expect(ledger.preflight()).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringMatching(/cannot be written at \/proc\/ops\/.*: no such file or directory/),
    });
  });

  it.each([
    ["the ledger's directory", (place: Place) => place.directory],
    ["the heads' directory", (place: Place) => path.dirname(place.head)],
  ])("refuses %s that cannot be written, and says where and what to do", async (_, which) => {
    const place = newPlace();
    await fill(place, [{ day: "2026-11-23", artifacts: 0 }]);
    for (const directory of [place.home, place.directory, path.dirname(place.head)])
      chmodSync(directory, 0o777);
    if (process.geteuid?.() === 0) execFileSync("chown", ["-R", String(NOBODY), place.home]);
    const closed = which(place);
    chmodSync(closed, 0o555);
    const error = await asNobody(async () =>
      (await openLedger(place.options)).preflight().catch((e: unknown) => e),
    );
    chmodSync(closed, 0o755);
    expect(error).toBeInstanceOf(OpsError);
    expect(error).toMatchObject({ exit: "evidence", message: expect.stringMatching(/permission denied/) });
    expect(error).toMatchObject({ code: EXIT.evidence.code, todo: expect.stringContaining("OPS_HOME") });
    await asNobody(async () => (await openLedger(place.options)).preflight());
  });

  it.each(["evidence", "heads", "keys"])("refuses when %s is a file", async (name) => {
    const place = newPlace();
    writeFileSync(path.join(place.home, name), "");
    const ledger = await openLedger(place.options);
    await expect(ledger.preflight()).rejects.toMatchObject({
      exit: "evidence",
      message: expect.stringMatching(/not a directory/),
    });
  });

  it("leaves a ledger that cannot be written to be verified by whoever may only read", async () => {
    const place = newPlace();
    await fill(place, [{ day: "2026-11-23", artifacts: 1 }]);
    chmodSync(place.home, 0o755);
    chmodSync(place.options.keys, 0o755);
    const found = await asNobody(async () => {
      const ledger = await openLedger(place.options);
      return { verification: await ledger.verify(), entries: await ledger.entries() };
    });
    expect(found).toMatchObject({ verification: { entries: 1, problems: [] }, entries: [{ index: 1 }] });
  });
});

describe("reading", () => {
  it("says so when a file may not be read", async () => {
    const place = newPlace();
    await fill(place, [{ day: "2026-11-23", artifacts: 0 }]);
    for (const directory of [place.home, place.options.keys]) chmodSync(directory, 0o755);
    const entry = path.join(place.directory, "2026-11-23/000001.dsse.json");
    chmodSync(entry, 0o000);
    await asNobody(async () => {
      const ledger = await openLedger(place.options);
      for (const attempt of [() => ledger.entries(), () => ledger.verify()]) {
        await expect(attempt()).rejects.toMatchObject({
          exit: "evidence",
          message: expect.stringMatching(/cannot be read.*permission denied/),
        });
      }
    });
  });
});

describe("the key", () => {
  it("is one key although two processes make it at once", async () => {
    const place = newPlace();
    const places = ["one", "two"].map((name) => ({
      ...place.options,
      name,
      directory: path.join(place.home, name),
    }));
    await Promise.all(places.map(async (options) => (await openLedger(options)).append(predicate("a"))));
    const ledgers = await Promise.all(places.map(openLedger));
    const keys = await Promise.all(ledgers.map(async (ledger) => (await ledger.verify()).key));
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[1]).toBe(keys[0]);
    for (const ledger of ledgers) expect((await ledger.verify()).problems).toEqual([]);
  });

  const root = process.geteuid?.() === 0;
  it.each<[string, (keys: string) => void, RegExp]>([
    ["others may read it", (keys) => chmodSync(`${keys}/ed25519.pem`, 0o644), /others may read it/],
    ["its group may write it", (keys) => chmodSync(`${keys}/ed25519.pem`, 0o620), /others may read it/],
    ["others may enter its directory", (keys) => chmodSync(keys, 0o755), /others may enter it/],
    ["its group may write its directory", (keys) => chmodSync(keys, 0o730), /others may enter it/],
    ["it is a link", (keys) => linkInstead(`${keys}/ed25519.pem`), /it is a link/],
    ["its directory is a link", (keys) => linkInstead(keys), /it is a link/],
    ...(root
      ? ([
          [
            "it is another's",
            (keys) => chownSync(`${keys}/ed25519.pem`, NOBODY, NOBODY),
            /belongs to user 65534/,
          ],
          ["its directory is another's", (keys) => chownSync(keys, NOBODY, NOBODY), /belongs to user 65534/],
        ] satisfies [string, (keys: string) => void, RegExp][])
      : []),
    ["its group may read it", (keys) => chmodSync(`${keys}/ed25519.pem`, 0o640), /others may read it/],
    ["it is gone", (keys) => rmSync(`${keys}/ed25519.pem`), /it is gone/],
    ["it is no key", (keys) => writeFileSync(`${keys}/ed25519.pem`, "x"), /no Ed25519 key/],
    [
      "its public half is another's",
      (keys) => writeFileSync(`${keys}/ed25519.pub.pem`, FOREIGN),
      /not the public half/,
    ],
  ])("is not used when %s", async (_, spoil, message) => {
    const place = newPlace();
    await fill(place, [{ day: "2026-11-23", artifacts: 0 }]);
    spoil(place.options.keys);
    const mode = statSync(place.options.keys).mode;
    const ledger = await openLedger(place.options);
    for (const attempt of [() => ledger.preflight(), () => ledger.append(predicate("b"))]) {
      const error = await attempt().catch((e: unknown) => e);
      expect(error).toMatchObject({ exit: "evidence", message: expect.stringMatching(message) });
      expect((error as OpsError).todo).toMatch(/chmod|chown|put/);
      expect(JSON.stringify([error, (error as OpsError).message])).not.toContain("PRIVATE");
    }
    expect(statSync(place.options.keys).mode).toBe(mode);
  });

  it.each([
    ["stands open", (keys: string) => mkdirSync(keys, { mode: 0o755 })],
    [
      "is a link to another's",
      (keys: string) => {
        mkdirSync(`${keys}-elsewhere`, { mode: 0o700 });
        symlinkSync(`${keys}-elsewhere`, keys);
      },
    ],
  ])("is not even made in a directory that %s", async (_, prepare) => {
    const place = newPlace();
    prepare(place.options.keys);
    const ledger = await openLedger(place.options);
    await expect(ledger.preflight()).rejects.toMatchObject({ exit: "evidence" });
    expect(readdirSync(`${place.options.keys}/`)).toEqual([]);
  });

  it("substituted together with all that it signed is seen where the private half is", async () => {
    const [place, foreign] = [newPlace(), newPlace()];
    for (const one of [place, foreign]) await fill(one, [{ day: "2026-11-23", artifacts: 1 }]);
    rmSync(place.directory, { recursive: true });
    cpSync(foreign.directory, place.directory, { recursive: true });
    for (const file of ["head", "key"] as const) cpSync(foreign[file], place[file]);
    const ledger = await openLedger(place.options);
    expect((await ledger.verify()).problems.map((problem) => problem.place)).toEqual(["public key"]);
    await expect(ledger.entries()).rejects.toMatchObject({
      message: expect.stringMatching(/not the public half/),
    });
    // Nobody else can see it but by the fingerprint, which is printed.
    expect(await outsider(place)).toMatchObject({ code: 0 });
  });

  it("has its public half written again when only that is gone", async () => {
    const place = newPlace();
    const ledger = await fill(place, [{ day: "2026-11-23", artifacts: 0 }]);
    const before = readFileSync(place.key, "utf8");
    rmSync(place.key);
    expect((await ledger.verify()).problems).toEqual([]);
    await ledger.preflight();
    expect(readFileSync(place.key, "utf8")).toBe(before);
    expect(createPublicKey(before).asymmetricKeyType).toBe("ed25519");
  });

  it("must be there to read what was signed", async () => {
    const place = newPlace();
    const ledger = await fill(place, [{ day: "2026-11-23", artifacts: 0 }]);
    rmSync(place.options.keys, { recursive: true });
    for (const attempt of [() => ledger.entries(), () => ledger.verify()]) {
      await expect(attempt()).rejects.toMatchObject({
        exit: "evidence",
        message: expect.stringMatching(/public key|it is missing/),
      });
    }
  });
});

function linkInstead(file: string): void {
  renameSync(file, `${file}.real`);
  symlinkSync(`${file}.real`, file);
}

const FOREIGN = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
`;

describe("an export", () => {
  it("is all that an outsider needs, in a directory of its own", async () => {
    const place = newPlace();
    const ledger = await fill(place, [{ day: "2026-11-23", artifacts: 2 }]);
    const target = path.join(temporary(), "handover");
    const files = await ledger.exportTo(target);
    expect(files).toEqual([
      "README.md",
      "ed25519.pub.pem",
      "head.dsse.json",
      "ledger",
      "verify-evidence.mjs",
    ]);
    const [, command = ""] =
      /^ {4}node (.*)$/m.exec(readFileSync(path.join(target, "README.md"), "utf8")) ?? [];
    expect(execFileSync(process.execPath, command.split(" "), { cwd: target }).toString()).toMatch(
      /verdict {2}green/,
    );
    expect(readdirSync(target, { recursive: true }).join()).not.toContain("ed25519.pem");
  });

  it.each<[string, (place: Place) => string]>([
    ["holds something", (place) => place.home],
    ["lies in the ledger", (place) => path.join(place.directory, "copy")],
    ["is a file", (place) => place.head],
  ])("is refused where the directory %s", async (_, target) => {
    const place = newPlace();
    const ledger = await fill(place, [{ day: "2026-11-23", artifacts: 0 }]);
    const before = filesOf(place);
    await expect(ledger.exportTo(target(place))).rejects.toMatchObject({ exit: "directory" });
    expect(filesOf(place)).toEqual(before);
  });
});

describe("verify-evidence.mjs", () => {
  it("prints what it is for, what it found and one line for each entry", async () => {
    const place = newPlace();
    await fill(place, [
      { day: "2026-11-21", artifacts: 0 },
      { day: "2026-11-23", artifacts: 1 },
    ]);
    const { stdout, code } = await outsider(place, "--list");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^1 {2}2026-11-23T04:00:00.000Z {2}sandbox\/sandbox {2}job-0 {2}pass {2}[0-9a-f]{64}$/m,
    );
    expect(stdout).toMatch(/^entries {2}2, 2026-11-21 to 2026-11-23$/m);
    expect(stdout).toMatch(/^head {5}2 entries of ledger sandbox, signed 2026-11-23T04:00:00.000Z$/m);
    expect(await outsider(place, "--help")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Exit codes"),
    });
  });

  it("says why head and key are needed, and refuses to go without", async () => {
    const place = newPlace();
    await fill(place, [{ day: "2026-11-23", artifacts: 0 }]);
    const cases: [string[], RegExp][] = [
      [[place.directory, "--key", place.key], /--head is required: without it, entries cut off/],
      [[place.directory, "--head", place.head], /--key is required: without it, replacement/],
      [["--head", place.head, "--key", place.key], /one ledger directory/],
      [[`${place.directory}x`, "--head", place.head, "--key", place.key], /cannot read .*: ENOENT/],
      [[place.directory, "--head", place.head, "--key", place.head], /./],
      [[place.directory, "--head", place.head, "--key", place.key, "--fast"], /fast/],
    ];
    for (const [args, message] of cases) {
      const run = await runNode([VERIFIER, ...args]);
      expect({ args, code: run.code }).toEqual({ args, code: 2 });
      expect(run.stderr).toMatch(message);
    }
  });

  it.each<[what: string, hidden: (place: Place) => string]>([
    ["an entry", ({ directory }) => path.join(directory, "2026-11-23/000001.dsse.json")],
    ["a day's root", ({ directory }) => path.join(directory, "2026-11-23/root.json")],
    ["a day", ({ directory }) => path.join(directory, "2026-11-23")],
    ["an artifact", ({ directory }) => onlyFile(path.join(directory, "artifacts"))],
    ["the whole ledger", ({ directory }) => directory],
    ["the head", ({ head }) => head],
    ["the key", ({ key }) => key],
    ["an older head", ({ home }) => path.join(home, "earlier.json")],
  ])("cannot tell where %s may not be read, and says so in one line", async (_, hidden) => {
    const place = newPlace();
    await fill(place, [{ day: "2026-11-23", artifacts: 1 }]);
    const earlier = path.join(place.home, "earlier.json");
    cpSync(place.head, earlier);
    const args = [place.directory, "--head", place.head, "--key", place.key, "--earlier", earlier];
    expect(await unprivileged([VERIFIER, ...args])).toMatchObject({ code: 0 });
    const file = hidden(place);
    const { mode } = statSync(file);
    chmodSync(file, 0);
    const said = await unprivileged([VERIFIER, ...args]);
    chmodSync(file, mode);
    expect(said.code).toBe(2);
    // What cannot be listed is named itself; what lies in a directory that cannot be entered, by its own name.
    expect(said.stderr).toMatch(new RegExp(`^cannot read ${file}\\S*: EACCES\n$`));
  });

  it("holds a ledger against an older head: growth is right, another past is not", async () => {
    const place = newPlace();
    await fill(place, [
      { day: "2026-11-21", artifacts: 0 },
      { day: "2026-11-22", artifacts: 0 },
    ]);
    const kept = path.join(temporary(), "head-of-2026-11-22.json");
    cpSync(place.head, kept);
    await fill(place, [{ day: "2026-11-23", artifacts: 1 }]);
    expect(await outsider(place, "--earlier", kept)).toMatchObject({ code: 0 });
    // Whoever has the key can write another past that is sound in itself.
    rmSync(place.directory, { recursive: true });
    rmSync(place.head);
    await fill(
      place,
      [1, 2, 3].map((i) => ({ day: `2026-11-2${i}`, artifacts: 1 })),
    );
    expect(await outsider(place)).toMatchObject({ code: 0 });
    expect(await outsider(place, "--earlier", kept)).toMatchObject({
      code: 1,
      places: [`earlier head ${kept}`],
    });
  });
});
