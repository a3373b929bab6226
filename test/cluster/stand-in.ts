// A stand-in for a Kubernetes API server with Argo CD and Argo Rollouts, none of the three: it serves two kinds of object over TLS,
// and refuses unknown routes, wrong verbs, missing or wrong tokens, other versions of the API and other kinds of patch. A test, or
// `controller.ts`, plays the controllers. No real cluster was talked to.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Application, RolloutObject } from "../../scripts/release/cluster";
import { type Certificates, makeCertificates } from "./certificates";

export interface ClusterStandIn {
  server: string;
  certificates: Certificates;
  /** A kubeconfig that reaches it, with authority and token in files beside it. */
  kubeconfig: string;
  applications: Map<string, Application>;
  rollouts: Map<string, RolloutObject>;
  /** Method and path of every request. */
  requests: string[];
  /** Bodies of patches, as they came. */
  patches: { path: string; body: unknown }[];
  /** Next answers are errors with this status. */
  faults: { status: number; times: number };
  /** Runs before an object is read: the controllers. */
  controllers: { run?: () => void };
  close(): Promise<void>;
}

const TOKEN = "stand-in-service-account-token";
const API = "/apis/argoproj.io/v1alpha1/namespaces";

interface Answer {
  status: number;
  body: unknown;
}

function refuse(status: number, reason: string, message: string): Answer {
  return {
    status,
    body: { kind: "Status", apiVersion: "v1", status: "Failure", message, reason, code: status },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

export async function clusterStandIn(): Promise<ClusterStandIn> {
  const certificates = makeCertificates();
  const applications: ClusterStandIn["applications"] = new Map();
  const rollouts: ClusterStandIn["rollouts"] = new Map();
  const state: Pick<ClusterStandIn, "requests" | "patches" | "faults" | "controllers"> = {
    requests: [],
    patches: [],
    faults: { status: 503, times: 0 },
    controllers: {},
  };

  function patched(path: string, name: string, sub: string | undefined, type: string, text: string): Answer {
    const found = rollouts.get(name);
    if (!found) return refuse(404, "NotFound", `rollouts.argoproj.io "${name}" not found`);
    if (type !== "application/merge-patch+json")
      return refuse(415, "UnsupportedMediaType", `the body of the request was in an unknown format: ${type}`);
    let body: { status?: object };
    try {
      body = JSON.parse(text) as { status?: object };
    } catch {
      return refuse(400, "BadRequest", "error decoding patch");
    }
    state.patches.push({ path, body });
    // With a status subresource, a patch of the object itself leaves the status as it was.
    if (sub === "status") found.status = { ...found.status, ...body.status };
    return { status: 200, body: found };
  }

  function answer(request: IncomingMessage, path: string, text: string): Answer {
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return refuse(401, "Unauthorized", "Unauthorized");
    if (state.faults.times > 0) {
      state.faults.times--;
      return refuse(state.faults.status, "ServiceUnavailable", "apiserver is shutting down");
    }
    const [, namespace, kind, name = "", sub] =
      new RegExp(`^${API}/([a-z-]+)/(applications|rollouts)/([a-z-]+)(?:/(status))?$`).exec(path) ?? [];
    if (kind === undefined)
      return refuse(404, "NotFound", "the server could not find the requested resource");
    const place = kind === "applications" ? "argocd" : "learning";
    if (namespace !== place) return refuse(404, "NotFound", `${kind}.argoproj.io "${name}" not found`);
    if (request.method === "PATCH" && kind === "rollouts")
      return patched(path, name, sub, request.headers["content-type"] ?? "", text);
    if (request.method !== "GET" || sub !== undefined)
      return refuse(405, "MethodNotAllowed", `the server does not allow ${request.method} here`);
    state.controllers.run?.();
    const found = kind === "applications" ? applications.get(name) : rollouts.get(name);
    return found
      ? { status: 200, body: { apiVersion: "argoproj.io/v1alpha1", ...found } }
      : refuse(404, "NotFound", `${kind}.argoproj.io "${name}" not found`);
  }

  const server = createServer({ key: certificates.key, cert: certificates.cert }, (request, response) => {
    const path = new URL(request.url ?? "/", "https://localhost").pathname;
    state.requests.push(`${request.method} ${path}`);
    void read(request).then((text) => {
      const { status, body } = answer(request, path, text);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = mkdtempSync("/tmp/ops-cluster-");
  writeFileSync(`${directory}/ca.crt`, certificates.ca);
  writeFileSync(`${directory}/token`, `${TOKEN}\n`, { mode: 0o600 });
  writeFileSync(
    `${directory}/config`,
    kubeconfigOf(address, "certificate-authority: ca.crt", "tokenFile: token"),
  );
  return {
    ...state,
    server: address,
    certificates,
    kubeconfig: `${directory}/config`,
    applications,
    rollouts,
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(directory, { recursive: true });
    },
  };
}

/** @param cluster, user one line of YAML each */
export function kubeconfigOf(server: string, cluster: string, user: string): string {
  return `apiVersion: v1
kind: Config
current-context: here
contexts:
  - name: here
    context: { cluster: there, user: us }
clusters:
  - name: there
    cluster:
      server: ${server}
      ${cluster}
users:
  - name: us
    user:
      ${user}
`;
}
