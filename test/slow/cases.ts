// The ground that inputs from outside are run on: a checkout of its own, clusters made by the input `make-cluster.sh`, and the
// programs that the inputs call.
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createHost } from "../../scripts/machine";
import { pathsOf } from "../../scripts/machine/paths";
import { caseText } from "../cases";
import { type Checkout, makeCheckout } from "../e2e/checkout";
import { runAs } from "../e2e/template";

/** Where what inputs for Node name lies now. */
const MOVED = {
  "scripts/workflows/layers/recovery.ts": "scripts/postgres/heartbeat.ts",
  "scripts/adapters/postgres/database.ts": "scripts/postgres/adapter/database.ts",
  "scripts/adapters/host/index.ts": "scripts/machine/index.ts",
  "scripts/workflows/existing.ts": "scripts/restore/require-prior-backup.ts",
  requireExisting: "requirePriorBackup",
  "backups: {": "backupRepository: {",
} as const;

export interface CaseGround {
  /** In place of `/tmp/case`. */
  base: string;
  checkout: Checkout;
  /** Sockets of the cluster of that name. */
  cluster(name: string): string;
  text(name: string): string;
  /** Makes a cluster as the input does, and declares it as a platform. */
  makeCluster(
    name: string,
    initdb?: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** An input, or a text, by psql as superuser. */
  psql(name: string, database: string, sql: string): Promise<string>;
  /** An input, or a text, by bash; `psql` and `npx ops` in it mean the cluster and the checkout. */
  bash(script: string, cluster?: string): Promise<string>;
  /** An input by Node. */
  node(name: string, ...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

const host = createHost();

export async function makeCaseGround(): Promise<CaseGround> {
  const base = mkdtempSync("/tmp/opsk-");
  chmodSync(base, 0o711);
  const checkout = makeCheckout();
  const state = path.join(checkout.root, "../state");
  const bin = path.dirname(await host.program("postgres"));
  const own = { "/tmp/case": base, "/srv/case": `${base}/srv`, "scripts/bin/ops.mjs": "ops" };
  const text = (name: string): string => caseText(name, own);
  const made: string[] = [];

  // What inputs call `npx ops` is the checkout's.
  const programs = path.join(base, "bin");
  mkdirSync(programs);
  writeFileSync(path.join(programs, "npx"), `#!/bin/sh\nshift\nexec node '${checkout.root}/ops' "$@"\n`, {
    mode: 0o755,
  });
  const run = async (
    program: string,
    args: readonly string[],
    more: Record<string, string> = {},
    input?: string,
  ) => {
    const { stdout, stderr, exitCode } = await host.run(program, args, {
      env: {
        PATH: `${programs}:${process.env.PATH}`,
        CHECKOUT: checkout.root,
        OPS_HOME: checkout.home,
        OPS_STATE: state,
        NO_COLOR: "1",
        ...more,
      },
      cwd: base,
      timeoutSeconds: 300,
      ...(input === undefined ? {} : { input }),
    });
    return { exitCode, said: `${stdout}${stderr}` };
  };
  const socket = (name: string): string => path.join(base, name);
  const control = async (name: string, ...args: string[]): Promise<void> => {
    const line = ["-D", `${base}/${name}/data`, "-w", "-l", `${base}/${name}/server.log`, ...args];
    await runAs(host, "postgres")("pg_ctl", line);
  };

  return {
    base,
    checkout,
    text,
    cluster: socket,
    async makeCluster(name, initdb = [], env = {}) {
      writeFileSync(path.join(base, "make-cluster.sh"), text("restore/make-cluster.sh"));
      const { exitCode, said } = await run("bash", [path.join(base, "make-cluster.sh"), name, ...initdb], {
        BIN: bin,
        REPO: checkout.root,
        ...env,
      });
      made.push(name);
      if (exitCode !== 0) throw new Error(said);
      appendFileSync(
        path.join(checkout.root, `policies/service/platforms/${name}.yaml`),
        `dumps: ${base}/dumps\n`,
      );
    },
    async psql(name, database, sql) {
      const args = ["-h", socket(name), "-U", "postgres", "-d", database, "-qAt", "-v", "ON_ERROR_STOP=1"];
      const { exitCode, said } = await run(path.join(bin, "psql"), args, {}, sql);
      if (exitCode !== 0) throw new Error(said);
      return said.trim();
    },
    async bash(script, name = "c1") {
      const env = { PGHOST: socket(name), PGUSER: "postgres", PGDATABASE: "learning" };
      return (await run("bash", ["-c", script], env)).said;
    },
    async node(name, ...args) {
      const file = path.join(base, path.basename(name));
      writeFileSync(file, caseText(name, { ...own, ...MOVED, CHECKOUT: checkout.root }));
      return (await run(process.execPath, [file, ...args])).said;
    },
    async remove() {
      for (const name of made) await control(name, "-m", "immediate", "stop").catch(() => {});
      await checkout.remove();
      const { sockets } = pathsOf(checkout.root, { OPS_STATE: `${base}/srv/st` }); // of inputs that name a state of their own
      for (const place of [sockets, base]) rmSync(place, { recursive: true, force: true });
    },
  };
}
