// Proves that a copy cannot reach the source, the repository or any integration: tries each, inside and outside at once.
// A drill that could charge a learner or send a message would be worse than no drill.
import type { Integration } from "../../policies/service/service";
import type { BackupRepository } from "../backup/port";
import type { ContractTools } from "../contract/port";
import { OpsError } from "../core/errors";
import type { Check, Cover } from "../core/evidence";
import type { Operated } from "../core/tools";
import type { Container, IsolationTools, Probe } from "../isolation/port";
import {
  addressOf,
  CONTROL_LISTENER,
  judgeConnections,
  judgeEgress,
  NO_WAY_OUT,
  type NotTried,
  noEndpoint,
  sourceAddress,
} from "./isolation";

/** What a proof needs of the context. */
export type IsolationContext = Pick<ContractTools, "integrations"> &
  Pick<Operated, "environment" | "platform"> &
  IsolationTools & { backupRepository: Pick<BackupRepository, "directories" | "endpoints"> };

/**
 * One check for the source, each repository and each integration, and one for the network as a whole.
 * An integration that is unreachable from outside too is inconclusive; the network's own check then covers it for the verdict.
 * A local repository is listed, a remote one is connected to.
 * @throws OpsError config when an integration's endpoint or a repository's place is no address
 */
export async function proveIsolation(context: IsolationContext, container: Container): Promise<Check[]> {
  const probes = [sourceProbe(context), ...(await repositoryProbes(context))];
  return Promise.all([
    container
      .egress()
      .catch(notTried)
      .then((routes) => judgeEgress(container, routes)),
    ...probes.map((probe) => prove(container, probe)),
    ...context.integrations.map((integration) => proveIntegration(context, container, integration)),
  ]);
}

function sourceProbe(context: IsolationContext): Probe {
  const address = sourceAddress(context.platform);
  return "path" in address
    ? { kind: "unix-socket", name: "source", ...address }
    : { kind: "tcp", name: "source", ...address };
}

/** A copy may reach no repository at all: WAL was laid beside it. */
async function repositoryProbes({ backupRepository }: IsolationContext): Promise<Probe[]> {
  const directories = await backupRepository.directories();
  const endpoints = await backupRepository.endpoints();
  const named = (index: number): string => (index === 0 ? "repository" : `repository-${index + 1}`);
  return [
    ...directories.map((directory) => ({ kind: "directory" as const, directory })),
    ...endpoints.map((endpoint) => ({ kind: "tcp" as const, ...endpoint })),
  ].map((probe, index) => ({ ...probe, name: named(index) }));
}

async function proveIntegration(
  context: IsolationContext,
  container: Container,
  integration: Integration,
): Promise<Check> {
  const { name } = integration;
  const endpoint = integration.endpoints[context.environment];
  if (endpoint === undefined) return noEndpoint(checkName(name), name, context.environment);
  if (endpoint !== CONTROL_LISTENER)
    return prove(container, { kind: "tcp", name, ...addressOf(integration, endpoint) }, NO_WAY_OUT);
  const controlListener = await context.isolation.controlListener(name);
  try {
    return await prove(container, {
      kind: "tcp",
      name,
      host: controlListener.host,
      port: controlListener.port,
    });
  } finally {
    await controlListener.close();
  }
}

async function prove(container: Container, probe: Probe, coveredBy?: Cover): Promise<Check> {
  const connections = await container.probe([probe]).then(([result]) => result, notTried);
  return judgeConnections(
    checkName(probe.name),
    describe(probe),
    container,
    connections ?? { reason: "the attempt gave no result" },
    coveredBy,
  );
}

function checkName(target: string): string {
  return `isolation-${target}`;
}

function describe(probe: Probe): string {
  if (probe.kind === "tcp") return `${probe.name} (${probe.host}:${probe.port})`;
  return `${probe.name} (${probe.kind === "directory" ? probe.directory : probe.path})`;
}

/** An attempt that could not be made proves nothing and ends nothing; a bug stays a bug. */
function notTried(error: unknown): NotTried {
  if (error instanceof OpsError) return { reason: error.message };
  throw error;
}
