// A temporary checkout of this repository with its own state, and the real `ops` command run in it, as a user would.
import { execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pathsOf } from "../../scripts/machine/paths";

const ROOT = path.resolve(__dirname, "../..");

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Checkout {
  root: string;
  /** Evidence, keys and reports of this checkout. */
  home: string;
  ops(...args: string[]): Promise<Result>;
  /** The last NDJSON event of type `result`. */
  json(
    ...args: string[]
  ): Promise<{ code: number; result: Record<string, unknown>; events: Record<string, unknown>[] }>;
  /** Writes a file of the checkout. */
  write(file: string, text: string): void;
  remove(): Promise<void>;
}

/**
 * @param below a directory of this name holds everything: state, evidence and the checkout itself
 * @param more variables for `ops`, read at every call
 */
export function makeCheckout(below = "", more: NodeJS.ProcessEnv = {}): Checkout {
  const made = mkdtempSync("/tmp/opsc-");
  const base = path.join(made, below);
  const root = path.join(base, "checkout");
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  })
    .trim()
    .split("\n");
  for (const file of files.filter((name) => !name.startsWith("test/"))) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    cpSync(path.join(ROOT, file), path.join(root, file));
  }
  symlinkSync(path.join(ROOT, "node_modules"), path.join(root, "node_modules"));
  execFileSync("chmod", ["755", made]);
  const env = {
    ...process.env,
    OPS_HOME: path.join(base, "home"),
    OPS_STATE: path.join(base, "state"),
    NO_COLOR: "1",
    GITHUB_ACTIONS: "",
  };

  const ops = (...args: string[]): Promise<Result> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [path.join(root, "ops"), ...args], {
        cwd: root,
        env: { ...env, ...more },
      });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
      child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
      child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });

  return {
    root,
    home: env.OPS_HOME,
    ops,
    async json(...args) {
      const { code, stdout } = await ops(...args, "--json");
      const events = stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const result = events.findLast((event) => event.type === "result" || event.type === "error");
      return { code, events, result: result ?? {} };
    },
    write(file, text) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    },
    async remove() {
      await ops("sandbox", "down");
      rmSync(pathsOf(root, env).sockets, { recursive: true, force: true });
      rmSync(made, { recursive: true, force: true });
    },
  };
}

/** No day of the calendar keeps a release from being made: a test may run on any of them. */
export function withoutFreezes({ root, write }: Checkout): void {
  const folder = "policies/service/key-periods";
  for (const name of readdirSync(path.join(root, folder))) {
    const text = readFileSync(path.join(root, folder, name), "utf8");
    write(`${folder}/${name}`, text.replace(/^freeze: .*$/m, 'freeze: "none: a test may run on any day"'));
  }
}
