// A host whose programs find one directory on a small filesystem that has no room left. The filesystem lives in a mount
// namespace of each program's own: it needs no clean-up, and nothing outside ever sees it.
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";

/** Room beyond the files that are copied onto it: enough to begin a backup, too little to end one. */
const ROOM_KIB = 256;

/** $1 directory, $2 an empty directory beside it, $3 size in KiB, $4 user that the program runs as ("" = ourselves), program. */
const SCRIPT = `set -e
directory=$1 aside=$2 size=$3 user=$4; shift 4
mount --bind "$directory" "$aside"
mount -t tmpfs -o "size=\${size}k" ops-full-disk "$directory"
cp -a "$aside/." "$directory/"
if [ -z "$user" ]; then exec "$@"; else exec setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"; fi`;

/** @throws OpsError missing when this machine allows no such filesystem */
export async function onFullDisk(host: Host, directory: string, aside: string): Promise<Host> {
  const root = process.getuid?.() === 0;
  const { stdout } = await host.run("du", ["-sk", directory]);
  const size = String(Number.parseInt(stdout, 10) + ROOM_KIB);
  const enter = [
    ...(root ? [] : ["--user", "--map-root-user"]),
    "--mount",
    "/bin/sh",
    "-c",
    SCRIPT,
    "ops-full-disk",
  ];
  const run: Host["run"] = (program, args, { user, ...options } = {}) =>
    host.run(
      "unshare",
      [...enter, directory, aside, size, root ? (user ?? "") : "", program, ...args],
      options,
    );
  const trial = await run("true", []);
  if (trial.exitCode !== 0) {
    throw new OpsError("missing", `no small filesystem can be created here: ${trial.stderr.trim()}`, {
      expected: "mount namespaces with tmpfs",
      todo: "run the self-test where they are allowed; the full repository was not tried",
    });
  }
  return { ...host, run };
}
