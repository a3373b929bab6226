// The Sandbox port: a real PostgreSQL with a learning platform in it, for this machine only. Assembles the files beside it;
// knows nothing of drills, backups or evidence.
import { chmod, rmdir } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import { chooseAction } from "../actions";
import { DATABASE, layoutOf, SUPERUSER } from "../layout";
import { type Marker, proveCluster, readMarker, writeMarker } from "../marker";
import type { Sandbox } from "../port";
import { backrest, configureArchive } from "./archive";
import { createCluster } from "./cluster";
import { connected } from "./connect";
import { inject, planted, repair } from "./damage";
import { migrate } from "./migrations";
import { createWorkload, DEFAULT_RATE } from "./workload-control";

export interface SandboxOptions {
  host: Host;
  clock: Clock;
  /** Absolute; made by `up`, removed by `down`. */
  directory: string;
  /** Absolute and short; a directory of its own. */
  socket: string;
  /** OS user that PostgreSQL and pgBackRest run as when we are root. */
  user: string;
  /** What the platform file declares; anything but `sandbox` cannot be damaged or lost. */
  environment: string;
  /** Actions of the workload per second; default 30. */
  rate?: number;
}

const DEFAULT_SCALE = 1;
/** Measured at scale 1: 137 MB of database, as much again for WAL, backup and a restored copy; WAL itself up to 1.5 GB. */
const BYTES = { fixed: 2e9, perScale: 4e8 };

type Note = (text: string) => void;

