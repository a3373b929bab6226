// A throwaway source with its own repository, backed up and restored in this process, for tests that look into the copy.
import { backUpAndRecord } from "../../scripts/backup/backup";
import type { Check } from "../../scripts/core/evidence";
import { silent } from "../../scripts/core/progress";
import { findGoal } from "../../scripts/restore/lineage";
import type { RestoreTestOptions } from "../../scripts/restore/restore-run";
import { type RestoreTest, testRestore } from "../../scripts/restore/test-restore";
import type { SourceTools } from "../../scripts/self-test/bench";
import type { ThrowawayCluster } from "../../scripts/self-test/port";
import { OS_USER } from "./cluster";
import { type RealContext, realContext } from "./context";

export interface Throwaway {
  cluster: ThrowawayCluster;
  context: SourceTools;
  /** What was told as progress, line by line. */
  told: string[];
  /** Runs statements on the source, each by itself. */
  sql(...statements: string[]): Promise<void>;
  backup(type?: "full" | "incr"): ReturnType<typeof backUpAndRecord>;
  restore(to?: string, options?: Partial<RestoreTestOptions>, timeline?: number): Promise<RestoreTest>;
  /** `pg_ctl` on the source. */
  control(...args: string[]): Promise<void>;
  close(): Promise<void>;
}

export async function openThrowaway(): Promise<Throwaway> {
  const real: RealContext = await realContext();
  const { context: outer } = real;
  const cluster = await outer.throwaway.open();
  const told: string[] = [];
  const quiet = silent(() => {});
  const progress = { ...quiet, say: (_level: unknown, text: string) => void told.push(text) };
  const context: SourceTools = { ...outer, ...cluster.tools, integrations: [], progress };
  return {
    cluster,
    context,
    told,
    async sql(...statements) {
      for (const statement of statements) await cluster.source.query(cluster.database, statement);
    },
    backup: (type = "full") => backUpAndRecord(context, type),
    async restore(to, options = {}, timeline) {
      const goal = await findGoal(context, to, timeline);
      return testRestore(context, goal, { purpose: "test", timeoutSeconds: 60, ...options });
    },
    async control(...args) {
      const { host } = context;
      const program = await host.program("pg_ctl");
      const line = [
        "-D",
        cluster.dataDirectory,
        "-w",
        "-l",
        `${cluster.dataDirectory}/../log/again.log`,
        ...args,
      ];
      const result = await host.run(program, line, { user: OS_USER });
      if (result.exitCode !== 0)
        throw new Error(`pg_ctl ${args.join(" ")}: ${result.stdout}${result.stderr}`);
    },
    async close() {
      await cluster.close();
      await real.close();
    },
  };
}

/** Name and detail of every check that did not pass. */
export const complaints = ({ checks }: { checks: readonly Check[] }): string[] =>
  checks
    .filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive")
    .map(({ name, verdict, detail }) => `${name}: ${verdict}: ${detail}`);

export const detailOf = ({ checks }: { checks: readonly Check[] }, name: string): string =>
  checks.find((check) => check.name === name)?.detail ?? "not there";
