import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { pipelineGitEnvironment } from "../../../../scripts/release/adapter/pipeline-git";

const RUN = { GITHUB_ACTIONS: "true", GITHUB_TOKEN: "t0ken", GITHUB_ACTOR: "li-ming", GITHUB_ACTOR_ID: "7" };

it("real git takes name and credentials of a pipeline from it, beside what was there", () => {
  const before = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.pager", GIT_CONFIG_VALUE_0: "cat" };
  const env = { PATH: process.env.PATH, ...pipelineGitEnvironment({ ...RUN, ...before }) };
  const get = (...args: string[]): string =>
    execFileSync("git", ["config", ...args], { env, encoding: "utf8" }).trim();
  expect(get("core.pager")).toBe("cat");
  expect(get("user.email")).toBe("7+li-ming@users.noreply.github.com");
  const header = get("--get-urlmatch", "http.extraheader", "https://github.com/college/netedu-ops");
  expect(header).toBe(`AUTHORIZATION: basic ${Buffer.from("x-access-token:t0ken").toString("base64")}`);
  expect(() => get("--get-urlmatch", "http.extraheader", "https://example.com/x")).toThrow();
});

it("nothing is added outside a pipeline or without a token", () => {
  for (const missing of ["GITHUB_ACTIONS", "GITHUB_TOKEN", "GITHUB_ACTOR"]) {
    const env = { ...RUN, [missing]: undefined };
    expect(pipelineGitEnvironment(env)).toBe(env);
  }
});
