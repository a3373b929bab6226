// Files of another commit, read from git's own store: nothing is checked out.
import { OpsError } from "../../core/errors";
import { resolveCommit } from "../../machine/checkout";
import type { Host } from "../../machine/port";

/** @param directories relative to the repository; those that the commit has not are left out */
export async function filesOfCommit(
  host: Host,
  root: string,
  ref: string,
  directories: readonly string[],
): Promise<{ commit: string; files: Map<string, string> }> {
  const git = async (args: readonly string[], input?: string): Promise<string> => {
    const done = await host.run("git", args, { cwd: root, ...(input === undefined ? {} : { input }) });
    if (done.exitCode !== 0) throw new OpsError("missing", `git ${args[0]} failed: ${done.stderr.trim()}`);
    return done.stdout;
  };
  const commit = await resolveCommit(host, root, ref);
  const list = await git(["ls-tree", "-r", "-z", "--full-tree", commit, "--", ...directories]);
  const files = new Map<string, string>();
  const entries = list.split("\0").flatMap((line) => {
    const [, object, file] = /^\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    return object && file ? [{ object, file }] : [];
  });
  if (entries.length === 0) return { commit, files };
  const batch = await git(["cat-file", "--batch"], entries.map(({ object }) => `${object}\n`).join(""));
  let rest = Buffer.from(batch, "utf8");
  for (const { file } of entries) {
    const end = rest.indexOf("\n");
    const size = Number(rest.subarray(0, end).toString().split(" ")[2]);
    files.set(file, rest.subarray(end + 1, end + 1 + size).toString("utf8"));
    rest = rest.subarray(end + 1 + size + 1);
  }
  return { commit, files };
}
