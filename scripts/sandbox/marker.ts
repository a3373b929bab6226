// The file that proves a directory to be a sandbox of ours.
import path from "node:path";
import { OpsError } from "../core/errors";
import type { DirectoryIdentity, Host } from "../machine/port";
import type { Layout } from "./layout";

/** By device and inode it names the directory that it was written for: a copied one proves nothing elsewhere. */
export interface Marker extends DirectoryIdentity {
  /** `ready` is written last by `up`; the other two mean that a process died half-way. */
  state: "building" | "ready" | "removing";
  directory: string;
  scale: number;
  /** PostgreSQL's system identifier; null until the cluster exists. */
  systemIdentifier: string | null;
  created: string;
}

/**
 * Undefined when there is no sandbox: the directory is absent or empty.
 * @throws OpsError directory when something is there that is not a sandbox, proofs when the marker is not ours alone
 */
export async function readMarker(host: Host, layout: Layout): Promise<Marker | undefined> {
  const there = host.identifyDirectory(layout.directory);
  if (!there && !(await host.exists(layout.directory))) return undefined;
  if (!there) throw refused(layout, "is no directory, or a link");
  const text = await host.readRecord(layout.marker);
  if (text === undefined) {
    if ((await host.list(layout.directory)).length === 0) return undefined;
    throw refused(layout, "is not empty and holds no marker of a sandbox");
  }
  let marker: Partial<Marker> | null;
  try {
    marker = JSON.parse(text) as Partial<Marker> | null;
  } catch {
    throw refused(layout, "holds a marker that is not JSON");
  }
  if (!marker?.state || typeof marker.scale !== "number")
    throw refused(layout, "holds a marker that is incomplete");
  if (path.resolve(marker.directory ?? "") !== path.resolve(layout.directory)) {
    throw refused(layout, `holds a marker that was written for ${marker.directory}`);
  }
  if (marker.device !== there.device || marker.inode !== there.inode)
    throw refused(layout, "holds a marker that was written for another directory of that name");
  return marker as Marker;
}

/** @throws OpsError directory when there is no directory to mark */
export async function writeMarker(
  host: Host,
  layout: Layout,
  marker: Omit<Marker, keyof DirectoryIdentity>,
): Promise<void> {
  const there = host.identifyDirectory(layout.directory);
  if (!there) throw refused(layout, "is no directory, or a link");
  await host.writeText(layout.marker, `${JSON.stringify({ ...marker, ...there }, null, 2)}\n`, {
    mode: 0o600,
  });
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
