import { execFileSync } from "node:child_process";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { discoverJobs } from "../../../scripts/cli/adapter/registry";
import type { Context } from "../../../scripts/context";
import completion from "../../../scripts/jobs/completion";
import { createNames } from "../../../scripts/names";

const ROOT = path.resolve(__dirname, "../../..");
let context: Context;
beforeAll(async () => {
  const jobs = await discoverJobs<Context>(path.join(ROOT, "scripts/jobs"));
  context = { jobs: async () => jobs, names: createNames(ROOT) } as Context;
});

it.each<[string[], string[]]>([
  [
    ["ops", "dr"],
    ["drill", "drills"],
  ],
  [
    ["ops", "restore", "--t"],
    ["--to", "--timeout"],
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
])("completes %j in a real bash", async (words, expected) => {
  const { summary } = await completion.run(context, { shell: "bash" });
  const script = `${summary}\nCOMP_WORDS=(${words.map((w) => `'${w}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _ops; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const completed = execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\n").filter(Boolean);
  expect(completed).toEqual(expected);
});

it("speaks zsh and fish too", async () => {
  expect((await completion.run(context, { shell: "zsh" })).summary).toContain("bashcompinit");
  expect((await completion.run(context, { shell: "fish" })).summary).toContain(
    "complete -c ops -n '__fish_seen_subcommand_from migrate; and __fish_seen_subcommand_from down' -f -a '--to",
  );
});
