// The real context of one run on a sandbox of a test's own, for what the command line cannot be asked: another date.
import { mkdtempSync, rmSync } from "node:fs";
import { chmod } from "node:fs/promises";
import path from "node:path";
import { discoverJobs } from "../../scripts/cli/adapter/registry";
import { compose } from "../../scripts/compose";
import type { Context } from "../../scripts/context";
import { commandsOf } from "../../scripts/core/job";
import type { Outcome } from "../../scripts/core/outcome";
import { record } from "../../scripts/evidence/record";
import { createNames } from "../../scripts/names";

const ROOT = path.resolve(__dirname, "../..");

export interface RealContext {
  context: Context;
  /** Evidence, keys and reports. */
  home: string;
  /** Directory of the backup repository. */
  repository: string;
  /** The same context with a clock that shows a time so many days later. */
  inDays(days: number): Context;
  /** Leaves evidence as the runner would. */
  record(context: Context, job: string, outcome: Outcome): Promise<void>;
  close(): Promise<void>;
}

export async function realContext(): Promise<RealContext> {
  const base = mkdtempSync("/tmp/opst-");
  await chmod(base, 0o755);
  const before = { OPS_HOME: process.env.OPS_HOME, OPS_STATE: process.env.OPS_STATE };
  process.env.OPS_HOME = path.join(base, "home");
  process.env.OPS_STATE = path.join(base, "state");
  const jobs = await discoverJobs<Context>(path.join(ROOT, "scripts/jobs"));
  const job = jobs.find(({ name }) => name === "sandbox")!;
  const command = commandsOf(job)[0]!.command;
  const globals = {
    platform: undefined,
    env: undefined,
    json: false,
    quiet: true,
    color: false,
    dryRun: false,
    seed: 1,
  };
  const composition = await compose(
    { job, command, subcommand: undefined, args: {}, globals },
    async () => jobs,
    createNames(ROOT),
  );
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  const { context } = composition;
  const started = context.clock.now();
  return {
    context,
    home: path.join(base, "home"),
    repository: path.join(base, "state/sandbox/pgbackrest/repository"),
    inDays: (days) => ({
      ...context,
      clock: {
        ...context.clock,
        now: () => new Date(context.clock.now().getTime() + days * 24 * 3600 * 1000),
      },
    }),
    async record(as, name, outcome) {
      await record(as, { job: name, kind: name, clauses: [], started }, outcome);
    },
    async close() {
      await composition.cleanUp();
      await context.sandbox!.down();
      composition.close();
      rmSync(base, { recursive: true, force: true });
      rmSync(context.sockets, { recursive: true, force: true });
    },
  };
}
