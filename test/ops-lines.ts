// Every `ops` line that people or machines are told to run: code in runbooks, steps of workflows, arguments of rendered CronJobs.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseYaml } from "../policies/engine/yaml";
import { type GLOBALS, parseCommandLine } from "../scripts/cli/command-line";
import { commandsOf, type Job } from "../scripts/core/job";
import { ROOT, WORKFLOWS, commandsOf as workflowLines } from "./github/repository";
import { anyName } from "./scripts/cli/line";

export interface OpsLine {
  file: string;
  /** After `ops`. */
  words: string[];
}

/** Files below a folder of the repository, by their ending. */
function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(folder, file))
    .sort();
}

/** Quoted text and `<what stands for a value>` are one word each. */
function wordsOf(line: string): string[] {
  const parts = /"([^"]*)"|'([^']*)'|((?:<[^>]*>|[^\s<"'])+)/g;
  return [...line.matchAll(parts)].map((part) => part.slice(1).find((text) => text !== undefined) ?? "");
}

/** Code of a Markdown text: fenced and indented lines, and spans, which may go on in the next line. */
function codeOf(text: string): string[] {
  const block = /^```.*\n[\s\S]*?^```|^ {4,}(?![-*\d|]).*$/gm;
  const blocks = [...text.matchAll(block)].flatMap(([found]) => found.split("\n"));
  const spans = [...text.replace(/^```.*\n[\s\S]*?^```/gm, "").matchAll(/`([^`]+)`/g)].map(
    ([, code]) => code!,
  );
  return [...blocks, ...spans].map((code) => code.trim().replace(/\s+/g, " "));
}

/** What a text in Markdown tells people to run; also behind a pipe, `&&` or an assignment. */
export function linesOfMarkdown(file: string, text: string): OpsLine[] {
  return codeOf(text).flatMap((code) =>
    code
      .split(/&&|\|\||[|;]/)
      .map((part) => /^\s*(?:\$ )?(?:\w+=\S+ )*(?:npx )?(?:\.\/)?ops (.+)$/.exec(part))
      .filter((found) => found !== null)
      .map((found) => ({ file, words: wordsOf(found[1]!) })),
  );
}

/** What a rendered CronJob gives to the image, whose entry point is `ops`. */
export function linesOfCronJob(file: string, text: string): OpsLine[] {
  const { value } = parseYaml(file, text);
  const { spec } = value as {
    spec: { jobTemplate: { spec: { template: { spec: { containers: { args?: string[] }[] } } } } };
  };
  return spec.jobTemplate.spec.template.spec.containers.map(({ args = [] }) => ({ file, words: args }));
}

const textOf = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

export function allLines(): OpsLine[] {
  return [
    ...filesBelow("runbooks", ".md").flatMap((file) => linesOfMarkdown(file, textOf(file))),
    ...WORKFLOWS.flatMap((file) => workflowLines(file)),
    ...filesBelow("k8s/rendered", ".yaml")
      .filter((file) => path.basename(file).startsWith("cronjob-"))
      .flatMap((file) => linesOfCronJob(file, textOf(file))),
  ];
}

/** Options that say what is acted on. */
const TARGETS = ["platform", "env"] as const satisfies readonly (keyof typeof GLOBALS)[];

/** @returns why a line must not stand as it is: it is not understood, or it would act on the default; undefined when it may */
export async function objection(jobs: readonly Job[], { words }: OpsLine): Promise<string | undefined> {
  const line = ["ops", ...words].join(" ");
  if (words[0] === "--help") return undefined;
  if (!jobs.flatMap(commandsOf).some(({ words: named }) => named.every((word, at) => words[at] === word)))
    return `${line}: names no command`;
  const parsed = await parseCommandLine(jobs, words, { names: anyName, version: "0" }).catch(
    ({ message }: Error) => message,
  );
  if (typeof parsed === "string") return `${line}: ${parsed}`;
  if (typeof parsed === "number") return `${line}: shows help and runs nothing`;
  const { command, globals } = parsed;
  if (command.target !== undefined || TARGETS.some((name) => globals[name] !== undefined)) return undefined;
  return `${line}: would act on the default; name it with --platform or --env`;
}
