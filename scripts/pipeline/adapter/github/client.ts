// GitHub's REST API as calls on one repository. The token comes from the environment, never from argv, and stands in no message.
// Only the stand-in under test/ has been talked to so far.
import { OpsError } from "../../../core/errors";

/** Answers slower than this are given up, milliseconds. */
const TIMEOUT = 30_000;
const PAGE = 100;

type Method = "GET" | "POST" | "PATCH";

export interface GitHubClient {
  /** `owner/name`, or undefined when this run has no token. */
  readonly repository: string | undefined;
  /** @throws OpsError unavailable, for whatever is not a success */
  call<T>(method: Method, path: string, body?: unknown): Promise<T>;
  /** The same; an answer with this status is no error but undefined. */
  attempt<T>(tolerated: number, method: Method, path: string, body?: unknown): Promise<T | undefined>;
  /** Goes through all pages. */
  list<T>(path: string): AsyncGenerator<T>;
}

/** What a job of a workflow must be allowed to, by the path that was refused. */
const PERMISSIONS: readonly [path: RegExp, permission: string][] = [
  [/^\/pulls/, "pull-requests: write for a pull request"],
  [/^\/actions/, "actions: read for a run and its reviews"],
  [/^/, "pull-requests: write for a comment, issues: write for an issue"],
];

export function createGitHubClient(env: NodeJS.ProcessEnv = process.env): GitHubClient {
  const {
    GITHUB_TOKEN: token,
    GITHUB_REPOSITORY: repository,
    GITHUB_API_URL: url = "https://api.github.com",
  } = env;
  const usable =
    token && repository && /^[\w-]+\/[\w.-]*\w[\w.-]*$/.test(repository) ? repository : undefined;

  async function request(method: Method, path: string, body?: unknown): Promise<Response> {
    if (usable === undefined)
      throw new OpsError("unavailable", "there is no token for GitHub", {
        expected: "GITHUB_TOKEN and GITHUB_REPOSITORY in the environment",
        todo: "on GitHub, hand github.token to the step as GITHUB_TOKEN, and give the job the permission to write",
      });
    return fetch(`${url}/repos/${usable}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "x-github-api-version": "2022-11-28",
        "user-agent": "netedu-ops",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT),
    }).catch((cause: unknown) => {
      throw new OpsError("unavailable", `GitHub does not answer: ${method} ${path}`, { cause });
    });
  }

  function refusal({ status }: Response, method: Method, path: string): OpsError {
    const permission = PERMISSIONS.find(([pattern]) => pattern.test(path))![1];
    return new OpsError("unavailable", `GitHub refuses ${method} ${path} with ${status}`, {
      expected: "a token that may do this",
      ...(status === 403 || status === 404 ? { todo: `give the job the permission: ${permission}` } : {}),
    });
  }

  const client: GitHubClient = {
    repository: usable,
    async call<T>(method: Method, path: string, body?: unknown) {
      const answer = await request(method, path, body);
      if (answer.ok) return (await answer.json()) as T;
      throw refusal(answer, method, path);
    },
    async attempt<T>(tolerated: number, method: Method, path: string, body?: unknown) {
      const answer = await request(method, path, body);
      if (answer.ok) return (await answer.json()) as T;
      if (answer.status === tolerated) return undefined;
      throw refusal(answer, method, path);
    },
    async *list<T>(path: string) {
      for (let page = 1; ; page++) {
        const separator = path.includes("?") ? "&" : "?";
        const items = await client.call<T[]>("GET", `${path}${separator}per_page=${PAGE}&page=${page}`);
        yield* items;
        if (items.length < PAGE) return;
      }
    },
  };
  return client;
}
