// The ThrowawayClusters port: throwaway sources for the verifier's self-test, on the same cluster and repository code as the sandbox.
// Takes no backup and injects no fault.

import { rmdir } from "node:fs/promises";
import path from "node:path";
import type { Platform } from "../../../policies/service/service";
import type { BackupTools } from "../../backup/port";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import { poll } from "../../core/poll";
import type { Ledger } from "../../evidence/port";
import type { Host } from "../../machine/port";
import type { Database } from "../../postgres/port";
import { backrest, configureArchive } from "../../sandbox/adapter/archive";
import { type Cluster, createCluster } from "../../sandbox/adapter/cluster";
import { connected } from "../../sandbox/adapter/connect";
import { type Layout, layoutOf, PORT, STANZA, SUPERUSER } from "../../sandbox/layout";
import type { RepositoryCopy, ThrowawayCluster, ThrowawayClusters } from "../port";
import { createFaultInjector } from "./fault-injector";
import { onFullDisk } from "./full-disk";
import { readMarker, writeMarker } from "./marker";

export interface ThrowawayOptions {
  host: Host;
  clock: Clock;
  /** Absolute; one directory a self-test under it. */
  directory: string;
  /** Short directory for sockets. */
  sockets: string;
  /** OS user that PostgreSQL and pgBackRest run as when we are root. */
  user: string;
  newId(): string;
  /** The adapters that a verification of a platform would be given. */
  backups(host: Host, platform: Platform): BackupTools;
  database(platform: Platform): Database;
  ledger(directory: string): Promise<Ledger>;
}

/** The only database: each has 300 files of its own, and a verification's time goes by files at this size. */
const DATABASE = "postgres";
const SPARE_DATABASES = ["template0", "template1"];
const ID = /^st-[0-9a-f]{6}$/;
const CONTENT = path.join(__dirname, "content.sql");

/** Nothing may happen in it that the self-test did not do; and nobody waits for the disk of what is thrown away. */
const QUIET: Readonly<Record<string, string>> = {
  archive_timeout: "0",
  checkpoint_timeout: "1h",
  autovacuum: "off",
  fsync: "off",
  full_page_writes: "on",
};

/** pgBackRest by itself waits a minute for a segment (archive-timeout) before it says that there is none. Seconds. */
const PROMOTED_WITHIN = 120;

export function createThrowawayClusters(options: ThrowawayOptions): ThrowawayClusters {
  return {
    async open() {
      await reap(options);
      return build(options);
    },
  };
}

/** What self-tests left that were killed: their server, sockets and directory. */
async function reap({ host, clock, directory, sockets, user }: ThrowawayOptions): Promise<void> {
  if (!(await host.exists(directory))) return;
  for (const name of await host.list(directory)) {
    if (!ID.test(name)) continue;
    const left = path.join(directory, name);
    const marker = await readMarker(host, left);
    if (!marker || (await host.alive(marker.owner))) continue;
    const socket = path.join(sockets, name);
    await createCluster(host, clock, layoutOf(path.join(left, "source"), socket), user).kill();
    await host.removeTree(socket);
    await host.removeTree(left, { device: marker.device, inode: marker.inode });
  }
}

