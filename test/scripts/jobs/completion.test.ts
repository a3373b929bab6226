import { execFileSync } from "node:child_process";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { discoverJobs } from "../../../scripts/cli/adapter/registry";
import { completionOf, wordsOf } from "../../../scripts/cli/completion";
import type { Context } from "../../../scripts/context";
import completion from "../../../scripts/jobs/completion";
import { createNames } from "../../../scripts/names";
import { runLine } from "../cli/line";

const ROOT = path.resolve(__dirname, "../../..");
let words: Awaited<ReturnType<typeof wordsOf>> = [];
beforeAll(async () => {
  words = await wordsOf(await discoverJobs(path.join(ROOT, "scripts/jobs")), createNames(ROOT));
});

it.each<[string[], string[]]>([
  [
    ["ops", "dr"],
    ["drill", "drills"],
  ],
  [
    ["ops", "restore", "--t"],
    ["--to", "--timeline", "--timeout"],
  ],
  [["ops", "sandbox", "u"], ["up"]],
  [["ops", "migrate", "l"], ["lint"]],
  [["ops", "migrate", "up", "--l"], ["--lock-timeout"]],
  [["ops", "migrate", "status", "--l"], []],
  [
    ["ops", "drill", "--scenario", ""],
    ["a", "b", "c"],
  ],
  [["ops", "status", "--env", "pr"], ["prod"]],
  [["ops", "verify", "--platform", ""], ["sandbox"]],
  [["ops", "check", "--explain", "rds-deletion-p"], ["rds-deletion-protection"]],
  [["ops", "ci", "dr-"], ["dr-drill"]],
  [["ops", "plan", "prod-d"], ["prod-data"]],
  [["ops", "render", "--check", "st"], ["staging"]],
  [["ops", "--js"], ["--json"]],
  [["ops", "--env", "pr"], ["prod"]],
  [["ops", "--platform", "sandbox", "ba"], ["backup"]],
  [["ops", "backup", "--type", "=", "f"], ["full"]],
  [
    ["ops", "backup", "--type", "="],
    ["full", "diff", "incr"],
  ],
  [["ops", "plan", "prod-network,prod-d"], ["prod-network,prod-data"]],
  [["ops", "release", "ship", "--override", "incidents,office"], ["incidents,office-hours"]],
])("completes %j in a real bash", (typed, expected) => {
  const script = `${completionOf("bash", words)}\nCOMP_WORDS=(${typed.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${typed.length - 1}; _ops; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const completed = execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\n").filter(Boolean);
  expect(completed).toEqual(expected);
});

it("speaks zsh and fish too", () => {
  expect(completionOf("zsh", words)).toContain("bashcompinit");
  expect(completionOf("fish", words)).toContain(
    "complete -c ops -n '__fish_seen_subcommand_from migrate; and __fish_seen_subcommand_from down' -f -a '--to",
  );
});

it("is printed by the job", async () => {
  const jobs = await discoverJobs<Context>(path.join(ROOT, "scripts/jobs"));
  const tools = { jobs: async () => jobs, names: createNames(ROOT) };
  expect((await runLine(tools, completion, "bash")).summary).toBe(completionOf("bash", words));
});
