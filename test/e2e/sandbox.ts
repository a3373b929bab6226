// A sandbox that is ready, made once in a run of slow tests and copied by each file that only needs one. A copy is what
// `ops sandbox up` leaves behind: a cluster, a repository and a marker of its own. `up` itself is tested elsewhere.
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { inject } from "vitest";
import { createHost } from "../../scripts/machine";
import { createClock } from "../../scripts/machine/clock";
import { backrest, configureArchive } from "../../scripts/sandbox/adapter/archive";
import { createCluster } from "../../scripts/sandbox/adapter/cluster";
import { createSandbox } from "../../scripts/sandbox/adapter/sandbox";
import { type Layout, layoutOf } from "../../scripts/sandbox/layout";
import { readMarker, writeMarker } from "../../scripts/sandbox/marker";
import { SCALE } from "../faults/ops";
import { OS_USER } from "./cluster";
import { copyCluster } from "./template";

/** The template below `base`, and its server's socket. */
const templateIn = (base: string): Layout => layoutOf(path.join(base, "sandbox"), path.join(base, "s"));

interface Project {
  /** Every test of the project can `inject` it. */
  provide(name: "sandbox", base: string): void;
}

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the template is. */
    sandbox: string;
  }
}

/** Vitest calls it before the first test. @returns how to remove what it made */
export default async function setup(project: Project): Promise<() => Promise<void>> {
  const [host, clock] = [createHost(), createClock()];
  const base = await mkdtemp("/tmp/opsi-");
  await chmod(base, 0o755);
  const { directory, socket } = templateIn(base);
  const place = { directory, socket, user: OS_USER, environment: "sandbox" };
  await createSandbox({ host, clock, ...place }).up({ scale: Number(SCALE) });
  await createCluster(host, clock, templateIn(base), OS_USER).stop("fast");
  project.provide("sandbox", base);
  return () => rm(base, { recursive: true, force: true });
}

/** Nothing may be where the layout says. Afterwards the server runs and archives; the workload is yet to be started. */
export async function copySandbox(layout: Layout): Promise<void> {
  const [host, clock] = [createHost(), createClock()];
  const template = templateIn(inject("sandbox"));
  await host.ownDirectory(layout.directory, { user: OS_USER, mode: 0o711 });
  await host.ownDirectory(path.dirname(layout.socket), { mode: 0o711 });
  await host.makeDirectory(layout.log, { user: OS_USER, mode: 0o700 });
  await host.makeDirectory(layout.data, { user: OS_USER, mode: 0o700 });
  await copyCluster(host, `${template.data}/.`, layout.data, OS_USER);
  const configuration = path.join(layout.data, "postgresql.conf");
  const text = (await readFile(configuration, "utf8"))
    .replaceAll(template.directory, layout.directory)
    .replaceAll(template.socket, layout.socket);
  await host.writeText(configuration, text, { user: OS_USER, mode: 0o600 });
  const cluster = createCluster(host, clock, layout, OS_USER);
  await configureArchive(host, layout, OS_USER);
  await cluster.start("serve");
  await backrest(host, layout, OS_USER, "stanza-create");
  await backrest(host, layout, OS_USER, "check");
  const marker = await readMarker(host, template);
  const systemIdentifier = (await cluster.identifier()) ?? null;
  await writeMarker(host, layout, { ...marker!, directory: layout.directory, systemIdentifier });
}
