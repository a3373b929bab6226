// The directory of one self-test: made, marked, proven before anything in it is damaged, removed.
import { realpath } from "node:fs/promises";
import path from "node:path";
import { OpsError } from "../../core/errors";
import type { DirectoryIdentity, Host, ProcessIdentity } from "../../machine/port";

/** Stands in the directory as long as the self-test lasts. */
export interface Marker extends DirectoryIdentity {
  /** The directory it was written for, by name as well as by device and inode: a copied mark proves nothing elsewhere. */
  directory: string;
  token: string;
  /** While this process lives, the directory is in use. */
  owner: ProcessIdentity;
}

const MARKER = "self-test.json";

export async function writeMarker(host: Host, marker: Omit<Marker, keyof DirectoryIdentity>): Promise<void> {
  const there = host.identifyDirectory(marker.directory);
  const text = JSON.stringify({ ...marker, ...there }, null, 2);
  await host.writeText(path.join(marker.directory, MARKER), text, { mode: 0o600 });
}

/** Undefined as well when the mark is not ours alone, or the directory a link or another one. */

export async function readMarker(host: Host, directory: string): Promise<Marker | undefined> {
  const there = host.identifyDirectory(directory);
  try {
    const marker = JSON.parse(
      (await host.readRecord(path.join(directory, MARKER))) ?? "null",
    ) as Marker | null;
    const named = marker?.directory === directory && typeof marker.token === "string" ? marker : undefined;
    return there && named?.device === there.device && named.inode === there.inode ? named : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The file's real path, after two independent proofs: it lies inside the directory once every link is followed, and the
 * directory carries the mark whose token only the process that made it holds.
 * @throws OpsError proofs
 */
export async function proveOurs(
  host: Host,
  ours: { directory: string; token: string },
  file: string,
): Promise<string> {
  const root = await realpath(ours.directory).catch(() => "");
  const parent = await realpath(path.dirname(file)).catch(() => "");
  // The file itself may be about to be made; if it is a link, where it leads to counts.
  const place = await realpath(file).catch(() => path.join(parent, path.basename(file)));
  if (root === "" || parent === "" || !place.startsWith(`${root}${path.sep}`))
    throw refused(file, `${place} lies outside ${ours.directory}`);
  if ((await readMarker(host, ours.directory))?.token !== ours.token)
    throw refused(file, `${ours.directory} does not carry this self-test's mark`);
  return place;
}

function refused(file: string, why: string): OpsError {
  return new OpsError("proofs", `${file} is not damaged: ${why}`, {
    expected: "a file inside the directory of the self-test that damages it",
    todo: "nothing was touched; please report it",
  });
}
