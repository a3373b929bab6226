// Makes and removes what a sandbox is made of. Proves nothing: whoever calls has shown that it is the sandbox's own.
import { rmdir } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import { DATABASE, type Layout, SUPERUSER } from "../layout";
import { type Marker, writeMarker } from "../marker";
import { backrest, configureArchive } from "./archive";
import type { Cluster } from "./cluster";
import { connected } from "./connect";
import { migrate } from "./migrations";
import type { Workload } from "./workload-control";

/** What a sandbox consists of. */
export interface Parts {
  host: Host;
  clock: Clock;
  layout: Layout;
  /** OS user that PostgreSQL and pgBackRest run as when we are root. */
  user: string;
  cluster: Cluster;
  workload: Workload;
}

/** Told of each step when it is done. */
export type Note = (text: string) => void;

/** Measured at scale 1: 137 MB of database, as much again for WAL, backup and a restored copy; WAL itself up to 1.5 GB. */
const BYTES = { fixed: 2e9, perScale: 4e8 };

/** From nothing to a server that archives. @throws OpsError space, unavailable */
export async function build(parts: Parts, scale: number, note: Note): Promise<void> {
  const { host, clock, layout, user, cluster } = parts;
  await refuseWithoutSpace(parts, scale);
  const created = clock.now().toISOString();
  const { directory } = layout;
  const marker: Parameters<typeof writeMarker>[2] = {
    state: "building",
    directory,
    scale,
    systemIdentifier: null,
    created,
  };
  // Ours, so that no program of the sandbox can change what decides about its removal.
  await host.ownDirectory(directory, { user, mode: 0o711 });
  await writeMarker(host, layout, marker);
  await host.makeDirectory(layout.log, { user, mode: 0o700 });
  await timed(clock, note, "initdb", () => cluster.create());
  marker.systemIdentifier = (await cluster.identifier()) ?? null;
  await writeMarker(host, layout, marker);
  await load(parts, scale, note);
  await serve(parts, note);
  await writeMarker(host, layout, { ...marker, state: "ready" });
}

async function load(parts: Parts, scale: number, note: Note): Promise<void> {
  const { clock, layout, cluster } = parts;
  await cluster.start("load");
  await connected(layout, SUPERUSER, (client) => client.query(`CREATE DATABASE ${DATABASE}`));
  await fill(parts, scale, note);
  // Sets hint bits and freezes now; otherwise the first reader of every page would write it to the WAL.
  await timed(clock, note, "vacuum", () =>
    connected(layout, DATABASE, (client) => client.query("VACUUM (FREEZE, ANALYZE)")),
  );
  await cluster.stop("fast");
  await timed(clock, note, "sync", () => cluster.sync());
}

async function serve({ host, clock, layout, user, cluster }: Parts, note: Note): Promise<void> {
  await timed(clock, note, "start with archiving", async () => {
    await configureArchive(host, layout, user);
    await cluster.start("serve");
    await backrest(host, layout, user, "stanza-create");
  });
  await timed(clock, note, "archive check", () => backrest(host, layout, user, "check"));
}

/** Applies what is new in `migrations/`; each part is timed. */
export async function fill({ clock, layout }: Parts, scale: number, note: Note): Promise<void> {
  await connected(layout, DATABASE, async (client) => {
    let since = clock.seconds();
    await migrate(client, scale, (name) => {
      note(`${name} ${(clock.seconds() - since).toFixed(1)} s`);
      since = clock.seconds();
    });
  });
}

/** The marker goes last, so that an interrupted removal is known for what it is. */
export async function dismantle({ host, layout, cluster, workload }: Parts, marker: Marker): Promise<void> {
  await writeMarker(host, layout, { ...marker, state: "removing" });
  await workload.stop();
  await cluster.stop("immediate").catch(() => cluster.kill());
  const entries = await host.list(layout.directory);
  for (const name of entries.filter((entry) => entry !== path.basename(layout.marker))) {
    await host.removeTree(path.join(layout.directory, name));
  }
  await host.removeTree(layout.directory, { device: marker.device, inode: marker.inode });
  await rmdir(layout.socket).catch(() => {}); // only when nothing of somebody else's is in it
}

export async function timed<T>(clock: Clock, note: Note, name: string, body: () => Promise<T>): Promise<T> {
  const since = clock.seconds();
  const result = await body();
  note(`${name} ${(clock.seconds() - since).toFixed(1)} s`);
  return result;
}

async function refuseWithoutSpace({ host, layout }: Parts, scale: number): Promise<void> {
  const parent = path.dirname(layout.directory);
  const needed = BYTES.fixed + BYTES.perScale * scale;
  const free = await host.freeBytes(parent);
  if (free >= needed) return;
  throw new OpsError("space", `${gigabytes(free)} free below ${parent}`, {
    expected: `${gigabytes(needed)} for a sandbox at scale ${scale}`,
    todo: "free some space, or choose a smaller --scale",
  });
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