export function createSandbox(options: SandboxOptions): Sandbox {
  const { host, clock, user } = options;
  const layout = layoutOf(options.directory, options.socket);
  const cluster = createCluster(host, clock, layout, user);
  const workload = createWorkload(host, clock, layout, options.rate);

  const timed = async <T>(note: Note, name: string, body: () => Promise<T>): Promise<T> => {
    const since = clock.seconds();
    const result = await body();
    note(`${name} ${(clock.seconds() - since).toFixed(1)} s`);
    return result;
  };

  /** Two commands at once would build and remove the same directory. */
  const alone = async <T>(job: string, body: () => Promise<T>): Promise<T> => {
    await host.makeDirectory(path.dirname(layout.directory));
    const lock = await host.lock(`${layout.directory}.lock`, { job, since: clock.now() });
    try {
      return await body();
    } finally {
      await lock.release();
    }
  };

  /** Applies what is new in `migrations/`; each part is timed. */
  const fill = async (scale: number, note: Note): Promise<void> => {
    await connected(layout, DATABASE, async (client) => {
      let since = clock.seconds();
      await migrate(client, scale, (name) => {
        note(`${name} ${(clock.seconds() - since).toFixed(1)} s`);
        since = clock.seconds();
      });
    });
  };

  const build = async (scale: number, note: Note): Promise<void> => {
    const parent = path.dirname(layout.directory);
    const needed = BYTES.fixed + BYTES.perScale * scale;
    const free = await host.freeBytes(parent);
    if (free < needed) {
      throw new OpsError("space", `${gigabytes(free)} free below ${parent}`, {
        expected: `${gigabytes(needed)} for a sandbox at scale ${scale}`,
        todo: "free some space, or choose a smaller --scale",
      });
    }
    const { directory } = layout;
    const created = clock.now().toISOString();
    const marker: Marker = { state: "building", directory, scale, systemIdentifier: null, created };
    await host.makeDirectory(directory, { user, mode: 0o700 });
    await writeMarker(host, layout, marker, user);
    await host.makeDirectory(layout.log, { user, mode: 0o700 });
    await timed(note, "initdb", cluster.create);
    marker.systemIdentifier = (await cluster.identifier()) ?? null;
    await writeMarker(host, layout, marker, user);

    await cluster.start("load");
    await connected(layout, SUPERUSER, (client) => client.query(`CREATE DATABASE ${DATABASE}`));
    await fill(scale, note);
    // Sets hint bits and freezes now; otherwise the first reader of every page would write it to the WAL.
    await timed(note, "vacuum", () =>
      connected(layout, DATABASE, (client) => client.query("VACUUM (FREEZE, ANALYZE)")),
    );
    await cluster.stop("fast");
    await timed(note, "sync", cluster.sync);

    await timed(note, "start with archiving", async () => {
      await configureArchive(host, layout, user);
      await cluster.start("serve");
      await backrest(host, layout, user, "stanza-create");
    });
    await timed(note, "archive check", () => backrest(host, layout, user, "check"));
    await writeMarker(host, layout, { ...marker, state: "ready" }, user);
  };

  /** Everything but the proofs. The marker goes last, so that an interrupted removal is known for what it is. */
  const dismantle = async (marker: Marker): Promise<void> => {
    await writeMarker(host, layout, { ...marker, state: "removing" }, user);
    await workload.stop();
    await cluster.stop("immediate").catch(cluster.kill);
    if (await host.exists(layout.lostWal)) await chmod(layout.lostWal, 0o700); // or only root could remove it
    const entries = await host.list(layout.directory);
    for (const name of entries.filter((entry) => entry !== path.basename(layout.marker))) {
      await host.removeTree(path.join(layout.directory, name));
    }
    await host.removeTree(layout.directory);
    await rmdir(layout.socket).catch(() => {}); // only when nothing of somebody else's is in it
  };

  /** @throws OpsError proofs unless the platform is declared a sandbox and the running cluster is the one that `up` made */
  const prove = async (action: string): Promise<void> => {
    if (options.environment !== "sandbox") {
      throw new OpsError("proofs", `the platform is declared environment: ${options.environment}`, {
        expected: "environment: sandbox",
        todo: `nothing else may be ${action}`,
      });
    }
    const marker = await readMarker(host, layout);
    const rows = await connected(layout, SUPERUSER, async (client) => {
      const sql =
        "SELECT system_identifier::text AS id, current_setting('data_directory') AS data FROM pg_control_system()";
      return (await client.query<{ id: string; data: string }>(sql)).rows;
    });
    proveCluster(layout, marker, rows[0]?.data === layout.data ? rows[0].id : undefined);
  };

  const up: Sandbox["up"] = ({ scale, onNote: note = () => {} }) =>
    alone("sandbox up", async () => {
      const marker = await readMarker(host, layout);
      if (marker?.state === "ready") {
        if (scale !== undefined && scale !== marker.scale) {
          throw new OpsError(
            "directory",
            `a sandbox of scale ${marker.scale} exists in ${layout.directory}`,
            {
              expected: `scale ${marker.scale}, or no sandbox`,
              todo: "ops sandbox down, then up again at the other scale",
            },
          );
        }
        proveCluster(layout, marker, await cluster.identifier());
        await timed(note, "start", () => cluster.start("serve"));
        for (const kind of await repair(layout))
          note(`repaired what an interrupted drill had planted: ${kind}`);
        await fill(marker.scale, note);
        return { created: false, scale: marker.scale };
      }
      if (marker) {
        note(`a half-made sandbox (${marker.state} since ${marker.created}) is removed and built again`);
        await dismantle(marker);
      }
      const chosen = scale ?? DEFAULT_SCALE;
      await build(chosen, note);
      return { created: true, scale: chosen };
    });

  return {
    up,

    work: {
      database: DATABASE,
      role: "learning_app",
      rate: options.rate ?? DEFAULT_RATE,
      choose(uniform) {
        const { name, sql } = chooseAction(uniform);
        return { name, sql, values: sql.includes("$1") ? [uniform] : [] };
      },
    },

    async prepare(request) {
      const result = await up(request);
      await workload.start();
      return result;
    },

    down: () =>
      alone("sandbox down", async () => {
        const marker = await readMarker(host, layout);
        if (!marker) return;
        if (marker.state === "ready") proveCluster(layout, marker, await cluster.identifier());
        await dismantle(marker);
      }),

    async status() {
      const { directory } = layout;
      const marker = await readMarker(host, layout);
      if (!marker)
        return { running: false, workload: false, directory, scale: null, detail: "there is no sandbox" };
      const running = await cluster.running();
      const working = (await workload.find()) !== undefined;
      const parts = [
        marker.state === "ready" ? `made ${marker.created}` : `half-made (${marker.state})`,
        running ? `server answers on ${layout.socket}` : "server stopped",
        working ? "workload commits" : "no workload",
      ];
      return { running, workload: working, directory, scale: marker.scale, detail: parts.join(", ") };
    },

    startWorkload: workload.start,
    stopWorkload: workload.stop,

    async inject(kind) {
      await prove("damaged");
      return inject(host, clock, layout, user, kind);
    },

    async repair() {
      if (planted(layout).length === 0) return { repaired: [] };
      await prove("repaired");
      return { repaired: await repair(layout) };
    },

    async lose() {
      await prove("lost");
      if (!(await workload.lastHeartbeat())) {
        throw new OpsError("unavailable", "no heartbeat was ever committed", {
          expected: "a workload that ran, so that the loss can be measured",
          todo: "start the workload first (ops sandbox up)",
        });
      }
      await cluster.kill();
      await workload.stop(); // after the kill: it may still have to write down a commit that it was told of
      await cluster.loseWal();
      const lastHeartbeat = await workload.lastHeartbeat();
      if (!lastHeartbeat)
        throw new OpsError("unavailable", `${layout.workload.heartbeat} holds no heartbeat any more`);
      return { lastHeartbeat };
    },

    async recover() {
      await cluster.start("serve");
      await workload.start();
    },
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
