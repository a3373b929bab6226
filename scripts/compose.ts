// Wires adapters into the context of one run: the only place that knows which adapter stands behind which port.
import { hostname, userInfo } from "node:os";
import path from "node:path";
import { loadStatements } from "../policies/data/statements";
import type { Platform } from "../policies/service/service";
import { connectBackups } from "./backup/adapter";
import { createSubjects } from "./check/adapter";
import { appendToSummaries } from "./cli/adapter/step-summary";
import type { Invocation } from "./cli/command-line";
import type { Composition } from "./cli/runner";
import type { Names } from "./cli/values";
import { composeDelivery } from "./compose-delivery";
import { inputsOf, startRun } from "./compose-run";
import { chooseTarget, sandboxPaths } from "./compose-target";
import type { Context } from "./context";
import type { Clock } from "./core/clock";
import { isOffline, type Job } from "./core/job";
import { lazily, once } from "./core/lazy";
import { createData } from "./data/adapter";
import { createRowFiles } from "./data/adapter/row-files";
import { createDumps } from "./dump/adapter/dumps";
import { type LedgerOptions, openLedger } from "./evidence/adapter";
import { createIsolation } from "./isolation/adapter";
import { createHost } from "./machine";
import { createClock } from "./machine/clock";
import { type Paths, pathsOf } from "./machine/paths";
import type { Host } from "./machine/port";
import { createMasking } from "./masking/adapter";
import { createMigrationFiles } from "./migrate/adapter";
import { createGitHub } from "./pipeline/adapter/github";
import { createPipelines } from "./pipeline/adapter/pipelines";
import { createInfrastructure } from "./plan/adapter";
import { createServers } from "./postgres/adapter/servers";
import type { Servers } from "./postgres/port";
import { createManifests } from "./render/adapter";
import { createSandbox } from "./sandbox/adapter/sandbox";
import type { Sandbox } from "./sandbox/port";
import { createThrowawayClusters } from "./self-test/adapter/throwaway-clusters";
import type { ThrowawayClusters } from "./self-test/port";

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
  const offline = isOffline(command, args);
  const leavesEvidence = "kind" in invocation.job.evidence && !globals.dryRun;
  const { environment, platformName, declared } = chooseTarget(paths, globals, offline, leavesEvidence);
  const { tools, seed, cleanUp, close } = startRun(clock, globals);
  const { newId, signal } = tools;
  const ledger = await openLedger(
    ledgerOptions(path.join(paths.home, "evidence", environment), paths.home, clock),
  );
  // Whoever only looks, or only says what would be done, leaves nothing behind.
  const makes = !offline && !globals.dryRun && invocation.job.effect !== "reads";
  if (makes) await prepareDirectories(host, paths, declared.platform);
  const inputs = offline ? {} : await inputsOf(host, paths, seed, invocation);
  const parts: Parts = { host, clock, paths, environment, newId, signal };
  const servers = once(() => createServers(host, signal));
  const backups = once(() => connectBackups(host, declared.platform));

  const context = lazily<Context>({
    clock: () => clock,
    progress: () => tools.progress,
    random: () => tools.random,
    newId: () => newId,
    signal: () => signal,
    defer: () => tools.defer,
    color: () => tools.color,
    width: () => tools.width,
    host: () => host,
    ledger: () => ledger,
    isolation: () => createIsolation(host),
    servers,
    backupEngine: () => backups().backupEngine,
    backupRepository: () => backups().backupRepository,
    walArchive: () => backups().walArchive,
    sandbox: () => sandboxOf(parts, declared.platform),
    dumps: () => createDumps(declared.platform),
    rowFiles: () => createRowFiles(host, path.join(paths.state, "repairs")),
    data: () => createData({ host, root: paths.root, keys: path.join(paths.home, "keys"), declared }),
    throwaway: () => throwawayClusters(parts, servers().source, declared.platform),
    masking: () => createMasking(paths.root, path.join(paths.home, "keys"), environment, platformName),
    statements: () => ({ declared: () => loadStatements(paths.root, platformName) }),
    migrations: () => createMigrationFiles(host, paths.root),
    infrastructure: () => createInfrastructure(host, paths.root, () => declared.contract),
    manifests: () => createManifests(host, paths.root),
    subjects: () => createSubjects(host, paths.root, path.join(paths.root, ".ops/cache"), process.cwd()),
    pipelines: () => createPipelines(host, paths),
    github: () => createGitHub(),
    delivery: () => composeDelivery(parts),
    environment: () => environment,
    platformName: () => platformName,
    platform: () => declared.platform,
    integrations: () => declared.integrations,
    contract: () => declared.contract,
    roster: () => declared.roster,
    jobs: () => jobs,
    names: () => names,
    reports: () => path.join(paths.home, "reports"),
    copies: () => declared.platform.copies,
    sockets: () => paths.sockets,
    inputs: () => inputs,
    actor: () => process.env.GITHUB_ACTOR ?? `${userInfo().username}@${hostname()}`,
  });
  return { context, cleanUp, close, publish: appendToSummaries };
}

/** What the wiring of several rooms begins with. */
interface Parts {
  host: Host;
  clock: Clock;
  paths: Paths;
  environment: string;
  newId(): string;
  signal: AbortSignal;
}

/** @param beside directory of what is kept outside the ledger: heads and keys */
function ledgerOptions(directory: string, beside: string, clock: Clock): LedgerOptions {
  return {
    directory,
    heads: path.join(beside, "heads"),
    keys: path.join(beside, "keys"),
    now: () => clock.now(),
  };
}

/** Only one platform may be made, damaged and removed. */
function sandboxOf({ host, clock, environment, paths }: Parts, platform: Platform): Sandbox | undefined {
  if (platform.environment !== "sandbox" || platform.name !== "sandbox") return undefined;
  return createSandbox({ host, clock, environment, ...sandboxPaths(paths), user: platform.backups.osUser });
}

function throwawayClusters(
  { host, clock, paths, newId }: Parts,
  database: Servers["source"],
  platform: Platform,
): ThrowawayClusters {
  return createThrowawayClusters({
    host,
    clock,
    newId,
    directory: path.join(paths.state, "self-test"),
    sockets: paths.sockets,
    user: platform.backups.osUser,
    backups: connectBackups,
    database,
    ledger: (directory) => openLedger(ledgerOptions(directory, path.join(directory, ".."), clock)),
  });
}

async function prepareDirectories(host: Host, paths: Paths, platform: Platform): Promise<void> {
  // Entered by the database's user, listed only by us.
  const { osUser: user } = platform.backups;
  await host.ownDirectory(paths.state, { mode: 0o711, user });
  await host.ownDirectory(paths.sockets, { mode: 0o711, user: "root" });
  await host.ownDirectory(platform.copies, { mode: 0o711, user });
}
