// Set-up on a ready machine: what it must leave alone.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";

const ROOT = path.resolve(__dirname, "../..");

it("never installs into packages that belong to another checkout", () => {
  const place = mkdtempSync(path.join(tmpdir(), "ops-setup-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  const [theirs, ours] = [path.join(place, "theirs"), path.join(place, "ours")];
  mkdirSync(theirs);
  writeFileSync(path.join(theirs, "kept"), "");
  mkdirSync(path.join(ours, "scripts"), { recursive: true });
  cpSync(path.join(ROOT, "scripts/setup.mjs"), path.join(ours, "scripts/setup.mjs"));
  writeFileSync(path.join(ours, "package.json"), "{}");
  writeFileSync(path.join(ours, "package-lock.json"), '{ "lockfileVersion": 3, "packages": {} }');
  symlinkSync(theirs, path.join(ours, "node_modules"));
  execFileSync(process.execPath, [path.join(ours, "scripts/setup.mjs")], { stdio: "pipe" });
  expect(existsSync(path.join(theirs, "kept"))).toBe(true);
  expect(existsSync(path.join(theirs, ".ops-lock-sha256"))).toBe(false);
});
