// What must be out of reach from a restored copy, and what attempts to reach it prove. Pure: makes no attempt itself.
import type { Integration, Platform } from "../../policies/service/service";
import { OpsError } from "../core/errors";
import type { Check, Cover } from "../core/evidence";

/** In the sandbox a listener stands for the integration while the proof runs. */
export const CONTROL_LISTENER = "witness";

/** Name of the check that the copy's network leads nowhere. */
export const NO_WAY_OUT = "isolation-no-way-out" satisfies Cover;

export interface Separation {
  isolated: boolean;
  /** How the copy is separated, or why it is not. */
  separation: string;
}

/** The same attempt at the same moment; the one outside is the positive control. */
export interface Connections {
  inside: { reached: boolean; detail: string };
  outside: { reached: boolean; detail: string };
}

/** Why nothing was learnt. */
export interface NotTried {
  reason: string;
}

/** `https://openapi.example.com/gateway` is port 443 of openapi.example.com. @throws OpsError config */
export function addressOf(integration: Integration, endpoint: string): { host: string; port: number } {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const port = Number(url?.port || (DEFAULT_PORTS[url?.protocol ?? ""] ?? 0));
  if (!url || url.hostname === "" || port === 0) {
    throw new OpsError("config", `integration ${integration.name} has the endpoint ${endpoint}`, {
      expected: `an https or http address, or \`${CONTROL_LISTENER}\``,
      todo: `correct policies/service/integrations/${integration.name}.yaml`,
    });
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };

/** Where the source listens: its Unix socket, or TCP when the platform names a host. */
export function sourceAddress({
  database,
}: Pick<Platform, "database">): { path: string } | { host: string; port: number } {
  const { host, port } = database;
  return host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

/**
 * Only a difference proves something: reached outside and not inside. Reached on neither side may just as well mean
 * that nobody was listening.
 * @param name of the check, kebab-case
 * @param what could be reached, e.g. `payment (127.0.0.1:40123)`
 * @param coveredBy check that proves enough where nothing is reached outside either. Default none
 */
export function judgeConnections(
  name: string,
  what: string,
  container: Separation,
  connections: Connections | NotTried,
  coveredBy?: Cover,
): Check {
  if (!container.isolated) return notIsolated(name, container);
  if ("reason" in connections) return { name, verdict: "inconclusive", detail: connections.reason };
  const { inside, outside } = connections;
  if (inside.reached) {
    return {
      name,
      verdict: "fail",
      detail: `${what}: reached from inside (${inside.detail}); expected out of reach`,
    };
  }
  if (outside.reached) {
    const detail = `${what}: out of reach inside (${inside.detail}), reached outside at the same moment (${outside.detail})`;
    return { name, verdict: "pass", detail };
  }
  const detail = `${what}: out of reach inside (${inside.detail}), but outside too (${outside.detail}): without that positive control nothing is proven`;
  return { name, verdict: "inconclusive", detail, ...(coveredBy === undefined ? {} : { coveredBy }) };
}

/** Integrations are declared per environment: where there is none, there is nothing to reach. */
export function noEndpoint(name: string, integration: string, environment: string): Check {
  return { name, verdict: "not-applicable", detail: `${integration} declares no endpoint in ${environment}` };
}

/** @param ways interfaces, addresses and routes inside; a loopback that is down has none */
export function judgeEgress(container: Separation, routes: readonly string[] | NotTried): Check {
  const name = NO_WAY_OUT;
  if (!container.isolated) return notIsolated(name, container);
  if ("reason" in routes) return { name, verdict: "inconclusive", detail: routes.reason };
  return routes.length === 0
    ? { name, verdict: "pass", detail: `${container.separation}; no interface is up, no address, no route` }
    : {
        name,
        verdict: "fail",
        detail: `found inside: ${routes.join(", ")}; expected no address and no route`,
      };
}

function notIsolated(name: string, { separation }: Separation): Check {
  return {
    name,
    verdict: "inconclusive",
    detail: `this machine did not isolate the copy: ${separation}; run where namespaces are allowed`,
  };
}
