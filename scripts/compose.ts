// Wires adapters into the context of one run: the only place that knows which adapter stands behind which port.
import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { hostname, userInfo } from "node:os";
import path from "node:path";
import type { Contract } from "../policies/contract/contract";
import { loadContract } from "../policies/contract/load";
import { DeclarationError } from "../policies/engine/declaration";
import { listPlatforms, loadIntegrations, loadPlatform } from "../policies/service/load";
import { loadRoster } from "../policies/service/roster";
import type { Platform } from "../policies/service/service";
import { connectBackups } from "./backup/adapter";
import { createSubjects } from "./check/adapter";
import { createProgress } from "./cli/adapter/progress";
import { appendToSummaries } from "./cli/adapter/step-summary";
import type { Globals, Invocation } from "./cli/command-line";
import type { Composition } from "./cli/runner";
import type { Names } from "./cli/values";
import { composeDelivery } from "./compose-delivery";
import type { Context } from "./context";
import { kebab } from "./core/arguments";
import { OpsError } from "./core/errors";
import { isOffline, type Job } from "./core/job";
import { createDumps } from "./dump/adapter/dumps";
import { openLedger } from "./evidence/adapter";
import { createIsolation } from "./isolation/adapter";
import { createHost } from "./machine";
import { createClock } from "./machine/clock";
import { commitOf } from "./machine/git";
import { type Paths, pathsOf } from "./machine/paths";
import type { Host } from "./machine/port";
import { createMigrationFiles } from "./migrate/adapter";
import { createGitHub } from "./pipeline/adapter/github";
import { createPipelines } from "./pipeline/adapter/pipelines";
import { createInfrastructure } from "./plan/adapter";
import { createServers } from "./postgres/adapter/servers";
import { createManifests } from "./render/adapter";
import { createSandbox } from "./sandbox/adapter/sandbox";
import { createThrowawayClusters } from "./self-test/adapter/throwaway-clusters";

const DEFAULT_PLATFORM = "sandbox";

/** @throws DeclarationError, OpsError unknownTarget (platform), missing, evidence */
export async function compose(
  invocation: Invocation<Context>,
  jobs: () => Promise<readonly Job<Context>[]>,
  names: Names,
): Promise<Composition<Context>> {
  const { command, args, globals } = invocation;
  const paths = pathsOf(path.resolve(__dirname, ".."));
  const host = createHost();
  const clock = createClock();
  const contract = once(() => loadContract(paths.root));
  const declaredPlatform = loaderOf(paths, contract);
  const platformName = choosePlatform(paths, globals, declaredPlatform);
  const platform = once(() => declaredPlatform(platformName));
  const integrations = once(() => loadIntegrations(paths.root));
  const offline = isOffline(command, args);
  // A broken declaration stops a job that works on a platform before it begins; others meet it where they need it.
  if (!offline) for (const declared of [platform, integrations, contract]) declared();
  const environment = globals.env ?? environmentOf(offline, platformName, platform);
  if (!offline) stayWhereAsked(platform(), environment);
  const seed = globals.seed ?? randomBytes(4).readUInt32BE();
  const interactive = process.stderr.isTTY === true && !process.env.CI;
  const color = globals.color && !process.env.NO_COLOR && process.stdout.isTTY === true;
  const { signal, stop } = interruptible();
  const progress = createProgress({
    mode: globals.json ? "json" : globals.quiet ? "quiet" : interactive ? "tty" : "plain",
    stdout: process.stdout,
    stderr: process.stderr,
    color,
    now: () => clock.seconds(),
    github: process.env.GITHUB_ACTIONS === "true",
    signal,
  });
  const ledger = await openLedger({
    directory: path.join(paths.home, "evidence", environment),
    heads: path.join(paths.home, "heads"),
    keys: path.join(paths.home, "keys"),
    now: () => clock.now(),
  });
  const deferred: { name: string; cleanup: () => Promise<void> }[] = [];
  if (!offline) await prepareDirectories(host, paths, platform());

  const newId = (): string =>
    `${clock.now().toISOString().slice(0, 19).replace(/[-:]/g, "").toLowerCase()}-${randomBytes(3).toString("hex")}`;
  const servers = createServers(host, signal);

  const backups = once(() => connectBackups(host, platform()));
  const sandbox = once(() => {
    const { name, environment: where, backups: kept } = platform();
    return where === "sandbox" && name === "sandbox"
      ? createSandbox({ host, clock, environment, ...sandboxPaths(paths), user: kept.osUser })
      : undefined;
  });
  const throwaway = once(() =>
    createThrowawayClusters({
      host,
      clock,
      newId,
      directory: path.join(paths.state, "self-test"),
      sockets: paths.sockets,
      user: platform().backups.osUser,
      backups: connectBackups,
      database: servers.source,
      ledger: (directory) =>
        openLedger({
          directory,
          heads: path.join(directory, "..", "heads"),
          keys: path.join(directory, "..", "keys"),
          now: () => clock.now(),
        }),
    }),
  );

  const context: Context = {
    host,
    clock,
    progress,
    isolation: createIsolation(host),
    servers,
    get backupEngine() {
      return backups().backupEngine;
    },
    get backupRepository() {
      return backups().backupRepository;
    },
    get walArchive() {
      return backups().walArchive;
    },
    ledger,
    get sandbox() {
      return sandbox();
    },
    infrastructure: createInfrastructure(host, paths.root, contract),
    pipelines: createPipelines(host, paths),
    github: createGitHub(),
    manifests: createManifests(host, paths.root),
    delivery: composeDelivery({ host, clock, environment, paths, newId, signal }),
    migrations: createMigrationFiles(host, paths.root),
    subjects: createSubjects(host, paths.root, path.join(paths.root, ".ops/cache"), process.cwd()),
    get dumps() {
      return createDumps(platform());
    },
    get throwaway() {
      return throwaway();
    },
    environment,
    platformName,
    get platform() {
      return platform();
    },
    get integrations() {
      return integrations();
    },
    get contract() {
      return contract();
    },
    get roster() {
      return loadRoster(paths.root);
    },
    jobs,
    names,
    color,
    random: seeded(seed),
    newId,
    signal,
    defer: (name, cleanup) => deferred.push({ name, cleanup }),
    reports: path.join(paths.home, "reports"),
    get copies() {
      return platform().copies;
    },
    sockets: paths.sockets,
    inputs: offline ? {} : await inputsOf(host, paths, seed, invocation),
    actor: process.env.GITHUB_ACTOR ?? `${userInfo().username}@${hostname()}`,
    width: Math.min(process.stdout.columns ?? 100, 140),
  };
  return {
    context,
    async cleanUp() {
      for (const { name, cleanup } of deferred.splice(0).reverse()) {
        await cleanup().catch((error: unknown) => {
          progress.say("error", `${name} failed: ${error instanceof Error ? error.message : String(error)}`);
        });
      }
    },
    publish: appendToSummaries,
    close() {
      stop();
      progress.close();
    },
  };
}

