// What the commits of an environment's releases file say: which changesets were released, what to go back to. The commit
// message is the record: git keeps it, and nobody has to keep a second one equal to it.
import { APPS, type App, type AppRelease, type Release } from "../../policies/service/releases";

/** One commit that changed `k8s/releases/<environment>.yaml`, with the file as it left it. */
export interface ReleaseCommit {
  commit: string;
  author: string;
  at: Date;
  message: string;
  release: Release;
}

export interface MessageParts {
  subject: string;
  notes: string;
  environment: string;
  digest: string;
  /** Ids of the changesets that it releases. */
  changesets: readonly string[];
  /** A rollback names the commit whose state it restores. */
  restores?: string;
  /** One line each: gate, reason, who approved, by what. */
  overrides: readonly string[];
  /** `Name <mail>` */
  signOff: string;
}

/** A `#` at the start of a line would be a comment to git; headings become bare lines. */
export function releaseMessage(parts: MessageParts): string {
  const trailers = [
    `Release-Environment: ${parts.environment}`,
    `Release-Digest: ${parts.digest}`,
    ...parts.changesets.map((id) => `Changeset: ${id}`),
    ...(parts.restores ? [`Restores: ${parts.restores}`] : []),
    ...parts.overrides.map((line) => `Override: ${line}`),
    `Signed-off-by: ${parts.signOff}`,
  ];
  const notes = parts.notes.replace(/^#+ /gm, "").trim();
  return `${parts.subject}\n\n${notes}\n\n${trailers.join("\n")}\n`;
}

/** Values of a trailer in the last paragraph of a message. */
export function trailers(message: string, name: string): string[] {
  const last =
    message
      .trim()
      .split(/\n{2,}/)
      .at(-1) ?? "";
  const prefix = `${name.toLowerCase()}:`;
  return last
    .split("\n")
    .filter((line) => line.toLowerCase().startsWith(prefix))
    .map((line) => line.slice(prefix.length).trim());
}

/**
 * Ids of the changesets that the environment runs, after the commits in order. A rollback takes back those of the commits
 * after the one that it restores.
 * @param history newest first
 */
export function releasedChangesets(history: readonly ReleaseCommit[]): Set<string> {
  const after = new Map<string, readonly string[]>();
  let current: readonly string[] = [];
  for (const { commit, message } of history.toReversed()) {
    const [restored] = trailers(message, "Restores");
    current =
      restored === undefined
        ? [...current, ...trailers(message, "Changeset")]
        : (after.get(restored) ?? current);
    after.set(commit, current);
  }
  return new Set(current);
}

export const sameApp = (a: AppRelease | undefined, b: AppRelease | undefined): boolean =>
  a?.digest === b?.digest && a?.version === b?.version && a?.image === b?.image;

/** Apps whose version, image or digest differs. */
export function changedApps(before: Release, after: Release): App[] {
  return APPS.filter((app) => !sameApp(before.apps[app], after.apps[app]));
}

/**
 * The newest earlier state that differs from the present one in these apps; undefined when there is none. Commits that were
 * rolled back are passed over, so that a second rollback does not bring back what the first one took away.
 * @param history newest first
 */
export function restorable(
  history: readonly ReleaseCommit[],
  apps: readonly App[],
): ReleaseCommit | undefined {
  const [newest] = history;
  if (!newest) return undefined;
  const restored = trailers(newest.message, "Restores")[0];
  const from = restored === undefined ? 0 : history.findIndex(({ commit }) => commit === restored);
  return history
    .slice(Math.max(0, from) + 1)
    .find(({ release }) => changedApps(newest.release, release).some((app) => apps.includes(app)));
}
