// What every test of a run that needs a PostgreSQL starts from, made once before the first of them.
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { createHost } from "../../scripts/machine";
import { OS_USER } from "./cluster";
import { initdb } from "./template";

interface Project {
  /** Every test of the project can `inject` it. */
  provide(name: "initdb", dataDirectory: string): void;
}

/** @returns how to remove it */
export default async function setup(project: Project): Promise<() => void> {
  const host = createHost();
  const directory = mkdtempSync("/tmp/opsi-");
  await host.handOver(directory, OS_USER);
  const template = path.join(directory, "data");
  await initdb(host, template, OS_USER);
  project.provide("initdb", template);
  return () => rmSync(directory, { recursive: true, force: true });
}
