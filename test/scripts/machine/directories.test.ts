// Directories are made like `mkdir -p` makes them, and what cannot be made is said at once.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDirectories } from "../../../scripts/machine/directories";

const base = mkdtempSync(path.join(tmpdir(), "ops-directories-"));
const at = (...names: string[]): string => path.join(base, ...names);
beforeAll(() => {
  writeFileSync(at("file"), "");
  symlinkSync(at("nowhere"), at("dangling"));
  mkdirSync(at("real"));
  symlinkSync(at("real"), at("link"));
});
afterAll(() => rmSync(base, { recursive: true }));

it("makes what is missing, outermost first, and leaves what is there", () => {
  const names = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 5 }), (places) => {
      const root = mkdtempSync(at("tree-"));
      const there = new Set<string>();
      for (const place of places) {
        const wanted = place.map((_, index) => path.join(root, ...place.slice(0, index + 1)));
        expect(makeDirectories(path.join(root, ...place), 0o750)).toEqual(
          wanted.filter((one) => !there.has(one)),
        );
        for (const one of wanted) there.add(one);
      }
      for (const one of there) expect(statSync(one).mode & 0o777).toBe(0o750);
    }),
  );
});

it("goes through a link to a directory", () => {
  expect(makeDirectories(at("link", "x"))).toEqual([at("link", "x")]);
  expect(readdirSync(at("real"))).toEqual(["x"]);
});

describe("refuses at once", () => {
  it.each([
    ["a directory that the kernel does not let anybody make", "/proc/ops", "ENOENT"],
    ["one further below it", "/proc/ops/a/b", "ENOENT"],
    ["the name of a file", at("file"), "EEXIST"],
    ["a directory below a file", at("file", "x", "y"), "ENOTDIR"],
    ["a link to nothing", at("dangling"), "EEXIST"],
    ["a directory below a link to nothing", at("dangling", "x"), "EEXIST"],
  ])("%s", (_, place, code) => {
    expect(() => makeDirectories(place)).toThrow(expect.objectContaining({ code }));
  });
});
