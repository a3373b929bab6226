// The workflows of this repository as tests look at them: files, parsed YAML, the lines that their steps run.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseYaml } from "../../policies/engine/yaml";
import { type Pipeline, pipelineOf } from "../../scripts/pipeline/model";

export const ROOT = path.resolve(__dirname, "../..");
export const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

export const WORKFLOWS: readonly string[] = readdirSync(path.join(ROOT, ".github/workflows"))
  .sort()
  .map((file) => `.github/workflows/${file}`);
export const ACTIONS: readonly string[] = readdirSync(path.join(ROOT, ".github/actions")).map(
  (name) => `.github/actions/${name}/action.yaml`,
);

export function parsed(file: string): Record<string, unknown> {
  return parseYaml(file, read(file)).value as Record<string, unknown>;
}

export const pipeline = (file: string): Pipeline => pipelineOf(file, parsed(file));

/** Crons of a workflow, as written. */
export function crons(file: string): string[] {
  const { schedule = [] } = (parsed(file).on ?? {}) as { schedule?: { cron: string }[] };
  return schedule.map(({ cron }) => cron);
}

export interface Command {
  file: string;
  line: string;
  /** After `./ops`, variables filled in by what a run by hand would put there. */
  words: string[];
}

/** What a variable of a workflow could be; one that is not here fails the test that needs it. */
const VALUES: Readonly<Record<string, string>> = {
  BASE: "HEAD",
  NUMBER: "12",
  STACK: "prod-data",
  TARGET: "sandbox",
  STARTED: "2026-11-25T21:17:00Z",
  TITLE: "A title",
  APPROVER: "chen-jing",
  SCALE: "0.1",
  SCOPE: "b",
  INSTANT: "2026-11-23 04:00",
  VERSIONS: "learning-web=1.1.0",
};

export function commandsOf(file: string): Command[] {
  const lines = pipeline(file).jobs.flatMap((job) => job.steps.flatMap(({ run }) => run?.split("\n") ?? []));
  return lines
    .filter((line) => /\bops\b/.test(line) && line.includes("./ops"))
    .map((line) => {
      const after = line.slice(line.indexOf("./ops") + "./ops".length);
      const filled = after
        .replace(/\s(?:>>?|\|\|)\s.*$/, "")
        .replace(/\$(\w+)/g, (_, name: string) => VALUES[name] ?? `$${name}`);
      const words = [...filled.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
      return { file, line: line.trim(), words };
    });
}
