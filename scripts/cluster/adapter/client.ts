// As much of the Kubernetes API as watching a rollout takes: read one object, patch one. Node's own https instead of fetch, which
// takes no certificate authority. Only the stand-in under test/ has been talked to so far.
import { request } from "node:https";
import { OpsError } from "../../core/errors";
import type { Access } from "./access";

/** Answers slower than this are given up, milliseconds. */
const TIMEOUT = 30_000;

export interface KubernetesClient {
  /** Undefined when there is no such object. @throws OpsError unavailable */
  get<T>(path: string): Promise<T | undefined>;
  /** JSON merge patch (RFC 7386). @returns false when there is no such object or subresource. @throws OpsError unavailable */
  patch(path: string, body: unknown): Promise<boolean>;
}

interface Answer {
  status: number;
  text: string;
}

async function send(access: Access, method: "GET" | "PATCH", path: string, body?: unknown): Promise<Answer> {
  const token = await access.token();
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise<Answer>((resolve, reject) => {
    const call = request(
      `${access.server}${path}`,
      {
        method,
        ...(access.ca === undefined ? {} : { ca: access.ca }),
        ...access.certificate,
        timeout: TIMEOUT,
        agent: false,
        headers: {
          accept: "application/json",
          "user-agent": "netedu-ops",
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(text === undefined
            ? {}
            : { "content-type": "application/merge-patch+json", "content-length": Buffer.byteLength(text) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    call.on("timeout", () => call.destroy(new Error(`no answer within ${TIMEOUT / 1000} s`)));
    call.on("error", reject);
    call.end(text);
  }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError("unavailable", `the cluster at ${access.server} does not answer: ${why}`, {
      expected: "the API server of the environment, with the certificate that its authority signed",
      cause,
    });
  });
}

/** The API's own words (`kind: Status`). */
function reasonOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    return message ? `: ${message}` : "";
  } catch {
    return "";
  }
}

export function createKubernetesClient(access: () => Promise<Access>): KubernetesClient {
  async function call(method: "GET" | "PATCH", path: string, body?: unknown): Promise<string | undefined> {
    const { status, text } = await send(await access(), method, path, body);
    if (status >= 200 && status < 300) return text;
    if (status === 404) return undefined;
    throw new OpsError(
      "unavailable",
      `the cluster refuses ${method} ${path} with ${status}${reasonOf(text)}`,
      {
        expected: "an account that may read applications and rollouts, and patch the status of rollouts",
      },
    );
  }
  return {
    async get<T>(path: string) {
      const text = await call("GET", path);
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text) as T;
      } catch (cause) {
        throw new OpsError("unavailable", `the cluster answers GET ${path} with something other than JSON`, {
          cause,
        });
      }
    },
    patch: async (path, body) => (await call("PATCH", path, body)) !== undefined,
  };
}
