// The digest that a kept report depends on: content of what is named, names of everything, and nothing that is gone.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { treeAt } from "../../../scripts/check/adapter/tree";

let root: string;
const write = (file: string, text: string): void => {
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
};
const digest = (): string => treeAt(root).digest(["stacks", "scripts/plan"]);

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "ops-tree-"));
  write("stacks/a.ts", "1");
  write("scripts/plan/b.ts", "2");
  write("scripts/other/c.ts", "3");
});
afterEach(() => rmSync(root, { recursive: true }));

it("changes with what is named and with which files there are, not with the content of others", () => {
  const before = digest();
  write("scripts/other/c.ts", "changed");
  expect(digest()).toBe(before);
  write("scripts/plan/b.ts", "changed");
  const after = digest();
  expect(after).not.toBe(before);
  write("scripts/other/d.ts", "");
  expect(digest()).not.toBe(after);
});

it("is not the same for one file as for two whose names and contents it holds", () => {
  write("stacks/a.ts", "1\0stacks/b.ts\u00002");
  const one = digest();
  write("stacks/a.ts", "1");
  write("stacks/b.ts", "2");
  expect(digest()).not.toBe(one);
});

it("refuses a path that is gone: nothing of it could ever change the digest", () => {
  rmSync(path.join(root, "scripts/plan"), { recursive: true });
  write("scripts/planning/b.ts", "2");
  expect(digest).toThrow(/scripts\/plan: no such file or folder/);
});
