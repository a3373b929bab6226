// One read of a registry that speaks OCI's distribution API: asks without a token first and takes the one that it is then sent
// for. Only the stand-in under test/ has been talked to so far.
import { OpsError } from "../../../core/errors";

/** Answers slower than this are given up, milliseconds. */
const TIMEOUT = 30_000;

/** `user:password` in base64, as Docker's configuration keeps it; undefined = asked as nobody. */
export type CredentialsOf = (registry: string) => Promise<string | undefined>;

/** Docker's own convention: a registry on this machine may go without TLS, no other. */
function origin(registry: string): string {
  return `${/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(registry) ? "http" : "https"}://${registry}`;
}

/** @returns parameters of a `Bearer` challenge; undefined for another kind */
export function challenge(header: string | null): Record<string, string> | undefined {
  const [, rest] = /^Bearer\s+(.+)$/i.exec(header ?? "") ?? [];
  if (rest === undefined) return undefined;
  return Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
}

async function ask(url: URL | string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(TIMEOUT) }).catch(
    (cause: unknown) => {
      throw new OpsError("unavailable", `${new URL(url).host} does not answer`, {
        expected: "a registry that speaks the OCI distribution API",
        cause,
      });
    },
  );
}

/**
 * Where the registry sends for a token. Credentials go nowhere but over TLS; a registry on this machine may name an address on this
 * machine.
 */
function realmOf(registry: string, realm: string | undefined): URL {
  const url = realm !== undefined && URL.canParse(realm) ? new URL(realm) : undefined;
  const local = url !== undefined && [url.origin, origin(url.host), origin(registry)].every(isPlain);
  if (url && (url.protocol === "https:" || local)) return url;
  throw new OpsError("unavailable", `${registry} names the token service ${realm || "(none)"}`, {
    expected: "an address with https",
  });
}

const isPlain = (address: string): boolean => address.startsWith("http://");

async function token(
  registry: string,
  asked: Record<string, string>,
  credentials: CredentialsOf,
): Promise<string> {
  const url = realmOf(registry, asked.realm);
  for (const name of ["service", "scope"]) if (asked[name]) url.searchParams.set(name, asked[name]);
  const known = await credentials(registry);
  const answer = await ask(url, known === undefined ? {} : { authorization: `Basic ${known}` });
  const body = answer.ok ? ((await answer.json()) as { token?: string; access_token?: string }) : {};
  const found = body.token ?? body.access_token;
  if (found) return found;
  throw refused(registry, `gives ${known === undefined ? "nobody" : "us"} no token (${answer.status})`);
}

function refused(registry: string, what: string): OpsError {
  return new OpsError("unavailable", `${registry} ${what}`, {
    expected: "credentials that may pull",
    todo: `docker login ${registry}, with a credentials file (DOCKER_CONFIG) and no credential helper`,
  });
}

/** @returns the answer, whatever its status but 401 and 403. @throws OpsError unavailable */
export async function read(
  registry: string,
  path: string,
  accept: string,
  credentials: CredentialsOf,
): Promise<Response> {
  const url = `${origin(registry)}/v2/${path}`;
  let answer = await ask(url, { accept });
  if (answer.status === 401) {
    const header = answer.headers.get("www-authenticate");
    const asked = challenge(header);
    const known = asked ? undefined : await credentials(registry);
    if (!asked && known === undefined) throw refused(registry, "wants to know who asks");
    const authorization = asked ? `Bearer ${await token(registry, asked, credentials)}` : `Basic ${known}`;
    answer = await ask(url, { accept, authorization });
  }
  if (answer.status === 401 || answer.status === 403)
    throw refused(registry, `refuses ${path} (${answer.status})`);
  return answer;
}
