// A small repository on disk for tests of loaders: the real contract and runbooks, and whatever a test writes into it.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { DeclarationError } from "../../policies/engine/declaration";
import { showProblem } from "../../policies/engine/yaml";

export const ROOT = resolve(__dirname, "../..");

export function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** An empty directory; removed when the test ends. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "ops-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Files by their path; removed when the test ends. */
export function repository(files: Readonly<Record<string, string>>): string {
  const root = temporary();
  for (const folder of ["policies/contract", "runbooks"])
    cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

/** The problems that a loader throws, as printed; empty when it throws none. */
export function problemsOf(load: () => unknown): string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof DeclarationError) return error.problems.map(showProblem);
    throw error;
  }
}
