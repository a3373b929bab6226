// Puts a verified copy in the place of the source. Two independent proofs first; the old data are moved aside, never deleted.
import path from "node:path";
import { OpsError } from "../core/errors";
import type { Core, Operated } from "../core/tools";
import type { MachineTools } from "../machine/port";
import { withoutOurs } from "../postgres/handed-over";

export interface InPlaceProofs {
  systemIdentifier: string | undefined;
  phrase: string | undefined;
}

/**
 * Refuses unless both proofs are given and right and the source is stopped. The proofs come from different places: the
 * identifier from the cluster's control file, the phrase from the declared platform.
 * @throws OpsError proofs, unavailable
 */
export async function refuseInPlace(
  context: MachineTools & Pick<Operated, "platform">,
  proofs: InPlaceProofs,
): Promise<void> {
  const { host, platform } = context;
  const directory = platform.database.dataDirectory;
  if (!directory) {
    throw new OpsError("proofs", `platform ${platform.name} declares no database.dataDirectory`, {
      expected: "the directory that would be replaced, declared",
      todo: "restore beside the source with --into, or declare the directory",
    });
  }
  const phrase = `replace ${platform.name} in ${platform.environment}`;
  const control = await host.run(await host.program("pg_controldata"), ["-D", directory], {
    user: platform.backups.osUser,
  });
  const identifier = /system identifier:\s+(\d+)/.exec(control.stdout)?.[1];
  const wrong = [
    proofs.systemIdentifier === identifier && identifier !== undefined
      ? undefined
      : "--over-source is not the system identifier of the cluster there",
    proofs.phrase === phrase ? undefined : `--phrase is not "${phrase}"`,
  ].filter((line) => line !== undefined);
  if (wrong.length > 0) {
    throw new OpsError("proofs", `replacing ${directory} lacks proof that it is meant: ${wrong.join("; ")}`, {
      expected: "both proofs, correct",
      todo: "read the identifier with pg_controldata; or restore beside the source with --into",
    });
  }
  if (await host.exists(path.join(directory, "postmaster.pid"))) {
    throw new OpsError(
      "proofs",
      `${directory} has a postmaster.pid: the source is running, or crashed and was not checked`,
      {
        expected: "a stopped source",
        todo: "stop it with pg_ctl stop; remove postmaster.pid only when no server runs",
      },
    );
  }
}

/** Renames the old data directory aside and the copy into its place. @returns one line that says where the old data are */
export async function swapIn(
  context: Pick<Operated, "platform"> & Pick<Core, "newId"> & MachineTools,
  copyDirectory: string,
): Promise<string> {
  const directory = context.platform.database.dataDirectory!;
  const aside = `${directory}.before-${context.newId()}`;
  const { host } = context;
  const user = context.platform.backups.osUser;
  const move = async (from: string, to: string): Promise<void> => {
    const result = await host.run("/bin/mv", ["--no-target-directory", from, to], { user });
    if (result.exitCode !== 0)
      throw new OpsError("fail", `could not move ${from} to ${to}: ${result.stderr.trim()}`);
  };
  await forgetCopySettings(context, copyDirectory);
  await move(directory, aside);
  try {
    await move(copyDirectory, directory);
  } catch (error) {
    await move(aside, directory);
    throw error;
  }
  return `In place    ${directory} (the data before: ${aside})`;
}

/** A copy must not archive; the platform must. All other settings are the source's own. */
async function forgetCopySettings(
  { host, platform }: MachineTools & Pick<Operated, "platform">,
  copyDirectory: string,
): Promise<void> {
  const file = path.join(copyDirectory, "postgresql.auto.conf");
  // What ran inside may have put anything there: as the account that it belongs to now, a link leads nowhere else.
  const { osUser: user } = platform.backups;
  const read = await host.run("/bin/cat", ["--", file], { user });
  if (read.exitCode !== 0) throw new OpsError("fail", `${file} cannot be read: ${read.stderr.trim()}`);
  await host.writeText(file, withoutOurs(read.stdout), { user, mode: 0o600 });
}
