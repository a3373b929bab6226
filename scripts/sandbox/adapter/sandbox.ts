// The Sandbox port: a real PostgreSQL with a learning platform in it, for this machine only. Assembles the files beside it.
import path from "node:path";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import { readForeign } from "../../machine/records";
import { chooseAction } from "../actions";
import { DATABASE, layoutOf, SUPERUSER } from "../layout";
import { type Marker, proveCluster, readMarker } from "../marker";
import type { Sandbox } from "../port";
import { build, dismantle, fill, type Parts, timed } from "./build";
import { createCluster } from "./cluster";
import { connected } from "./connect";
import { inject, injected, repair } from "./damage";
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

export function createSandbox(options: SandboxOptions): Sandbox {
  const { host, clock, user, environment, rate } = options;
  const layout = layoutOf(options.directory, options.socket);
  const cluster = createCluster(host, clock, layout, user);
  const workload = createWorkload(host, clock, layout, rate);
  const parts: Parts = { host, clock, layout, user, cluster, workload };
  const up: Sandbox["up"] = (request) => alone(parts, "sandbox up", () => bringUp(parts, request));

  return {
    up,
    work: workOf(rate),
    async prepare(request) {
      const result = await up(request);
      await workload.start();
      return result;
    },
    down: () => alone(parts, "sandbox down", () => takeDown(parts)),
    status: () => status(parts),
    startWorkload: workload.start,
    stopWorkload: workload.stop,
    async inject(kind) {
      await prove(parts, environment, "damaged");
      return inject(host, clock, layout, user, kind);
    },
    async repair() {
      if (injected(layout).length === 0) return { repaired: [] };
      await prove(parts, environment, "repaired");
      return { repaired: await repair(layout) };
    },
    async lose() {
      await prove(parts, environment, "lost");
      return { lastHeartbeat: await lose(parts) };
    },
    async recover() {
      await cluster.start("serve");
      await workload.start();
    },
  };
}

/** What a load on a copy of the sandbox does; the same actions as the workload's. */
function workOf(rate: number | undefined): Sandbox["work"] {
  return {
    database: DATABASE,
    role: "learning_app",
    rate: rate ?? DEFAULT_RATE,
    choose(uniform) {
      const { name, sql } = chooseAction(uniform);
      return { name, sql, values: sql.includes("$1") ? [uniform] : [] };
    },
  };
}

/** Two commands at once would build and remove the same directory. @throws OpsError locked */
async function alone<T>({ host, clock, layout }: Parts, job: string, body: () => Promise<T>): Promise<T> {
  await host.makeDirectory(path.dirname(layout.directory));
  const lock = await host.lock(`${layout.directory}.lock`, { job, since: clock.now() });
  try {
    return await body();
  } finally {
    await lock.release();
  }
}

async function bringUp(
  parts: Parts,
  { scale, onNote: note = () => {} }: Parameters<Sandbox["up"]>[0],
): ReturnType<Sandbox["up"]> {
  const { clock, layout, cluster } = parts;
  const marker = await currentMarker(parts);
  if (marker?.state === "ready") {
    refuseOtherScale(parts, marker.scale, scale);
    proveCluster(layout, marker, await cluster.identifier());
    await timed(clock, note, "start", () => cluster.start("serve"));
    for (const kind of await repair(layout)) note(`repaired what an interrupted drill had injected: ${kind}`);
    await fill(parts, marker.scale, note);
    return { created: false, scale: marker.scale };
  }
  if (marker) {
    note(`a half-made sandbox (${marker.state} since ${marker.created}) is removed and built again`);
    await dismantle(parts, marker);
  }
  const chosen = scale ?? DEFAULT_SCALE;
  await build(parts, chosen, note);
  return { created: true, scale: chosen };
}

function refuseOtherScale({ layout }: Parts, found: number, wanted: number | undefined): void {
  if (wanted === undefined || wanted === found) return;
  throw new OpsError("directory", `a sandbox of scale ${found} exists in ${layout.directory}`, {
    expected: `scale ${found}, or no sandbox`,
    todo: "ops sandbox down, then up again at the other scale",
  });
}

async function takeDown(parts: Parts): ReturnType<Sandbox["down"]> {
  const { host, layout, cluster } = parts;
  const marker = (await earlierMarker(parts)) ?? (await readMarker(host, layout));
  if (marker?.state === "ready") proveCluster(layout, marker, await cluster.identifier());
  if (marker) await dismantle(parts, marker);
  return { directory: layout.directory };
}

/**
 * The marker of a sandbox made before December 2026, which belonged to the account that PostgreSQL runs as. Such a sandbox is taken
 * down, and serves nothing else: what its marker says can lead nowhere, because the directory is fixed and its parent is ours.
 */
async function earlierMarker({ host, layout }: Parts): Promise<Marker | undefined> {
  const there = host.identifyDirectory(layout.directory);
  const text = there && (await readForeign(layout.marker));
  if (!there || text === undefined) return undefined;
  try {
    const marker = JSON.parse(text) as Partial<Marker> | null;
    const earlier = marker?.inode === undefined && marker?.directory === layout.directory;
    return earlier && marker.state && typeof marker.scale === "number"
      ? ({ ...marker, ...there } as Marker)
      : undefined;
  } catch {
    return undefined;
  }
}

/** @throws OpsError directory for one that an earlier version made; as `readMarker` */
async function currentMarker(parts: Parts): Promise<Marker | undefined> {
  const { host, layout } = parts;
  if (await earlierMarker(parts))
    throw new OpsError(
      "directory",
      `${layout.directory} holds a sandbox that an earlier version of ops made`,
      {
        expected: "one of this version, or none",
        todo: "ops sandbox down, then up again",
      },
    );
  return readMarker(host, layout);
}

async function status(parts: Parts): ReturnType<Sandbox["status"]> {
  const { layout, cluster, workload } = parts;
  const { directory } = layout;
  const marker = await currentMarker(parts);
  if (!marker)
    return { running: false, workload: false, directory, scale: null, detail: "there is no sandbox" };
  const running = await cluster.running();
  const working = (await workload.find()) !== undefined;
  const detail = [
    marker.state === "ready" ? `made ${marker.created}` : `half-made (${marker.state})`,
    running ? `server answers on ${layout.socket}` : "server stopped",
    working ? "workload commits" : "no workload",
  ];
  return { running, workload: working, directory, scale: marker.scale, detail: detail.join(", ") };
}

/** @throws OpsError proofs unless the platform is declared a sandbox and the running cluster is the one that `up` made */
async function prove(parts: Parts, environment: string, action: string): Promise<void> {
  if (environment !== "sandbox") {
    throw new OpsError("proofs", `the platform is declared environment: ${environment}`, {
      expected: "environment: sandbox",
      todo: `nothing else may be ${action}`,
    });
  }
  const { layout } = parts;
  const marker = await currentMarker(parts);
  const rows = await connected(layout, SUPERUSER, async (client) => {
    const sql =
      "SELECT system_identifier::text AS id, current_setting('data_directory') AS data FROM pg_control_system()";
    return (await client.query<{ id: string; data: string }>(sql)).rows;
  });
  proveCluster(layout, marker, rows[0]?.data === layout.data ? rows[0].id : undefined);
}

/** Kills the server and hides its own WAL. @returns the last heartbeat whose commit was acknowledged */
async function lose({ layout, cluster, workload }: Parts): Promise<Date> {
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
    throw new OpsError("unavailable", `${layout.workload.heartbeat} no longer holds a heartbeat`);
  return lastHeartbeat;
}