/** Made when it is first asked for, and only then. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** A job that talks to no platform leaves the default one's declaration unread: reading costs more than many a job. */
function environmentOf(offline: boolean, name: string, platform: () => Platform): string {
  if (offline && name === DEFAULT_PLATFORM) return "sandbox";
  try {
    return platform().environment;
  } catch (error) {
    if (offline && error instanceof DeclarationError) return "sandbox";
    throw error;
  }
}

function sandboxPaths(paths: Paths): { directory: string; socket: string } {
  return { directory: path.join(paths.state, "sandbox"), socket: path.join(paths.sockets, "source") };
}

function loaderOf(paths: Paths, contract: () => Contract): (name: string) => Platform {
  const { directory, socket } = sandboxPaths(paths);
  const substitutions = { sandbox: directory, socket, copies: path.join(paths.state, "copies") };
  return (name) => loadPlatform(paths.root, name, substitutions, contract);
}

/**
 * @returns its name; its declaration is read only where an environment has to be looked for, or is named too
 * @throws OpsError unknownTarget when platform and environment are named and contradict each other
 */
function choosePlatform(paths: Paths, { platform, env }: Globals, load: (name: string) => Platform): string {
  if (platform !== undefined) {
    if (env !== undefined && load(platform).environment !== env)
      throw new OpsError("unknownTarget", `platform ${platform} is not of environment ${env}`, {
        expected: `its own, ${load(platform).environment}`,
        todo: "name one of the two, or two that belong together",
      });
    return platform;
  }
  const matching = env ? listPlatforms(paths.root).filter((name) => load(name).environment === env) : [];
  return matching.length === 1 ? matching[0]! : DEFAULT_PLATFORM;
}

/** A job never works on another environment's platform, and below `ops ci` on nothing but the sandbox. */
function stayWhereAsked(platform: Platform, environment: string): void {
  if (platform.environment !== environment)
    throw new OpsError("unknownTarget", `no one platform is declared for ${environment}`, {
      expected: `policies/service/platforms/<name>.yaml with environment: ${environment}`,
      todo: "declare it, or choose one of several with --platform",
    });
  const confined = process.env.OPS_CONFINED;
  if (confined && environment !== confined)
    throw new OpsError("usage", `${environment} is out of reach here: this runs below \`ops ci\``, {
      expected: `the ${confined}`,
    });
}

async function prepareDirectories(host: Host, paths: Paths, platform: Platform): Promise<void> {
  // Traversable by the database's user, listable only by us.
  await host.makeDirectory(paths.state, { mode: 0o711 });
  await host.makeDirectory(paths.sockets, { mode: 0o711 });
  await host.makeDirectory(platform.copies, { mode: 0o711 });
}

/** Aborts on the first SIGINT or SIGTERM, so that clean-up can run; the second one ends the process at once. */
function interruptible(): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  // Every session listens to it, and a rehearsal has dozens.
  setMaxListeners(0, controller.signal);
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new OpsError("interrupted", "interrupted"));
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
  return { signal: controller.signal, stop: () => process.off("SIGINT", onSignal).off("SIGTERM", onSignal) };
}

async function inputsOf(
  host: Host,
  paths: Paths,
  seed: number,
  { job, subcommand, args }: Invocation<Context>,
): Promise<Record<string, string>> {
  const first = async (program: string, option: string): Promise<string> =>
    (await host.run(await host.program(program), [option])).stdout.trim().split("\n")[0] ?? "";
  // Earlier evidence names a subcommand as the argument that it was: readers compare.
  const given = [["action", subcommand], ...Object.entries(args)].filter(
    ([, value]) => value !== undefined && value !== false && String(value) !== "",
  );
  return {
    git: await commitOf(paths.root),
    node: process.version,
    postgres: await first("postgres", "--version"),
    pgbackrest: await first("pgbackrest", "version"),
    seed: String(seed),
    command: [
      `ops ${job.name}`,
      ...given.map(([name, value]) => `--${kebab(String(name))} ${String(value)}`),
    ].join(" "),
  };
}

/** mulberry32, Tommy Ettinger's public-domain generator: 32 bits of state are plenty for choosing what to restore test. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
