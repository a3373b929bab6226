// What git knows of this checkout. Through zx: two short commands, a shell does no harm here.
import { OpsError } from "../domain/errors";

/** Commit that runs, with a remark when files differ from it; a sentence when this is no checkout. */
export async function commitOf(root: string): Promise<string> {
  const { $ } = await import("zx");
  const git = $({ cwd: root, quiet: true, nothrow: true });
  const commit = await git`git rev-parse HEAD`;
  if (commit.exitCode !== 0) return "not a git checkout";
  const changes = await git`git status --porcelain`;
  if (changes.exitCode !== 0) throw new OpsError("missing", `git status failed: ${changes.stderr.trim()}`);
  return commit.stdout.trim() + (changes.stdout.trim() === "" ? "" : " with uncommitted changes");
}
