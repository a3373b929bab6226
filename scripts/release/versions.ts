// Which version may follow which (semver.org 2.0.0). Pure; whether a version exists is the registry's to say.
import { clean, gt, inc, lt, prerelease, type ReleaseType } from "semver";
import { APPS, type App } from "../../policies/service/releases";
import { OpsError } from "../core/errors";

/** What a changeset asks for; the larger of several counts. */
export const BUMPS = ["patch", "minor", "major"] as const;
export type Bump = (typeof BUMPS)[number];

export interface WantedVersion {
  app: App;
  version: string;
}

const EXAMPLE = "learning-web=1.1.0,mobile-api=1.4.2";

function refuse(found: string, expected: string, todo = "see `ops release --help`"): OpsError {
  return new OpsError("usage", found, { expected, todo });
}

export function isApp(name: string): name is App {
  return (APPS as readonly string[]).includes(name);
}

/** @throws OpsError usage */
export function parseApps(text: string): App[] {
  return text.split(",").map((name) => {
    const app = name.trim();
    if (!isApp(app)) throw refuse(`there is no app "${app}"`, `one of ${APPS.join(", ")}`);
    return app;
  });
}

/**
 * Reads `learning-web=1.1.0,mobile-api=v1.4.2`. A tag, a range or `latest` is no version: each could be another image tomorrow.
 * @throws OpsError usage
 */
export function parseVersions(text: string): WantedVersion[] {
  const wanted = text.split(",").map((part) => {
    const [name = "", found] = part.split("=", 2).map((word) => word.trim());
    const [app] = parseApps(name);
    const version = found === undefined ? null : clean(found);
    if (version === null || found?.includes("+")) {
      throw refuse(
        `${name}: "${found ?? ""}" is not a valid version`,
        `a semantic version such as ${EXAMPLE}; a tag such as latest can be moved`,
      );
    }
    return { app: app!, version };
  });
  const twice = wanted.find(({ app }, index) => wanted.findIndex((other) => other.app === app) < index);
  if (twice) throw refuse(`${twice.app} is named twice`, "each app once");
  return wanted;
}

/** The largest of them; undefined when there are none. */
export function largest(bumps: readonly Bump[]): Bump | undefined {
  return BUMPS.toReversed().find((bump) => bumps.includes(bump));
}

/**
 * Why `to` must not follow `from`; undefined = it may.
 * @param bump what the changesets between them ask for
 */
export function objection(from: string | undefined, to: string, bump: Bump | undefined): string | undefined {
  if (from === undefined) return undefined;
  if (!gt(to, from))
    return `${to} is not newer than ${from}, which runs; to go back use \`ops release rollback\``;
  const least = bump && inc(from, bump as ReleaseType);
  if (least && lt(to, least) && prerelease(to) === null)
    return `its changesets are ${bump}: after ${from} that is ${least} or later, not ${to}`;
  return undefined;
}

/** `1.2.0-rc.1` is for trying out. */
export function isPrerelease(version: string): boolean {
  return prerelease(version) !== null;
}
