// Finds what k8s/ declares: one app or add-on a file, no list to keep. Loaded only when something is rendered.
import { readdirSync } from "node:fs";
import path from "node:path";
import type { App } from "../../../k8s/app";
import { OpsError } from "../../core/errors";

export type { App };

const ROOMS = ["k8s/apps", "k8s/platform"];

export function loadTargets(): Promise<typeof import("../../../k8s/app")> {
  return import("../../../k8s/app.js");
}

/** Sorted by name. @throws OpsError internal for a file that declares no app, or one of another name */
export async function loadApps(root: string): Promise<App[]> {
  const files = ROOMS.flatMap((room) =>
    readdirSync(path.join(root, room))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.join(root, room, file)),
  );
  const apps = await Promise.all(files.map(loadApp));
  return apps.sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function loadApp(file: string): Promise<App> {
  // Loaders differ in where they put the exports of a CommonJS module.
  const module = (await import(file)) as { default: App | { default: App } };
  const app = "default" in module.default ? module.default.default : module.default;
  const expected = path.basename(file, ".ts");
  if (app?.name === expected) return app;
  throw new OpsError("internal", `${file} declares ${app?.name ?? "no app"}`, {
    expected: `an app called ${expected} as default export`,
  });
}
