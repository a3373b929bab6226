// `ops dump` on a cluster of a test's own, full of oddities: the job as on a platform of its own.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Context } from "../../scripts/context";
import type { Outcome } from "../../scripts/core/outcome";
import { createDumps } from "../../scripts/dump/adapter/dumps";
import dump from "../../scripts/jobs/dump";
import type { Database } from "../../scripts/postgres/port";
import { type Cluster, OS_USER, startCluster } from "./cluster";
import { type RealContext, realContext } from "./context";

export interface Dumping {
  cluster: Cluster;
  real: RealContext;
  /** @param dumps where they go; @param change what differs from the real tools */
  context(dumps: string | undefined, change?: Partial<Context>): Context;
  /** Runs the job, or another, and then what was deferred. */
  run(as: Context, job?: () => Promise<Outcome>): Promise<Outcome>;
  close(): Promise<void>;
}

export async function openDumping(): Promise<Dumping> {
  const [cluster, real] = await Promise.all([startCluster(), realContext()]);
  await cluster.psql("postgres", 'create database odd; create database "Second ""db"" 学";');
  await cluster.psql("odd", readFileSync(path.join(__dirname, "odd.sql"), "utf8"));
  await cluster.psql("odd", "create table counted (n bigserial)");
  await cluster.psql('Second "db" 学', "create table counted (n bigserial)");
  const deferred: (() => Promise<void>)[] = [];
  /** A platform whose backup engine is not asked for anything but what to hide. */
  const context: Dumping["context"] = (dumps, change = {}) => {
    const { platform: sandbox, backupRepository } = real.context;
    const { heartbeat: _h, migrations: _m, dumps: _d, ...rest } = sandbox;
    const platform = {
      ...rest,
      database: {
        ...cluster.database.address,
        user: "postgres",
        adapter: "postgres" as const,
        maintenance: "postgres",
      },
      backups: { ...sandbox.backups, osUser: OS_USER },
      ...(dumps === undefined ? {} : { dumps }),
    };
    const repository = { ...backupRepository, directories: async () => [] };
    const base: Context = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(real.context));
    return Object.defineProperties(base, {
      ...Object.getOwnPropertyDescriptors({
        platform,
        backupRepository: repository,
        copies: `${cluster.directory}/copies`,
        dumps: createDumps(platform),
        defer: (_: string, clean: () => Promise<void>) => void deferred.push(clean),
        ...change,
      }),
    });
  };

  const run: Dumping["run"] = async (as, job = async () => dump.run(as, {})) => {
    try {
      return await job();
    } finally {
      for (const clean of deferred.splice(0).reverse()) await clean();
    }
  };

  return {
    cluster,
    real,
    context,
    run,
    async close() {
      await cluster.stop();
      await real.close();
    },
  };
}

/** Names of the checks that did not pass. */
export const failing = (outcome: Outcome): string[] =>
  outcome.checks.filter(({ verdict }) => verdict !== "pass").map(({ name }) => name);

/** The real source; in the middle of the first `times` dumps somebody alters a table that is held. */
export function altered(
  { cluster, real }: Dumping,
  times: number,
): Partial<Context> & { waited: Promise<unknown>[] } {
  const waited: Promise<unknown>[] = [];
  const { servers } = real.context;
  const source = (platform: Context["platform"]): Database => {
    const original = servers.source(platform);
    const dumpRoles = async (): Promise<Buffer> => {
      if (waited.length < times) {
        const column = `c${waited.length}`;
        waited.push(
          cluster.psql("odd", `alter table counted add column ${column} int, drop column ${column}`),
        );
        await waited.at(-1);
      }
      return original.dumpRoles();
    };
    return { ...original, dumpRoles };
  };
  return { servers: { ...servers, source }, random: () => 0, waited };
}
