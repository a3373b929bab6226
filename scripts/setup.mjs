// Makes a fresh machine ready: npm dependencies, PostgreSQL >= 15, pgBackRest >= 2.45. Plain Node, because it runs before
// anything is installed. Idempotent and quick when nothing is missing; installs system packages only as root with apt.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = path.join(ROOT, "node_modules");
const STAMP = path.join(MODULES, ".ops-lock-sha256");

/** Oldest versions whose behaviour was measured. */
const WANTED = { node: [20, 11], postgres: [15, 0], pgbackrest: [2, 45] };

const INSTALL = {
  apt: "apt-get install -y --no-install-recommends postgresql postgresql-contrib pgbackrest git openssh-client",
  dnf: "dnf install -y postgresql-server postgresql-contrib pgbackrest git openssh-clients",
  brew: "brew install postgresql@17 pgbackrest",
};

const atLeast = (found, wanted) => found[0] > wanted[0] || (found[0] === wanted[0] && found[1] >= wanted[1]);
const versionIn = (text) => (/(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
const run = (program, args, options = {}) =>
  spawnSync(program, args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], ...options });

function node() {
  if (atLeast(versionIn(process.version), WANTED.node)) return;
  fail(`Node ${process.version} is too old`, `Node ${WANTED.node.join(".")} or newer`);
}

/** npm ci when the lockfile is not the one that was installed last, and the packages are this checkout's own. */
function dependencies() {
  // Packages of another checkout: `npm ci` would empty them under the feet of whoever uses them.
  if (lstatSync(MODULES, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const wanted = createHash("sha256")
    .update(readFileSync(path.join(ROOT, "package-lock.json")))
    .digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  say("installing npm packages");
  const result = run(
    process.platform === "win32" ? "npm.cmd" : "npm",
    ["ci", "--no-fund", "--no-audit", "--loglevel=error"],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  if (result.status !== 0) fail("npm ci failed", "a reachable package registry");
  writeFileSync(STAMP, wanted);
}

/** `npx ops` finds commands in node_modules/.bin; a package's own command is not linked there by npm. */
function command() {
  const link = path.join(MODULES, ".bin", "ops");
  mkdirSync(path.dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(path.relative(path.dirname(link), path.join(ROOT, "ops")), link);
}

/** Directories in which distributions keep PostgreSQL's server programs, newest version first. */
function serverDirectories() {
  const versions = (parent, suffix, pattern) =>
    existsSync(parent)
      ? readdirSync(parent)
          .filter((name) => pattern.test(name))
          .sort((a, b) => (versionIn(`${b}.0`)[0] ?? 0) - (versionIn(`${a}.0`)[0] ?? 0))
          .map((name) => path.join(parent, name, suffix))
      : [];
  return [
    ...(process.env.OPS_PG_BIN ? [process.env.OPS_PG_BIN] : []),
    ...(process.env.PATH ?? "").split(path.delimiter),
    ...versions("/usr/lib/postgresql", "bin", /^\d+$/),
    ...versions("/usr", "bin", /^pgsql-\d+$/),
    ...versions("/opt/homebrew/opt", "bin", /^postgresql@\d+$/),
    ...versions("/usr/local/opt", "bin", /^postgresql@\d+$/),
  ];
}

/** The version of the first program of that name that is new enough, or undefined. */
function find(name, directories) {
  for (const directory of directories) {
    const file = path.join(directory, name);
    try {
      accessSync(file, constants.X_OK);
    } catch {
      continue;
    }
    const version = versionIn(run(file, [name === "pgbackrest" ? "version" : "--version"]).stdout ?? "");
    if (version.length === 2 && atLeast(version, WANTED[name])) return version;
  }
  return undefined;
}

function missing() {
  const directories = serverDirectories();
  const programs = ["postgres", "pgbackrest"].filter((name) => !find(name, directories));
  // Indexes are checked by an extension that some distributions package apart.
  if (!programs.includes("postgres") && !directories.some((d) => existsSync(path.join(d, "pg_amcheck"))))
    programs.push("pg_amcheck");
  // Releases are approved by commits that git has signed with a key of OpenSSH's.
  const tools = ["git", "ssh-keygen"].filter(
    (name) => !directories.some((d) => existsSync(path.join(d, name))),
  );
  return [...programs, ...tools];
}

function systemPackages() {
  const absent = missing();
  if (absent.length === 0) return;
  const apt = existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
  if (!apt) {
    fail(
      `not found, or too old: ${absent.join(", ")}`,
      `PostgreSQL >= ${WANTED.postgres[0]}, pgBackRest >= ${WANTED.pgbackrest.join(".")}, git and ssh-keygen`,
      Object.entries(INSTALL).map(
        ([tool, line]) => `  ${tool.padEnd(5)} ${tool === "brew" ? "" : "sudo "}${line}`,
      ),
    );
  }
  say(`installing ${absent.join(", ")} with apt`);
  keepDistributionClusterDown();
  const quiet = {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "inherit"],
  };
  run("apt-get", ["update", "-qq"], quiet);
  const [program, ...args] = INSTALL.apt.split(" ");
  if (run(program, ["-qq", ...args], quiet).status !== 0)
    fail("apt-get failed", "reachable package sources", [`  ${INSTALL.apt}`]);
  const still = missing();
  if (still.length > 0)
    fail(`still missing after apt-get: ${still.join(", ")}`, "a distribution that packages them");
}

/** Debian would create and start a cluster of its own on installation; ours is made by `ops sandbox up`. */
function keepDistributionClusterDown() {
  const directory = "/etc/postgresql-common";
  const file = path.join(directory, "createcluster.conf");
  if (existsSync(file)) return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, "create_main_cluster = false\n");
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(found, expected, todo = []) {
  process.stderr.write(
    `setup: ${found}\nexpected: ${expected}\n${todo.length ? `to do, one of:\n${todo.join("\n")}\n` : ""}`,
  );
  process.exit(11);
}

node();
dependencies();
command();
systemPackages();
