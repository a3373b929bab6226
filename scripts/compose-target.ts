// Which platform and environment one run works on, and what is declared of them. Reads declarations, touches nothing.
import path from "node:path";
import type { Contract } from "../policies/contract/contract";
import { loadContract } from "../policies/contract/load";
import { DeclarationError } from "../policies/engine/declaration";
import { concerning, listPlatforms, loadIntegrations, loadPlatform } from "../policies/service/load";
import { loadRoster } from "../policies/service/roster";
import type { Platform } from "../policies/service/service";
import type { Globals } from "./cli/command-line";
import type { ContractTools } from "./contract/port";
import { OpsError } from "./core/errors";
import { lazily, once } from "./core/lazy";
import { NO_PLATFORM, type Operated } from "./core/tools";
import type { Paths } from "./machine/paths";

const DEFAULT_PLATFORM = "sandbox";

/** Read when asked for. */
type Declared = Pick<Operated, "platform"> & ContractTools;

export interface Target extends Pick<Operated, "environment" | "platformName"> {
  declared: Declared;
}

/**
 * @param offline the job talks to no platform: a broken declaration is its own only where it asks for it
 * @param leavesEvidence it then needs a platform of the environment that is named, whether it talks to it or not
 * @throws DeclarationError, OpsError unknownTarget, usage
 */
export function chooseTarget(
  paths: Paths,
  globals: Globals,
  offline: boolean,
  leavesEvidence: boolean,
): Target {
  const contract = once(() => loadContract(paths.root));
  const load = loaderOf(paths, contract);
  const platformName = choosePlatform(paths, globals, load);
  const declared: Declared = lazily<Declared>({
    platform: () => (platformName === NO_PLATFORM ? noPlatform(globals.env ?? "") : load(platformName)),
    integrations: () => concerning(declared.platform, loadIntegrations(paths.root)),
    contract,
    roster: () => loadRoster(paths.root),
  });
  if (offline) {
    const environment = globals.env ?? environmentUnread(platformName, declared);
    if (leavesEvidence && globals.env !== undefined) stayWhereAsked(declared.platform, environment);
    return { environment, platformName, declared };
  }
  // A broken declaration stops a job that works on a platform before it begins; others meet it where they need it.
  const [platform] = [declared.platform, declared.integrations, declared.contract];
  const environment = globals.env ?? platform.environment;
  stayWhereAsked(platform, environment);
  return { environment, platformName, declared };
}

/** A job that talks to no platform leaves the default one's declaration unread: reading costs more than many a job. */
function environmentUnread(name: string, declared: Declared): string {
  if (name === DEFAULT_PLATFORM) return "sandbox";
  try {
    return declared.platform.environment;
  } catch (error) {
    if (error instanceof DeclarationError) return "sandbox";
    throw error;
  }
}

/** Where the sandbox is, and its socket. */
export function sandboxPaths(paths: Paths): { directory: string; socket: string } {
  return { directory: path.join(paths.state, "sandbox"), socket: path.join(paths.sockets, "source") };
}

function loaderOf(paths: Paths, contract: () => Contract): (name: string) => Platform {
  const { directory, socket } = sandboxPaths(paths);
  const substitutions = { sandbox: directory, socket, copies: path.join(paths.state, "copies") };
  return (name) => loadPlatform(paths.root, name, substitutions, contract);
}

/**
 * @returns its name, never another environment's; its declaration is read only where an environment has to be looked for, or is
 * named too
 * @throws OpsError unknownTarget when platform and environment are named and contradict each other
 */
function choosePlatform(paths: Paths, { platform, env }: Globals, load: (name: string) => Platform): string {
  if (platform !== undefined) {
    if (env !== undefined && load(platform).environment !== env)
      throw new OpsError("unknownTarget", `platform ${platform} is not of environment ${env}`, {
        expected: `its own environment, ${load(platform).environment}`,
        todo: "give only one of them, or a matching pair",
      });
    return platform;
  }
  const matching = env ? listPlatforms(paths.root).filter((name) => load(name).environment === env) : [];
  if (matching.length === 1) return matching[0]!;
  return env === undefined ? DEFAULT_PLATFORM : NO_PLATFORM;
}

function noPlatform(environment: string): never {
  throw new OpsError("unknownTarget", `not exactly one platform is declared for ${environment}`, {
    expected: `policies/service/platforms/<name>.yaml with environment: ${environment}`,
    todo: "declare it, or choose one of several with --platform",
  });
}

/** A job never works on another environment's platform, and below `ops ci` on nothing but the sandbox. */
function stayWhereAsked(platform: Platform, environment: string): void {
  if (platform.environment !== environment) noPlatform(environment);
  const confined = process.env.OPS_CONFINED;
  if (confined && environment !== confined)
    throw new OpsError("usage", `${environment} is out of reach here: this runs below \`ops ci\``, {
      expected: `the ${confined}`,
    });
}
