// A stand-in for an image registry, not a registry: as much of OCI's distribution API as reading a version takes, with the bearer
// token that real ones want. Refuses unknown routes, wrong verbs, missing types and missing tokens. No real registry was talked to.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface RegistryStandIn {
  /** `127.0.0.1:<port>` */
  host: string;
  /** Pushes an image. @returns its digest */
  push(name: string, tag: string): string;
  /** Method and path of every request. */
  requests: string[];
  /** Changes how it misbehaves. */
  faults: { digest?: string; realm?: string; type?: string; status?: number };
  /** What `docker login` would keep. */
  auth: string;
  close(): Promise<void>;
}

const TYPE = "application/vnd.oci.image.manifest.v1+json";
const TOKEN = "stand-in-bearer";
const AUTH = Buffer.from("puller:stand-in-password").toString("base64");
const PAGE = 2;

export function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

export async function registryStandIn(): Promise<RegistryStandIn> {
  const images = new Map<string, Map<string, string>>();
  const state: Pick<RegistryStandIn, "requests" | "faults"> = { requests: [], faults: {} };

  function send(
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ): unknown {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
  }
  const refuse = (response: ServerResponse, status: number, code: string): unknown =>
    send(response, status, { errors: [{ code }] });

  function token(url: URL, request: IncomingMessage, response: ServerResponse): unknown {
    const scope = url.searchParams.get("scope") ?? "";
    if (url.searchParams.get("service") !== "stand-in" || !/^repository:.+:pull$/.test(scope))
      return refuse(response, 400, "UNSUPPORTED");
    if (request.headers.authorization !== `Basic ${AUTH}`) return refuse(response, 401, "UNAUTHORIZED");
    // Bound to what was asked for: a token for one name opens no other.
    return send(response, 200, { token: `${TOKEN}:${scope}`, expires_in: 300 });
  }

  function manifest(name: string, tag: string, request: IncomingMessage, response: ServerResponse): unknown {
    if (!(request.headers.accept ?? "").split(/,\s*/).includes(TYPE))
      return refuse(response, 404, "MANIFEST_UNKNOWN");
    const text = images.get(name)?.get(tag);
    if (text === undefined)
      return refuse(response, 404, images.has(name) ? "MANIFEST_UNKNOWN" : "NAME_UNKNOWN");
    return send(response, 200, text, {
      "content-type": state.faults.type ?? TYPE,
      "docker-content-digest": state.faults.digest ?? digestOf(text),
    });
  }

  function tags(name: string, url: URL, response: ServerResponse): unknown {
    const known = images.get(name);
    if (!known) return refuse(response, 404, "NAME_UNKNOWN");
    const all = [...known.keys()].sort();
    const last = url.searchParams.get("last");
    const from = last === null ? 0 : all.indexOf(last) + 1;
    const page = all.slice(from, from + PAGE);
    const more = from + PAGE < all.length;
    const next = `</v2/${name}/tags/list?last=${page.at(-1)}&n=${PAGE}>; rel="next"`;
    return send(response, 200, { name, tags: page }, more ? { link: next } : {});
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    state.requests.push(`${request.method} ${url.pathname}`);
    if (url.pathname === "/token") return token(url, request, response);
    const [, name = "", kind, tag] = /^\/v2\/(.+)\/(manifests|tags)\/([^/]+)$/.exec(url.pathname) ?? [];
    if (kind === undefined || (kind === "tags" && tag !== "list"))
      return refuse(response, 404, "NAME_INVALID");
    if (request.method !== "GET") return refuse(response, 405, "UNSUPPORTED");
    const scope = `repository:${name}:pull`;
    if (request.headers.authorization !== `Bearer ${TOKEN}:${scope}`) {
      const realm = state.faults.realm ?? `http://${request.headers.host}/token`;
      const header = `Bearer realm="${realm}",service="stand-in",scope="${scope}"`;
      return send(response, 401, { errors: [{ code: "UNAUTHORIZED" }] }, { "www-authenticate": header });
    }
    if (state.faults.status) return refuse(response, state.faults.status, "TOOMANYREQUESTS");
    return kind === "tags"
      ? tags(name, url, response)
      : manifest(name, decodeURIComponent(tag!), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...state,
    host: `127.0.0.1:${port}`,
    auth: AUTH,
    push(name, tag) {
      const text = JSON.stringify({ schemaVersion: 2, mediaType: TYPE, annotations: { tag } });
      images.set(name, (images.get(name) ?? new Map()).set(tag, text));
      return digestOf(text);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
