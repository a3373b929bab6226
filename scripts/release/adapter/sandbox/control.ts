// Speaks to the proxy's control side: who serves how much, what was measured. Over loopback, with a token of its own.
import type { Look } from "../../../../policies/service/analysis";
import { OpsError } from "../../../core/errors";

/** A running version behind the proxy. */
export interface Backend {
  /** Of this process, not of the version: the same version may be started again. */
  id: string;
  version: string;
  port: number;
  /** Share of the requests; they need not sum up to anything. */
  weight: number;
}

export interface Control {
  backends(): Promise<Backend[]>;
  route(backends: readonly Backend[]): Promise<void>;
  /** What this backend answered since the look before. */
  look(id: string): Promise<Look>;
  /** Requests that it has not answered yet. */
  inFlight(id: string): Promise<number>;
}

export function createControl(port: number, token: string): Control {
  const call = async <T>(method: string, what: string, body?: unknown): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}/-/${what}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new OpsError("unavailable", "the sandbox's proxy does not answer", { cause });
    });
    if (!response.ok)
      throw new OpsError("unavailable", `the sandbox's proxy answers ${response.status} to ${what}`);
    return (await response.json()) as T;
  };
  return {
    backends: () => call("GET", "backends"),
    route: async (backends) => {
      await call("PUT", "backends", backends);
    },
    // JSON has no undefined: a look without requests simply lacks its figures.
    look: (id) => call("POST", "look", { id }),
    inFlight: async (id) => (await call<Record<string, number>>("GET", "inflight"))[id] ?? 0,
  };
}
