// The file that proves a directory to be a sandbox of ours.
import path from "node:path";
import { OpsError } from "../core/errors";
import type { Host } from "../machine/port";
import type { Layout } from "./layout";

export interface Marker {
  /** `ready` is written last by `up`; the other two mean that a process died half-way. */
  state: "building" | "ready" | "removing";
  /** The directory that this marker was written for: a copied marker proves nothing elsewhere. */
  directory: string;
  scale: number;
  /** PostgreSQL's system identifier; null until the cluster exists. */
  systemIdentifier: string | null;
  created: string;
}

/**
 * Undefined when there is no sandbox: the directory is absent or empty.
 * @throws OpsError directory when something is there that is not a sandbox
 */
export async function readMarker(host: Host, layout: Layout): Promise<Marker | undefined> {
  if (!(await host.exists(layout.directory))) return undefined;
  if (!(await host.exists(layout.marker))) {
    if ((await host.list(layout.directory)).length === 0) return undefined;
    throw refused(layout, "is not empty and holds no marker of a sandbox");
  }
  let marker: Partial<Marker> | null;
  try {
    marker = JSON.parse(await host.readText(layout.marker)) as Partial<Marker> | null;
  } catch {
    throw refused(layout, "holds a marker that is not JSON");
  }
  if (!marker?.state || typeof marker.scale !== "number")
    throw refused(layout, "holds a marker that is incomplete");
  if (path.resolve(marker.directory ?? "") !== path.resolve(layout.directory)) {
    throw refused(layout, `holds a marker that was written for ${marker.directory}`);
  }
  return marker as Marker;
}

export async function writeMarker(host: Host, layout: Layout, marker: Marker, user: string): Promise<void> {
  await host.writeText(layout.marker, `${JSON.stringify(marker, null, 2)}\n`, { user, mode: 0o600 });
}

/** @throws OpsError proofs unless the marker names exactly this cluster */
export function proveCluster(layout: Layout, marker: Marker | undefined, found: string | undefined): void {
  if (marker?.systemIdentifier && marker.systemIdentifier === found) return;
  throw new OpsError("proofs", `the cluster has system identifier ${found ?? "(none)"}`, {
    expected: `${marker?.systemIdentifier ?? "one"}, as written in ${layout.marker}`,
    todo: "nothing was touched; if the directory is really a sandbox, remove it by hand",
  });
}

function refused(layout: Layout, why: string): OpsError {
  return new OpsError("directory", `${layout.directory} ${why}`, {
    expected: "an empty directory or one made by `ops sandbox up`",
    todo: "configure another sandbox directory, or remove this one by hand",
  });
}
