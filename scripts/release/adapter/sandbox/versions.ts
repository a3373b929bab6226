// Versions of the stand-in that exist in the sandbox, one file each under `fixture/versions`. What a registry is to the cloud:
// the digest is that of the file, so whoever changes a version has made another one.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { compare } from "semver";
import { accept, declarationOf } from "../../../../policies/engine/declaration";
import type { App, AppRelease } from "../../../../policies/service/releases";
import type { Versions } from "../../releases";
import schema from "./stand-in.schema.json";

export interface StandIn {
  app: App;
  version: string;
  /** One SELECT that every request runs; the version is not ready while it fails. */
  query: string;
  /** So long an answer is held back; 0 = not at all. */
  delaySeconds: number;
  /** One answer in so many is an error; 0 = none. */
  failsEvery: number;
}

/** The sandbox's own little product: versions, changesets, change ledger. */
export const FIXTURE = path.join(__dirname, "fixture");
const VERSIONS = path.join(FIXTURE, "versions");

/** @throws DeclarationError */
export function parseStandIn(file: string, text: string): StandIn {
  return accept([declarationOf<StandIn>(file, text, schema)])[0]!;
}

export function versionFile(app: App, version: string): string {
  return path.join(VERSIONS, `${app}-${version}.yaml`);
}

export function createSandboxVersions(): Versions {
  return {
    async resolve(app, version): Promise<AppRelease | undefined> {
      const text = await readFile(versionFile(app, version), "utf8").catch(() => undefined);
      if (text === undefined) return undefined;
      const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
      return { version, image: `sandbox.example/netedu/${app}`, digest };
    },
    async known(app) {
      const shape = new RegExp(`^${app}-(\\d.*)\\.yaml$`);
      const names = await readdir(VERSIONS);
      return names.flatMap((name) => shape.exec(name)?.[1] ?? []).sort(compare);
    },
  };
}
