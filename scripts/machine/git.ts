// What git knows of this checkout. Through zx: one short command, a shell does no harm here.
import { OpsError } from "../core/errors";
import { STANDARD_PATH } from "./launch";

/** Where git finds its configuration: who may use a checkout, and who commits. */
const CONFIGURATION = ["HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_COUNT"];

/**
 * What of the caller's environment git is given. Not the rest: in a git hook GIT_DIR, GIT_INDEX_FILE and GIT_WORK_TREE are set, and
 * name another repository than the one that is asked for.
 * @param more names that are passed on besides
 */
export function gitEnvironment(env: NodeJS.ProcessEnv, more: readonly string[] = []): Record<string, string> {
  const passed = (name: string): boolean =>
    CONFIGURATION.includes(name) || more.includes(name) || /^GIT_CONFIG_(KEY|VALUE)_\d+$/.test(name);
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && passed(name) ? [[name, value]] : [],
    ),
  );
}

/** Commit that runs, with a remark when files differ from it; a sentence when this is no checkout. */
export async function commitOf(root: string): Promise<string> {
  // The core alone: the rest of the package (a fetch, parsers, prompts) takes longer to load than git to answer.
  const { $ } = await import("zx/core");
  const fixed = { PATH: STANDARD_PATH.join(":"), LC_ALL: "C.UTF-8" }; // its words are read below
  const git = $({ cwd: root, quiet: true, nothrow: true, env: { ...fixed, ...gitEnvironment(process.env) } });
  const status = await git`git status --porcelain=v2 --branch`;
  if (status.exitCode === 128 && /not a git repository/.test(status.stderr)) return "not a git checkout";
  if (status.exitCode !== 0) throw new OpsError("missing", `git status failed: ${status.stderr.trim()}`);
  const lines = status.stdout.trim().split("\n");
  const commit = lines.find((line) => line.startsWith("# branch.oid "))?.slice("# branch.oid ".length);
  if (!commit || commit === "(initial)") return "not a git checkout";
  return commit + (lines.some((line) => !line.startsWith("#")) ? " with uncommitted changes" : "");
}
