// Approvals as signatures in git. Verified by git itself against a list of allowed signers made from the roster; a name in
// a commit proves nothing and is not read.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { OpsError } from "../../core/errors";
import type { Approvals } from "../approvals";
import type { Approval } from "../override";
import type { GitRemote } from "./releases";

export interface Signer {
  name: string;
  /** OpenSSH public keys: `ssh-ed25519 AAAA… comment`. */
  signingKeys: readonly string[];
}

/** Principals are numbers: a person's name may hold what the format of allowed signers gives a meaning to. */
export function allowedSigners(people: readonly Signer[]): string {
  return people
    .flatMap(({ signingKeys }, index) =>
      signingKeys.map((key) => `person-${index} namespaces="git" ${key.split(" ").slice(0, 2).join(" ")}\n`),
    )
    .join("");
}

/** Person whose key made the commit's signature; undefined when it is unsigned, broken, or by a key of nobody. */
export async function signerOf(
  { git }: Pick<GitRemote, "git">,
  people: readonly Signer[],
  commit: string,
): Promise<string | undefined> {
  const directory = await mkdtemp(path.join(tmpdir(), "ops-signers-"));
  try {
    const file = path.join(directory, "allowed");
    await writeFile(file, allowedSigners(people), { mode: 0o600 });
    const settings = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${file}`];
    const { exitCode, stderr } = await git.attempt([...settings, "verify-commit", "--raw", commit]);
    const index = /^Good "git" signature for person-(\d+) with /m.exec(stderr)?.[1];
    return exitCode === 0 && index !== undefined ? people[Number(index)]?.name : undefined;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** @param people of the roster */
export function createGitApprovals(place: GitRemote, people: readonly Signer[]): Approvals {
  const { git, remote } = place;
  return {
    releaser: (commit) => signerOf(place, people, commit),
    reviews: async () => [],
    async commits(branches) {
      const found: Approval[] = [];
      for (const branch of branches) {
        const { exitCode } = await git.attempt(["check-ref-format", "--branch", branch]);
        if (exitCode !== 0) throw new OpsError("usage", `"${branch}" is not a branch name`);
        const ref = `refs/ops/approvals/${branch}`;
        const fetched = await git.attempt(["fetch", "--quiet", remote, `+refs/heads/${branch}:${ref}`]);
        if (fetched.exitCode !== 0) {
          throw new OpsError("unknownTarget", `there is no branch ${branch} at ${remote}`, {
            expected: "the branch that the second person pushed with a signed commit",
            todo: "see runbooks/procedures/override-release-gate.md",
          });
        }
        const commit = (await git(["rev-parse", ref])).trim();
        const message = await git(["show", "-s", "--format=%B", commit]);
        found.push({ kind: "commit", commit, message, signer: await signerOf(place, people, commit) });
      }
      return found;
    },
  };
}
