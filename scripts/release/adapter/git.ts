// git as a program: one call, its output, its failure in words.
import { OpsError } from "../../core/errors";
import { gitEnvironment } from "../../machine/git";
import type { Host, RunOptions, RunResult } from "../../machine/port";

/** What git and ssh need of the caller's environment to reach a remote and to sign. */
const PASSED = ["SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GNUPGHOME"];

const TIMEOUT_SECONDS = 120;

export interface Git {
  /** Standard output. @throws OpsError unavailable with git's own words */
  (args: readonly string[], options?: Pick<RunOptions, "input" | "env">): Promise<string>;
  /** For calls whose failure says something. */
  attempt(args: readonly string[], options?: Pick<RunOptions, "input" | "env">): Promise<RunResult>;
}

/** @param repository directory that git runs in */
export function createGit(host: Host, repository: string, env: NodeJS.ProcessEnv = process.env): Git {
  const base = { ...gitEnvironment(env, PASSED), GIT_TERMINAL_PROMPT: "0" };
  const attempt: Git["attempt"] = (args, options = {}) =>
    host.run("git", args, {
      cwd: repository,
      timeoutSeconds: TIMEOUT_SECONDS,
      ...options,
      env: { ...base, ...options.env },
    });
  const git = async (...[args, options]: Parameters<Git["attempt"]>): Promise<string> => {
    const { exitCode, stdout, stderr } = await attempt(args, options);
    if (exitCode === 0) return stdout;
    throw new OpsError(
      "unavailable",
      `git ${args[0]} failed: ${stderr.trim().split("\n").slice(-3).join("; ")}`,
    );
  };
  return Object.assign(git, { attempt });
}
