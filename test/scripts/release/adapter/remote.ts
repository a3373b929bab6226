// A real bare repository as remote, real clones of it and real signing keys, removed when the test ends.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { createHost } from "../../../../scripts/machine";
import { createGit } from "../../../../scripts/release/adapter/git";
import type { GitRemote } from "../../../../scripts/release/adapter/releases";

export const RELEASE = `# A comment that stays.
environment: sandbox
apps:
  learning-web:
    version: 1.0.0
    image: sandbox.example/netedu/learning-web
    digest: sha256:${"a".repeat(64)}
`;

export interface Clone extends GitRemote {
  directory: string;
  run(...args: string[]): string;
  /** Makes every commit of this clone signed with the key. */
  signWith(key: string): void;
}

export interface Remote {
  url: string;
  clone(name: string): Clone;
  /** @returns the private key's file and the public key as the roster has it */
  key(name: string): { file: string; publicKey: string };
}

export function makeRemote(
  files: Readonly<Record<string, string>> = { "k8s/releases/sandbox.yaml": RELEASE },
): Remote {
  const base = mkdtempSync("/tmp/ops-delivery-");
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const url = path.join(base, "remote.git");
  const seed = path.join(base, "seed");
  const env = {
    ...process.env,
    HOME: base,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: path.join(base, "gitconfig"),
  };
  writeFileSync(env.GIT_CONFIG_GLOBAL, "[init]\n\tdefaultBranch = main\n");
  const git = (cwd: string, ...args: string[]): string =>
    execFileSync("git", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  git(base, "init", "--quiet", "--bare", url);
  git(base, "init", "--quiet", seed);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(seed, file)), { recursive: true });
    writeFileSync(path.join(seed, file), text);
  }
  git(seed, "add", "-A");
  git(
    seed,
    "-c",
    "user.name=seed",
    "-c",
    "user.email=seed@example.org",
    "commit",
    "--quiet",
    "-m",
    "The first",
  );
  git(seed, "push", "--quiet", url, "HEAD:refs/heads/main");
  return {
    url,
    clone(name) {
      const directory = path.join(base, name);
      git(base, "clone", "--quiet", url, directory);
      git(directory, "config", "user.name", name);
      git(directory, "config", "user.email", `${name}@example.org`);
      return {
        directory,
        git: createGit(createHost(), directory, env),
        remote: "origin",
        branch: "main",
        changesets: path.join(directory, ".changeset"),
        run: (...args) => git(directory, ...args),
        signWith(key) {
          git(directory, "config", "gpg.format", "ssh");
          git(directory, "config", "user.signingKey", key);
          git(directory, "config", "commit.gpgSign", "true");
        },
      };
    },
    key(name) {
      const file = path.join(base, `key-${name}`);
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
      return { file, publicKey: readFileSync(`${file}.pub`, "utf8").trim() };
    },
  };
}
