// What git knows of this checkout. Through zx: one short command, a shell does no harm here.
import { OpsError } from "../core/errors";

/** Commit that runs, with a remark when files differ from it; a sentence when this is no checkout. */
export async function commitOf(root: string): Promise<string> {
  // The core alone: the rest of the package (a fetch, parsers, prompts) takes longer to load than git to answer.
  const { $ } = await import("zx/core");
  const git = $({ cwd: root, quiet: true, nothrow: true });
  const status = await git`git status --porcelain=v2 --branch`;
  if (status.exitCode === 128 && /not a git repository/.test(status.stderr)) return "not a git checkout";
  if (status.exitCode !== 0) throw new OpsError("missing", `git status failed: ${status.stderr.trim()}`);
  const lines = status.stdout.trim().split("\n");
  const commit = lines.find((line) => line.startsWith("# branch.oid "))?.slice("# branch.oid ".length);
  if (!commit || commit === "(initial)") return "not a git checkout";
  return commit + (lines.some((line) => !line.startsWith("#")) ? " with uncommitted changes" : "");
}
