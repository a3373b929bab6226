// The Manifests port: evaluates k8s/ in this process and keeps k8s/rendered/. It alone imports k8s.
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { loadContract } from "../../../policies/contract/load";
import { DeclarationError } from "../../../policies/engine/declaration";
import { loadIntegrations } from "../../../policies/service/load";
import { loadRelease, type Release } from "../../../policies/service/releases";
import { OpsError } from "../../core/errors";
import { makeDirectories } from "../../machine/directories";
import type { Host } from "../../machine/port";
import { pathOf, RENDERED, type RenderedFile, yamlOf } from "../model";
import type { Manifests } from "../port";
import { type App, loadApps, loadTargets } from "./apps";
import { filesOfCommit } from "./commit";

export function createManifests(host: Host, root: string): Manifests {
  return {
    environments: async () => (await loadTargets()).RENDERED,
    render: (environments) => render(root, environments, (environment) => loadRelease(root, environment)),
    renderRelease: (release) => render(root, [release.environment], () => release),
    async committed(environments) {
      const files = await Promise.all(environments.map((name) => listed(root, `${RENDERED}/${name}`)));
      const paths = files.flat().sort();
      const texts = await Promise.all(paths.map((file) => readFile(path.join(root, file), "utf8")));
      return new Map(paths.map((file, index) => [file, texts[index]!]));
    },
    committedAt: (ref, environments) =>
      filesOfCommit(
        host,
        root,
        ref,
        environments.map((name) => `${RENDERED}/${name}`),
      ),
    async write(files, stale) {
      for (const { path: file, text } of files) await replace(path.join(root, file), text);
      for (const file of stale) await rm(path.join(root, file));
    },
  };
}

async function render(
  root: string,
  environments: readonly string[],
  releaseOf: (environment: string) => Release,
): Promise<RenderedFile[]> {
  const { targetOf, RENDERED: known } = await loadTargets();
  const apps = await loadApps(root);
  const declared = { contract: loadContract(root), integrations: loadIntegrations(root), apps };
  const files = environments.flatMap((name) => {
    const environment = known.find((each) => each === name);
    if (!environment) throw new OpsError("usage", `${name} is not rendered`, { expected: known.join(", ") });
    const target = targetOf(environment, { ...declared, release: releaseOf(environment) });
    return target.apps.flatMap((app) => {
      try {
        return app.objects(target).map((object) => ({
          environment,
          app: app.name,
          path: pathOf(environment, app, object),
          text: yamlOf(object),
        }));
      } catch (cause) {
        throw failed(environment, app, cause);
      }
    });
  });
  refuseCollisions(files);
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}

function failed(environment: string, app: App, cause: unknown): unknown {
  if (cause instanceof DeclarationError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new OpsError("config", `${app.name} cannot be rendered for ${environment}: ${message}`, { cause });
}

function refuseCollisions(files: readonly RenderedFile[]): void {
  const seen = new Set<string>();
  for (const { path: file } of files) {
    if (seen.has(file)) {
      throw new OpsError("config", `two objects would be written to ${file}`, {
        expected: "every object of an app with a kind, namespace and name of its own",
      });
    }
    seen.add(file);
  }
}

async function listed(root: string, directory: string): Promise<string[]> {
  if (!existsSync(path.join(root, directory))) return [];
  const entries = await readdir(path.join(root, directory), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      path
        .relative(root, path.join(entry.parentPath ?? entry.path, entry.name))
        .split(path.sep)
        .join("/"),
    );
}

async function replace(file: string, text: string): Promise<void> {
  makeDirectories(path.dirname(file));
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, file);
}
