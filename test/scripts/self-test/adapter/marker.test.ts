// The gate in front of everything that damages files: both proofs, each shown refusing.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHost } from "../../../../scripts/machine";
import { createFaultInjector } from "../../../../scripts/self-test/adapter/fault-injector";
import { proveOurs, readMarker, writeMarker } from "../../../../scripts/self-test/adapter/marker";
import { user } from "../../machine/accounts";

const host = createHost();
const TOKEN = "the-token";
let base: string;
let ours: { directory: string; token: string };
let outside: string;
let inside: string;

beforeEach(async () => {
  base = mkdtempSync("/tmp/ops-place-");
  chmodSync(base, 0o755);
  ours = { directory: path.join(base, "mine"), token: TOKEN };
  mkdirSync(ours.directory);
  await writeMarker(host, { ...ours, owner: await host.self() });
  inside = path.join(ours.directory, "file");
  outside = path.join(base, "outside");
  for (const file of [inside, outside]) writeFileSync(file, "0123456789");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const refusal = expect.objectContaining({ exit: "proofs" });

describe("proveOurs", () => {
  it("lets a file inside pass, and one that is about to be made", async () => {
    expect(await proveOurs(host, ours, inside)).toBe(inside);
    expect(await proveOurs(host, ours, `${inside}.new`)).toBe(`${inside}.new`);
  });

  it.each([
    ["a file outside", () => outside],
    ["a way out by dots", () => path.join(ours.directory, "..", "outside")],
    ["a file that does not exist, outside", () => path.join(base, "nothing")],
    ["the directory itself", () => ours.directory],
    ["a neighbour whose name begins alike", () => `${ours.directory}-too`],
    [
      "a link that leads out",
      () => {
        symlinkSync(outside, path.join(ours.directory, "link"));
        return path.join(ours.directory, "link");
      },
    ],
    [
      "a directory that is a link out",
      () => {
        symlinkSync(base, path.join(ours.directory, "up"));
        return path.join(ours.directory, "up", "outside");
      },
    ],
  ])("refuses %s", async (_name, file) => {
    await expect(proveOurs(host, ours, file())).rejects.toEqual(refusal);
  });

  it.each([
    ["another token", { token: "of-another-process" }],
    ["a mark written for another directory", { directory: "/somewhere/else" }],
    ["a mark written for a directory that had this name before", { inode: "1" }],
  ])("refuses %s", async (_name, more) => {
    const good = (await readMarker(host, ours.directory))!;
    const text = JSON.stringify({ ...good, ...more });
    await host.writeText(path.join(ours.directory, "self-test.json"), text, { mode: 0o600 });
    await expect(proveOurs(host, ours, inside)).rejects.toEqual(refusal);
  });

  it("refuses a directory without a mark", async () => {
    rmSync(path.join(ours.directory, "self-test.json"));
    expect(await readMarker(host, ours.directory)).toBeUndefined();
    await expect(proveOurs(host, ours, inside)).rejects.toEqual(refusal);
  });
});

describe("the fault injector", () => {
  const injector = () => createFaultInjector({ host, user, ...ours, dataDirectory: "/nowhere" });

  it("damages what is inside", async () => {
    await injector().flipByte(inside);
    expect(readFileSync(inside, "latin1")).toBe("01234\xca6789");
    await injector().truncate(inside);
    expect(readFileSync(inside, "latin1")).toBe("01234");
    await injector().remove(inside);
    expect(await host.exists(inside)).toBe(false);
  });

  it.each(["flipByte", "truncate", "remove", "makePipe"] as const)("%s refuses outside", async (method) => {
    const file = method === "makePipe" ? path.join(base, "pipe") : outside;
    await expect(injector()[method](file)).rejects.toEqual(refusal);
    expect(readFileSync(outside, "utf8")).toBe("0123456789");
    expect(await host.exists(path.join(base, "pipe"))).toBe(false);
  });

  it("replaces nothing outside, and nothing by what is outside", async () => {
    await expect(injector().replace(outside, inside)).rejects.toEqual(refusal);
    await expect(injector().replace(inside, outside)).rejects.toEqual(refusal);
    expect(readFileSync(outside, "utf8")).toBe("0123456789");
  });

  it("touches no repository outside, whatever the copy says of itself", async () => {
    const config = path.join(base, "pgbackrest.conf");
    writeFileSync(config, "repo1-cipher-pass=secret\n");
    const wal = path.join(base, "archive", "learning", "15-1", `${"0".repeat(24)}-${"a".repeat(40)}.zst`);
    mkdirSync(path.dirname(wal), { recursive: true });
    writeFileSync(wal, "wal");
    const copy = {
      directory: base,
      backups: untold,
      platform: { ...untold, backups: { config, stanza: "learning" } },
    };
    const target = copy as unknown as Parameters<ReturnType<typeof injector>["changeKey"]>[0];
    const segment = "0".repeat(24);
    for (const attempt of [
      () => injector().changeKey(target),
      () => injector().forbidWriting(target),
      () => injector().emptyWal(target, segment),
      () => injector().foreignWal(target, segment),
      () => injector().duplicateWal(target, segment),
    ])
      await expect(attempt()).rejects.toEqual(refusal);
    expect(readFileSync(config, "utf8")).toBe("repo1-cipher-pass=secret\n");
    expect(readFileSync(wal, "utf8")).toBe("wal");
    expect(await host.list(path.dirname(wal))).toHaveLength(1);
  });
});

const untold = {};
