// The major version of a cluster, which its programs must have too.
import { OpsError } from "../../core/errors";
import type { Container } from "../../isolation/port";

/** As the data directory says, read by the copy's own user. @throws OpsError fail */
export async function majorOf(container: Container, dataDirectory: string): Promise<number> {
  const { stdout, stderr } = await container.run("/bin/cat", ["--", `${dataDirectory}/PG_VERSION`]);
  const major = /^(\d+)\s*$/.exec(stdout)?.[1];
  if (major !== undefined) return Number(major);
  throw new OpsError("fail", `${dataDirectory} does not say its version: ${stderr.trim() || stdout.trim()}`, {
    expected: "a file PG_VERSION with the major version",
    todo: "restore again; if it repeats, the backup is not restorable",
  });
}
