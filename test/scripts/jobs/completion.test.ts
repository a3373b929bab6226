import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import { discoverJobs } from "../../../scripts/cli/adapter/registry";
import type { Context } from "../../../scripts/context";
import completion from "../../../scripts/jobs/completion";

const DIRECTORY = path.resolve(__dirname, "../../../scripts/jobs");

it("completes in a real bash: jobs first, then a job's own options", async () => {
  const jobs = await discoverJobs(DIRECTORY);
  const { summary } = await completion.run({ jobs: async () => jobs } as unknown as Context, {
    shell: "bash",
  });
  const complete = (...words: string[]): string[] => {
    const script = `${summary}\nCOMP_WORDS=(${words.map((w) => `'${w}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _ops; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\n").filter(Boolean);
  };
  expect(complete("ops", "dr")).toEqual(["drill", "drills"]);
  expect(complete("ops", "restore", "--t")).toEqual(["--to", "--timeout"]);
  expect(complete("ops", "sandbox", "u")).toEqual(["up"]);
});