async function build(options: ThrowawayOptions): Promise<ThrowawayCluster> {
  const { host, clock, user, sockets } = options;
  const id = `st-${options.newId().slice(-6)}`;
  const directory = path.join(options.directory, id);
  const layout = layoutOf(path.join(directory, "source"), path.join(sockets, id));
  const cluster = createCluster(host, clock, layout, user);
  const token = options.newId();
  let copies = 0;

  const close = async (): Promise<void> => {
    await cluster.kill();
    await host.removeTree(layout.socket);
    await host.removeTree(directory);
    await rmdir(options.directory).catch(() => {}); // only the last one takes it away
  };

  for (const one of [options.directory, directory]) await host.ownDirectory(one, { user, mode: 0o711 });
  await writeMarker(host, { directory, token, owner: await host.self() });
  try {
    await host.ownDirectory(path.join(directory, "copies"), { user, mode: 0o711 });
    await startSource(options, layout, cluster);
  } catch (error) {
    await close();
    throw error;
  }

  const platform = platformOf(options, layout, directory, layout.backrest.config);
  const source = options.database(platform);
  return {
    tools: {
      environment: platform.environment,
      platform,
      platformName: platform.name,
      ...options.backups(host, platform),
      ledger: await options.ledger(path.join(directory, "evidence")),
      sandbox: undefined,
      copies: platform.copies,
      sockets,
    },
    source,
    database: DATABASE,
    dataDirectory: layout.data,
    injector: createFaultInjector({ host, user, directory, token, dataDirectory: layout.data }),
    close,

    async copyRepository(kind = "plain"): Promise<RepositoryCopy> {
      const place = path.join(directory, `repository-${++copies}`);
      const repository = path.join(place, "repository");
      for (const name of ["", "spool", "lock", "log"])
        await host.makeDirectory(path.join(place, name), { user, mode: 0o700 });
      await must(host, "cp", ["-a", layout.backrest.repository, repository]);
      const config = path.join(place, "pgbackrest.conf");
      const text = await configurationOfCopy(host, layout, place);
      await host.writeText(config, text, { user, mode: 0o600 });
      const copied = platformOf(options, layout, directory, config);
      const aside = path.join(place, "aside");
      await host.makeDirectory(aside, { user, mode: 0o700 });
      const inside = kind === "full" ? await onFullDisk(host, repository, aside) : host;
      return { platform: copied, backups: options.backups(inside, copied), directory: repository };
    },

    async rewind(label) {
      await cluster.stop("fast");
      const restore = [`--set=${label}`, "--delta", "--type=immediate", "--target-action=promote", "restore"];
      const line = [`--config=${layout.backrest.config}`, `--stanza=${STANZA}`, ...restore];
      await must(host, await host.program("pgbackrest"), line, user);
      await cluster.start("serve");
      const promoted = await poll({ clock, every: 0.1, within: PROMOTED_WITHIN }, async () => {
        const [row] = await source.query<{ recovering: boolean }>(
          SUPERUSER,
          "select pg_is_in_recovery() as recovering",
        );
        return row?.recovering === false || undefined;
      });
      if (promoted) return;
      throw new OpsError("timeout", "the rewound cluster was not promoted within 2 min");
    },
  };
}

async function startSource(
  { host, user }: ThrowawayOptions,
  layout: Layout,
  cluster: Cluster,
): Promise<void> {
  await host.makeDirectory(layout.directory, { user, mode: 0o700 });
  await host.makeDirectory(layout.log, { user, mode: 0o700 });
  await cluster.create();
  await configureArchive(host, layout, user);
  await cluster.start("serve");
  await connected(layout, SUPERUSER, async (client) => {
    for (const [name, value] of Object.entries(QUIET))
      await client.query(`ALTER SYSTEM SET ${name} = '${value}'`);
    await client.query("SELECT pg_reload_conf()");
    for (const name of SPARE_DATABASES) {
      await client.query(`ALTER DATABASE ${name} IS_TEMPLATE false`);
      await client.query(`DROP DATABASE ${name}`);
    }
  });
  const content = await host.readText(CONTENT);
  await connected(layout, DATABASE, (client) => client.query(content));
  await backrest(host, layout, user, "stanza-create");
}

/**
 * The same settings with every directory replaced, so that a copy shares nothing writable with the original. The source
 * archives into the original only: a backup into a copy, which is to fail of other things, must not wait for WAL.
 */
async function configurationOfCopy(host: Host, layout: Layout, place: string): Promise<string> {
  const text = await host.readText(layout.backrest.config);
  return text
    .replaceAll(`${layout.backrest.directory}/`, `${place}/`)
    .replace("[global]", "[global]\narchive-check=n");
}

function platformOf({ user }: ThrowawayOptions, layout: Layout, directory: string, config: string): Platform {
  return {
    name: "self-test",
    environment: "sandbox",
    summary: "A throwaway source of the verifier's self-test",
    database: {
      adapter: "postgres",
      host: layout.socket,
      port: PORT,
      user: SUPERUSER,
      maintenance: SUPERUSER,
    },
    backups: { adapter: "pgbackrest", stanza: STANZA, config, osUser: user },
    heartbeat: { database: DATABASE, table: "public.heartbeat", column: "at" },
    schedule: { timeZone: "Asia/Shanghai", from: "00:00", to: "23:59", maxAgeHours: 26 },
    restoreWindow: { days: 1 },
    targets: { rto: 60, rpo: 5 },
    copies: path.join(directory, "copies"),
    invariants: [
      {
        name: "transfer-has-its-account",
        database: DATABASE,
        sql: "SELECT t.id FROM public.transfers t LEFT JOIN public.accounts a ON a.id = t.account_id WHERE a.id IS NULL",
      },
    ],
  };
}

async function must(host: Host, program: string, args: readonly string[], user?: string): Promise<void> {
  const result = await host.run(program, args, { ...(user ? { user } : {}), timeoutSeconds: 120 });
  if (result.exitCode === 0) return;
  const said = `${result.stdout}\n${result.stderr}`.trim().slice(-400);
  throw new OpsError("unavailable", `${path.basename(program)} failed in the self-test: ${said}`);
}
