// Another commit's files beside this checkout's, for comparisons.
import { existsSync } from "node:fs";
import path from "node:path";
import { OpsError } from "../core/errors";
import type { Host } from "./port";

/** @returns the whole id of a commit; undefined when git does not know it */
export async function findCommit(host: Host, root: string, ref: string): Promise<string | undefined> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const found = await host.run("git", args, { cwd: root });
  return found.exitCode === 0 ? found.stdout.trim() : undefined;
}

/** @throws OpsError usage */
export async function resolveCommit(host: Host, root: string, ref: string): Promise<string> {
  const commit = await findCommit(host, root, ref);
  if (commit !== undefined) return commit;
  throw new OpsError("usage", `git does not know the commit ${ref}`, {
    expected: "a branch, a tag or a commit of this repository",
    todo: `git fetch, or see \`git log\``,
  });
}

/** Below the checkout, so that its packages are found; by commit, so that it never has to be refreshed. */
export async function checkOutCommit(host: Host, root: string, commit: string): Promise<string> {
  const directory = path.join(root, ".ops/plan", commit);
  if (existsSync(directory)) return directory;
  const partial = `${directory}.${process.pid}`;
  await host.makeDirectory(partial);
  const archive = `${partial}.tar`;
  const steps = [
    ["git", ["archive", "--format=tar", "-o", archive, commit]],
    ["tar", ["-xf", archive, "-C", partial]],
    ["mv", [partial, directory]],
  ] as const;
  for (const [program, args] of steps) {
    const done = await host.run(program, args, { cwd: root });
    if (done.exitCode !== 0) throw new OpsError("missing", `${program} failed: ${done.stderr.trim()}`);
  }
  await host.removeTree(archive);
  return directory;
}
