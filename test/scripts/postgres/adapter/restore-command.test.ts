// The command does what recovery expects of it when a real shell runs it, whatever the directory is called.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { restoreCommand } from "../../../../scripts/postgres/adapter/restore-command";

const FILE = "000000010000000000000003";
let place: string;
beforeAll(() => {
  place = mkdtempSync("/tmp/opsr-");
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** What PostgreSQL does before it hands the command to a shell (BuildRestoreCommand). */
function replaced(command: string, to: string): string {
  return command.replace(/%([%fpr])/g, (_, letter: string) =>
    letter === "%" ? "%" : letter === "f" ? FILE : letter === "p" ? to : "0",
  );
}

function recover(name: string): void {
  const directory = path.join(place, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, FILE), name);
  const to = path.join(place, "RECOVERYXLOG");
  execFileSync("/bin/sh", ["-c", replaced(restoreCommand(directory), to)], { cwd: place });
  expect(readFileSync(to, "utf8")).toBe(name);
}

it.each([
  "plain",
  "a space",
  "o'ne",
  'two"',
  "副本",
  "100%f",
  "%%p",
  "$HOME",
  "`id`",
  "back\\slash",
  "-rf",
  "a;b",
  "*",
  "new\nline",
])("copies from a directory called %j", (name) => recover(name));

it("copies from any directory (property)", () => {
  const name = fc
    .string({ minLength: 1, maxLength: 20, unit: "grapheme" })
    .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== "..");
  fc.assert(fc.property(name, recover), { numRuns: 40 });
});

it("ends in exit 1 where there is no such file: to recovery the end of WAL, and nothing worse", () => {
  const command = replaced(restoreCommand(path.join(place, "nowhere")), "x");
  expect(() => execFileSync("/bin/sh", ["-c", command], { cwd: place, stdio: "pipe" })).toThrow(
    expect.objectContaining({ status: 1 }),
  );
});
