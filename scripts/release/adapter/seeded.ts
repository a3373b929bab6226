// A bare repository on this machine as the remote that releases go to, made when it is first needed: the sandbox's, in the
// place of GitHub. It starts with the environment's releases file as the checkout declares it.
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { releaseFile } from "../../../policies/service/releases";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import { createGit, type Git } from "./git";
import type { GitRemote } from "./releases";

export interface SeededOptions {
  /** Holds the remote and our side of it. */
  directory: string;
  /** File without which there is nothing to release to. */
  needs: string;
  /** Checkout that the first commit is taken from. */
  root: string;
  environment: string;
  changesets: string;
}

/** Calls wait until the repository is there. @throws OpsError unavailable when what it belongs to is not */
export function seededRemote(host: Host, options: SeededOptions): GitRemote {
  const clone = path.join(options.directory, "clone.git");
  const remote = path.join(options.directory, "remote.git");
  const git = createGit(host, clone);
  let ready: Promise<void> | undefined;
  const once = (): Promise<void> => {
    ready ??= seed(host, git, clone, remote, options);
    return ready;
  };
  const later: Git = Object.assign(
    async (...call: Parameters<Git["attempt"]>) => once().then(() => git(...call)),
    {
      attempt: async (...call: Parameters<Git["attempt"]>) => once().then(() => git.attempt(...call)),
    },
  );
  return { git: later, remote, branch: "main", changesets: options.changesets };
}

async function seed(
  host: Host,
  git: Git,
  clone: string,
  remote: string,
  { needs, root, environment, directory }: SeededOptions,
): Promise<void> {
  if (!(await host.exists(needs))) {
    throw new OpsError("unavailable", "there is no sandbox to release to", { todo: "ops sandbox up" });
  }
  const done = path.join(directory, "seeded");
  if (await host.exists(done)) return;
  await rm(directory, { recursive: true, force: true });
  await host.makeDirectory(clone, { mode: 0o700 });
  const quiet = ["init", "--quiet", "--bare", "--initial-branch=main"];
  await git([...quiet, remote]);
  await git([...quiet, clone]);
  if ((await git.attempt(["var", "GIT_AUTHOR_IDENT"])).exitCode !== 0) {
    await git(["config", "user.name", "ops in the sandbox"]);
    await git(["config", "user.email", "ops@sandbox.example"]);
  }
  const text = await readFile(path.join(root, releaseFile(environment)), "utf8");
  const blob = (await git(["hash-object", "-w", "--stdin"], { input: text })).trim();
  await git(["update-index", "--add", "--cacheinfo", `100644,${blob},${releaseFile(environment)}`]);
  const tree = (await git(["write-tree"])).trim();
  const message = `What ${environment} runs at first\n`;
  const commit = (await git(["commit-tree", tree, "-F", "-"], { input: message })).trim();
  await git(["push", "--quiet", remote, `${commit}:refs/heads/main`]);
  await host.writeText(done, "");
}
