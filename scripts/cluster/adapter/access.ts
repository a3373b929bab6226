// How this machine reaches a cluster: a kubeconfig, or the service account of the pod that we run in. Everything secret comes from
// files; nothing is run to get it.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { parseYaml } from "../../../policies/engine/yaml";
import { OpsError } from "../../core/errors";

export interface Access {
  /** `https://host:port`, without a slash at the end. */
  server: string;
  /** PEM; undefined = the authorities that the system trusts. */
  ca: string | undefined;
  /** Client certificate, PEM. */
  certificate: { cert: string; key: string } | undefined;
  /** Read anew for every request: the token of a service account is exchanged every hour. */
  token(): Promise<string | undefined>;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

interface KubeConfig {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string; user: string } }[];
  clusters?: {
    name: string;
    cluster: { server: string; "certificate-authority"?: string; "certificate-authority-data"?: string };
  }[];
  users?: { name: string; user: User }[];
}

interface User {
  token?: string;
  tokenFile?: string;
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  exec?: unknown;
  "auth-provider"?: unknown;
  username?: unknown;
}

/**
 * `KUBECONFIG`, then the pod's service account, then `~/.kube/config`.
 * @param account directory of the service account
 * @throws OpsError config
 */
export async function clusterAccess(
  env: NodeJS.ProcessEnv = process.env,
  account = SERVICE_ACCOUNT,
): Promise<Access> {
  const { KUBECONFIG: given, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (!given && host) {
    const address = host.includes(":") ? `[${host}]` : host;
    return {
      server: `https://${address}:${port}`,
      ca: await text(path.join(account, "ca.crt")),
      certificate: undefined,
      token: async () => (await text(path.join(account, "token"))).trim(),
    };
  }
  return fromFile(given || path.join(env.HOME ?? homedir(), ".kube/config"));
}

async function text(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new OpsError("config", `${file} cannot be read`, {
      expected: "a kubeconfig (KUBECONFIG), or the service account of a pod",
      cause,
    });
  });
}

async function fromFile(file: string): Promise<Access> {
  const { value, problems } = parseYaml(file, await text(file));
  // Without the line itself: it may hold a key.
  if (problems[0]) throw wrong(file, `line ${problems[0].line} is no YAML`, "a kubeconfig");
  const config = (value ?? {}) as KubeConfig;
  const name = config["current-context"];
  const context = config.contexts?.find((each) => each.name === name)?.context;
  const cluster = config.clusters?.find((each) => each.name === context?.cluster)?.cluster;
  const user = config.users?.find((each) => each.name === context?.user)?.user;
  if (!cluster?.server || !user)
    throw wrong(file, "its current context is incomplete", "a context with cluster and user");
  if (!/^https:\/\/[^/]+\/?$/.test(cluster.server))
    throw wrong(file, `server ${cluster.server}`, "an address with https and without a path");
  if (user.exec || user["auth-provider"] || user.username)
    throw wrong(
      file,
      "its user is let in by a program or a password",
      "a token, a token file or a client certificate",
    );
  const beside = (other: string): string => path.resolve(path.dirname(file), other);
  const pem = async (data: string | undefined, other: string | undefined): Promise<string | undefined> =>
    data === undefined
      ? other === undefined
        ? undefined
        : text(beside(other))
      : Buffer.from(data, "base64").toString("utf8");
  const ca = await pem(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  const cert = await pem(user["client-certificate-data"], user["client-certificate"]);
  const key = await pem(user["client-key-data"], user["client-key"]);
  const { token, tokenFile } = user;
  if (!token && !tokenFile && !(cert && key))
    throw wrong(file, "its user has no credentials", "a token, a token file or a client certificate");
  return {
    server: cluster.server.replace(/\/$/, ""),
    ca,
    certificate: cert && key ? { cert, key } : undefined,
    token: async () => (tokenFile ? (await text(beside(tokenFile))).trim() : token),
  };
}

function wrong(file: string, found: string, expected: string): OpsError {
  return new OpsError("config", `${file}: ${found}`, { expected });
}
