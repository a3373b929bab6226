import { lstatSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createHost } from "../../../scripts/machine";
import { user } from "./accounts";

const host = createHost();
const base = mkdtempSync(path.join(tmpdir(), "ops-files-"));
const at = (...parts: string[]): string => path.join(base, ...parts);
const modeOf = (place: string): string => (statSync(place).mode & 0o777).toString(8);
afterAll(() => rmSync(base, { recursive: true }));

describe("directories", () => {
  it("are made with parents that the account can pass, whatever the umask", async () => {
    const umask = process.umask(0o077);
    try {
      await host.makeDirectory(at("a/b/c"), { user, mode: 0o700 });
    } finally {
      process.umask(umask);
    }
    expect(["a", "a/b", "a/b/c"].map((place) => modeOf(at(place)))).toEqual(["755", "755", "700"]);
    const { stdout } = await host.run("stat", ["-c", "%U", at("a/b/c"), at("a")]);
    expect(stdout).toBe(`${user}\n${user}\n`);
  });

  it("that exist keep what is not asked for", async () => {
    await host.makeDirectory(at("kept"), { mode: 0o711 });
    await host.makeDirectory(at("kept"));
    expect(modeOf(at("kept"))).toBe("711");
  });

  it("are listed in order", async () => {
    await host.makeDirectory(at("listed/b"));
    await host.makeDirectory(at("listed/a"));
    expect(await host.list(at("listed"))).toEqual(["a", "b"]);
  });

  it("are removed with all they hold, but not what they point to; a missing one is gone already", async () => {
    writeFileSync(at("precious"), "");
    await host.makeDirectory(at("removed/deep"));
    symlinkSync(at("precious"), at("removed/link"));
    await host.removeTree(at("removed"));
    await host.removeTree(at("removed"));
    expect(await host.exists(at("removed"))).toBe(false);
    expect(await host.exists(at("precious"))).toBe(true);
  });
});

describe("files", () => {
  it("are written whole, with owner and mode, and nothing is left beside them", async () => {
    await host.makeDirectory(at("written"));
    await host.writeText(at("written/file"), "one");
    await host.writeText(at("written/file"), "two 二", { user, mode: 0o600 });
    expect(await host.readText(at("written/file"))).toBe("two 二");
    expect(modeOf(at("written/file"))).toBe("600");
    expect(readdirSync(at("written"))).toEqual(["file"]);
  });

  it("that cannot be put in place leave nothing beside either", async () => {
    await host.makeDirectory(at("taken/file/child"));
    await expect(host.writeText(at("taken/file"), "text")).rejects.toThrow();
    expect(readdirSync(at("taken"))).toEqual(["file"]);
  });
});

describe("a file that the user named", () => {
  it("is written with its directory, and read", async () => {
    await host.writeOutput(at("output/new/page.html"), "<p>");
    expect(await host.readInput(at("output/new/page.html"))).toBe("<p>");
    expect(readdirSync(at("output/new"))).toEqual(["page.html"]);
  });

  it("is written through a link, which stays", async () => {
    await host.writeOutput(at("output/real"), "one");
    symlinkSync(at("output/real"), at("output/link"));
    await host.writeOutput(at("output/link"), "two");
    expect(await host.readText(at("output/real"))).toBe("two");
    expect(lstatSync(at("output/link")).isSymbolicLink()).toBe(true);
  });

  it.each([
    ["below a file", "precious/x", "directory", "a part of the path is not a directory"],
    ["in the place of a directory", "written", "directory", "it is a directory"],
    ["where nothing can be made", "/proc/ops/x", "directory", "no such file or directory"],
  ])("%s is refused, not an error of ours", async (_, place, exit, reason) => {
    const file = path.resolve(base, place);
    await expect(host.writeOutput(file, "x")).rejects.toMatchObject({
      exit,
      message: `${file} cannot be written: ${reason}`,
    });
  });

  it.each([
    ["is not there", "nowhere", "no such file or directory"],
    ["is a directory", "written", "it is a directory"],
    ["lies below a file", "precious/x", "a part of the path is not a directory"],
  ])("and %s cannot be read", async (_, place, reason) => {
    await expect(host.readInput(at(place))).rejects.toMatchObject({
      exit: "usage",
      message: `${at(place)} cannot be read: ${reason}`,
    });
    const pieces = host.readPieces(at(place))[Symbol.asyncIterator]();
    await expect(pieces.next()).rejects.toMatchObject({
      exit: "usage",
      message: `${at(place)} cannot be read: ${reason}`,
    });
  });

  it("comes in pieces however long it is", async () => {
    const text = "wörds ".repeat(500_000);
    await host.writeOutput(at("output/long.txt"), text);
    const pieces: Buffer[] = [];
    for await (const piece of host.readPieces(at("output/long.txt"))) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.concat(pieces).toString()).toBe(text);
  });
});

describe("free space", () => {
  it("is that of the nearest directory that exists", async () => {
    const [here, later] = await Promise.all([host.freeBytes(base), host.freeBytes(at("not/yet"))]);
    expect(here).toBeGreaterThan(0);
    expect(Math.abs(here - later)).toBeLessThan(2 ** 30);
  });
});
