// A copy of the repository, its own git history, in which tests may break anything; `ops check` runs in it for real.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Comparison } from "../../scripts/check/compare";
import type { Report } from "../../scripts/check/report";
import { ROOT } from "../policies/repository";

const ROOMS = ["stacks", "k8s", "scripts", "policies", "runbooks", ".github"];
const FILES = ["ops", "package.json", "package-lock.json", "tsconfig.json", "Pulumi.yaml"];

export interface Copy {
  root: string;
  read(file: string): string;
  write(file: string, text: string): void;
  /** Replaces the first occurrence. @throws Error when there is none: a test that changes nothing proves nothing */
  edit(file: string, find: string, put: string): void;
  remove(file: string): void;
  commit(): void;
  check(...args: string[]): { code: number | null; out: string; err: string };
  /** `ops check --format json`, parsed. */
  report(...args: string[]): { code: number | null; report: Report & { comparison?: Comparison } };
  destroy(): void;
}

export function copyRepository(): Copy {
  const root = mkdtempSync(path.join(tmpdir(), "ops-check-"));
  for (const room of ROOMS)
    if (existsSync(path.join(ROOT, room)))
      cpSync(path.join(ROOT, room), path.join(root, room), { recursive: true });
  for (const file of FILES) cpSync(path.join(ROOT, file), path.join(root, file));
  symlinkSync(path.join(ROOT, "node_modules"), path.join(root, "node_modules"));
  writeFileSync(path.join(root, ".gitignore"), "node_modules\n.ops/\n");
  const git = (...args: string[]): void => {
    const done = spawnSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: root,
    });
    if (done.status !== 0) throw new Error(done.stderr.toString());
  };
  const at = (file: string): string => path.join(root, file);
  const read = (file: string): string => readFileSync(at(file), "utf8");
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(at(file)), { recursive: true });
    writeFileSync(at(file), text);
  };
  const commit = (): void => {
    git("add", "-A");
    git("commit", "-q", "--allow-empty", "-m", "test");
  };
  git("init", "-q");
  commit();
  const check: Copy["check"] = (...args) => {
    const env = { ...process.env, NO_COLOR: "1", CI: "1", GITHUB_ACTIONS: "", GITHUB_STEP_SUMMARY: "" };
    const ops = path.join(root, "ops");
    const done = spawnSync(process.execPath, [ops, "check", "--date", "2026-11-25", ...args], {
      encoding: "utf8",
      env: { ...env, OPS_HOME: path.join(root, ".ops") },
      cwd: root,
      maxBuffer: 64 << 20,
    });
    return { code: done.status, out: done.stdout, err: done.stderr };
  };
  return {
    root,
    read,
    write,
    edit(file, find, put) {
      const text = read(file);
      if (!text.includes(find)) throw new Error(`${file} does not hold ${find}`);
      write(
        file,
        text.replace(find, () => put),
      );
    },
    remove: (file) => rmSync(at(file)),
    commit,
    check,
    report(...args) {
      const { code, out, err } = check("--format", "json", ...args);
      try {
        return { code, report: JSON.parse(out) as Report };
      } catch {
        throw new Error(`no report: ${code} ${err} ${out.slice(0, 500)}`);
      }
    },
    destroy: () => rmSync(root, { recursive: true }),
  };
}

/** `file:line rule [clauses]` of everything that fails. */
export function wrong(report: Report): string[] {
  return report.results
    .filter(({ verdict }) => verdict === "fail")
    .flatMap(({ rule, findings }) =>
      findings.map(({ place }) => {
        const { id, clauses } = report.rules[rule]!;
        return `${place?.file}:${place?.line} ${id} [${clauses.join(", ")}]`;
      }),
    );
}
