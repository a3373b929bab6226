// GitHub's REST API as calls on one repository, by Octokit. The token comes from the environment, never from argv, and stands in no
// message. Only the stand-in under test/ has been talked to so far.
import { OpsError } from "../../../core/errors";

/** Answers slower than this are given up, milliseconds. */
const TIMEOUT = 30_000;
/** So often a request is repeated that got no answer, or an error of GitHub's own. */
const RETRIES = 2;

type Method = "GET" | "POST" | "PATCH";
type Body = Readonly<Record<string, unknown>>;

export interface GitHubClient {
  /** `owner/name`, or undefined when this run has no token. */
  readonly repository: string | undefined;
  /** @throws OpsError unavailable, for whatever is not a success */
  call<T>(method: Method, path: string, body?: Body): Promise<T>;
  /** The same; an answer with this status is no error but undefined. */
  attempt<T>(tolerated: number, method: Method, path: string, body?: Body): Promise<T | undefined>;
  /** Goes through all pages. */
  list<T>(path: string): AsyncGenerator<T>;
}

/** What a job of a workflow must be allowed to, by the path that was refused. */
const PERMISSIONS: readonly [path: RegExp, permission: string][] = [
  [/^\/pulls/, "pull-requests: write for a pull request"],
  [/^\/actions/, "actions: read for a run and its reviews"],
  [/^/, "pull-requests: write for a comment, issues: write for an issue"],
];

/** @param pause before a request is repeated once, milliseconds; four times as long before it is repeated again */
export function createGitHubClient(env: NodeJS.ProcessEnv = process.env, pause = 1000): GitHubClient {
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository, GITHUB_API_URL: url } = env;
  const usable =
    token && repository && /^[\w-]+\/[\w.-]*\w[\w.-]*$/.test(repository) ? repository : undefined;
  const at = (method: Method, path: string): string => `${method} /repos/${usable}${path}`;

  const octokit = async () => {
    if (!token || usable === undefined)
      throw new OpsError("unavailable", "there is no token for GitHub", {
        expected: "GITHUB_TOKEN and GITHUB_REPOSITORY in the environment",
        todo: "on GitHub, hand github.token to the step as GITHUB_TOKEN, and give the job the permission to write",
      });
    return connect(url || "https://api.github.com", token, pause);
  };

  function refusal(error: unknown, method: Method, path: string): OpsError {
    if (error instanceof OpsError) return error;
    const status = statusOf(error);
    if (status === undefined)
      return new OpsError("unavailable", `GitHub does not answer: ${method} ${path}`, {
        cause: error instanceof Error ? error.cause : error,
      });
    const permission = PERMISSIONS.find(([pattern]) => pattern.test(path))![1];
    return new OpsError("unavailable", `GitHub refuses ${method} ${path} with ${status}`, {
      expected: "a token that may do this",
      ...(status === 403 || status === 404 ? { todo: `give the job the permission: ${permission}` } : {}),
    });
  }

  async function attempt<T>(tolerated: number | undefined, method: Method, path: string, body?: Body) {
    try {
      return (await (await octokit()).request(at(method, path), body)).data as T;
    } catch (error) {
      if (tolerated !== undefined && statusOf(error) === tolerated) return undefined;
      throw refusal(error, method, path);
    }
  }

  return {
    repository: usable,
    attempt,
    call: async <T>(method: Method, path: string, body?: Body) =>
      (await attempt<T>(undefined, method, path, body)) as T,
    async *list<T>(path: string) {
      try {
        const pages = (await octokit()).paginate.iterator(at("GET", path), { per_page: 100 });
        for await (const { data } of pages) yield* data as T[];
      } catch (error) {
        throw refusal(error, "GET", path);
      }
    },
  };
}

/** Undefined when there was no answer at all; Octokit says 500 then. */
const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && "response" in error && "status" in error && error.response
    ? Number(error.status)
    : undefined;

async function connect(baseUrl: string, token: string, pause: number) {
  const [{ Octokit }, { retry }, { paginateRest }] = await Promise.all([
    import("@octokit/core"),
    import("@octokit/plugin-retry"),
    import("@octokit/plugin-paginate-rest"),
  ]);
  const octokit = new (Octokit.plugin(retry, paginateRest))({
    baseUrl,
    userAgent: "netedu-ops",
    retry: { retries: RETRIES, retryAfterBaseValue: pause },
    request: {
      fetch: (url: string, given: RequestInit) =>
        fetch(url, { ...given, signal: AbortSignal.timeout(TIMEOUT) }),
    },
  });
  octokit.hook.before("request", (request) => {
    request.headers.accept = "application/vnd.github+json";
    request.headers.authorization = `Bearer ${token}`;
    request.headers["x-github-api-version"] = "2022-11-28";
    // Its first answer may be all that was lost, and a comment made twice stands there twice.
    if (request.method === "POST") request.request.retries = 0;
  });
  return octokit;
}
