// Finds PostgreSQL's and pgBackRest's programs. All of PostgreSQL comes from one directory: versions never mix.
import { access, constants, readdir, realpath } from "node:fs/promises";
import path from "node:path";
import { OpsError } from "../core/errors";
import { STANDARD_PATH } from "./launch";
import { run } from "./run";

/** The oldest versions that the measurements behind this project hold for. */
const MINIMUM = { postgres: "15.0", pgbackrest: "2.45" } as const;

const INSTALL = [
  "Debian, Ubuntu: apt-get install postgresql pgbackrest",
  "Fedora, RHEL with the PGDG repository: dnf install postgresql16-server postgresql16-contrib pgbackrest",
  "macOS: brew install postgresql@16 pgbackrest",
].join("; ");

/** Where packages put the server's programs, which are in nobody's PATH; `*` is the major version. */
const PACKAGE_DIRECTORIES: readonly { parent: string; name: RegExp; bin: string }[] = [
  { parent: "/usr/lib/postgresql", name: /^(\d+)$/, bin: "bin" },
  { parent: "/usr", name: /^pgsql-(\d+)$/, bin: "bin" },
  { parent: "/opt/homebrew/opt", name: /^postgresql@(\d+)$/, bin: "bin" },
  { parent: "/usr/local/opt", name: /^postgresql@(\d+)$/, bin: "bin" },
];

/**
 * `pgbackrest` is looked for in PATH, every other name in the PostgreSQL directory of the wanted major version, or of the first
 * that is new enough. Found once, then remembered.
 */
export function createPrograms(
  env: NodeJS.ProcessEnv = process.env,
): (name: string, major?: number) => Promise<string> {
  const once = <T>(find: (key: string) => Promise<T>): ((key: string) => Promise<T>) => {
    const found = new Map<string, Promise<T>>();
    return (key) => {
      const known = found.get(key) ?? find(key);
      found.set(key, known);
      return known;
    };
  };
  const directoryOf = once((major) => findPostgres(env, major === "any" ? undefined : Number(major)));
  const find = once(async (key) => {
    const [name = "", major = "any"] = key.split("\n");
    if (name === "pgbackrest") return findPgbackrest(env);
    const directory = await directoryOf(major);
    const program = path.join(directory, name);
    if (await executable(program)) return program;
    throw missing(`${directory} holds no program ${name}`, `${name} beside postgres`);
  });
  return (name, major) => find(`${name}\n${major ?? "any"}`);
}

/**
 * `OPS_PG_BIN`, else the first PATH directory with a server, else the packaged one of the highest version; of a wanted major
 * version the first of these that has it.
 */
async function findPostgres(env: NodeJS.ProcessEnv, major: number | undefined): Promise<string> {
  const expected = major === undefined ? `PostgreSQL ${MINIMUM.postgres} or newer` : `PostgreSQL ${major}`;
  const standard = [...searchPath(env), ...(await packaged())];
  // Named for the one version that it holds; another version's cluster may still find its own programs elsewhere.
  const named = env.OPS_PG_BIN ? [env.OPS_PG_BIN] : [];
  const candidates = major === undefined && env.OPS_PG_BIN ? named : [...named, ...standard];
  const others = new Set<string>();
  for (const candidate of candidates) {
    const postgres = path.join(candidate, "postgres");
    if (!(await executable(postgres))) continue;
    const version = await versionOf(postgres, ["--version"]);
    const wanted = major === undefined || Number.parseInt(version, 10) === major;
    // Distributions link `postgres` alone into PATH; its companions are beside the file itself.
    if (wanted && atLeast(version, MINIMUM.postgres)) return path.dirname(await realpath(postgres));
    others.add(`${postgres} has version ${version}`);
  }
  if (others.size > 0) throw missing([...others].join(", "), expected, installing(major));
  if (env.OPS_PG_BIN) throw missing(`OPS_PG_BIN=${env.OPS_PG_BIN} holds no program postgres`, expected);
  throw missing("no PostgreSQL server on this machine", expected, installing(major));
}

async function findPgbackrest(env: NodeJS.ProcessEnv): Promise<string> {
  const expected = `pgBackRest ${MINIMUM.pgbackrest} or newer`;
  for (const directory of searchPath(env)) {
    const program = path.join(directory, "pgbackrest");
    if (!(await executable(program))) continue;
    const version = await versionOf(program, ["version"]);
    if (atLeast(version, MINIMUM.pgbackrest)) return program;
    throw missing(`${program} has version ${version}`, expected);
  }
  throw missing("no pgBackRest on this machine", expected);
}

/** What to install, of the one version that serves. */
function installing(major: number | undefined): string {
  if (major === undefined) return INSTALL;
  return [
    `Debian, Ubuntu: apt-get install postgresql-${major}`,
    `Fedora, RHEL with the PGDG repository: dnf install postgresql${major}-server postgresql${major}-contrib`,
    `macOS: brew install postgresql@${major}`,
  ].join("; ");
}

function missing(found: string, expected: string, install = INSTALL): OpsError {
  return new OpsError("missing", found, {
    expected,
    todo: `${install}. A server installed elsewhere: set OPS_PG_BIN to its bin directory`,
  });
}

/** `15.18`, `2.45`; `unknown`, which is never enough, when the program does not say. */
async function versionOf(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, args, { timeoutSeconds: 10 });
  return /\s(\d+(?:\.\d+)?)/.exec(stdout)?.[1] ?? "unknown";
}

/** 2.100 is newer than 2.45. */
function atLeast(version: string, minimum: string): boolean {
  const [major = Number.NaN, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = minimum.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function searchPath(env: NodeJS.ProcessEnv): string[] {
  const own = (env.PATH ?? "").split(":").filter((directory) => path.isAbsolute(directory));
  return [...new Set([...own, ...STANDARD_PATH])];
}

async function packaged(): Promise<string[]> {
  const directories: { directory: string; version: number }[] = [];
  for (const { parent, name, bin } of PACKAGE_DIRECTORIES) {
    for (const entry of await readdir(parent).catch(() => [])) {
      const version = name.exec(entry)?.[1];
      if (version) directories.push({ directory: path.join(parent, entry, bin), version: Number(version) });
    }
  }
  return directories.sort((a, b) => b.version - a.version).map(({ directory }) => directory);
}

function executable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
