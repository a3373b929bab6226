// A stand-in for GitHub's REST API, not GitHub: strict about what it accepts, knows comments and issues of one repository, and (in
// stand-in-pulls.ts) its pull requests and runs.
// The real API was never talked to from here.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { answerPulls, type PullState } from "./stand-in-pulls";

export interface StandIn extends PullState {
  env: { GITHUB_TOKEN: string; GITHUB_REPOSITORY: string; GITHUB_API_URL: string };
  comments: { id: number; issue: number; body: string }[];
  issues: { number: number; title: string; body: string; labels: string[]; state: "open" | "closed" }[];
  /** Method and path of every request. */
  requests: string[];
  /** Next answers to this method are errors with this status; `cut` = it does what was asked and loses the connection. */
  faults: { method: string; status: number | "cut"; times: number };
  close(): Promise<void>;
}

const TOKEN = "stand-in-token";
/** Whose token it is. */
const ACCOUNT = "pipeline";
const REPOSITORY = "college/netedu-ops";

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

interface Answer {
  status: number;
  body: unknown;
}

/** Lists come in pages; only the header `Link` says where the next one is. */
function paged({ status, body }: Answer, url: URL): Answer & { headers: Record<string, string> } {
  if (!Array.isArray(body)) return { status, body, headers: {} };
  const size = Math.min(Number(url.searchParams.get("per_page") ?? 30), 100);
  const page = Number(url.searchParams.get("page") ?? 1);
  const next = new URL(url);
  next.searchParams.set("page", String(page + 1));
  return {
    status,
    body: body.slice((page - 1) * size, page * size),
    headers: page * size < body.length ? { link: `<${next}>; rel="next"` } : {},
  };
}

const refuse = (status: number, message: string): Answer => ({ status, body: { message } });

/** @param remote bare repository whose branches pull requests are about */
export async function standIn(remote?: string): Promise<StandIn> {
  const state: Pick<StandIn, "comments" | "issues" | "requests" | "faults"> & PullState = {
    comments: [],
    issues: [],
    requests: [],
    faults: { method: "GET", status: 502, times: 0 },
    pulls: [],
    runs: [],
    ...(remote === undefined ? {} : { remote }),
  };
  let next = 1000;

  const shown = (kind: "comments" | "issues", item: { id?: number; number?: number }) => ({
    ...item,
    html_url: `https://example.com/${kind}/${item.id ?? item.number}`,
  });

  function answer(method: string, url: URL, body: Record<string, unknown>): Answer {
    const path = url.pathname.replace(`/repos/${REPOSITORY}`, "");
    const text = typeof body.body === "string" ? body.body : undefined;
    if (text !== undefined && text.length > 65_536)
      return refuse(422, "body is too long (maximum is 65536 characters)");
    const call = { method, url, path, body };
    const pulls = answerPulls(state, () => next++, call, { account: ACCOUNT, repository: REPOSITORY });
    if (pulls) return pulls;
    const onIssue = /^\/issues\/(\d+)\/comments$/.exec(path);
    const oneComment = /^\/issues\/comments\/(\d+)$/.exec(path);
    if (onIssue) {
      const issue = Number(onIssue[1]);
      const own = state.comments.filter((each) => each.issue === issue);
      if (method === "GET") return { status: 200, body: own.map((each) => shown("comments", each)) };
      if (method !== "POST" || text === undefined) return refuse(422, "Validation Failed");
      const made = { id: next++, issue, body: text };
      state.comments.push(made);
      return { status: 201, body: shown("comments", made) };
    }
    if (oneComment && method === "PATCH" && text !== undefined) {
      const found = state.comments.find(({ id }) => id === Number(oneComment[1]));
      if (!found) return refuse(404, "Not Found");
      found.body = text;
      return { status: 200, body: shown("comments", found) };
    }
    if (path === "/issues" && method === "GET") {
      const labels = (url.searchParams.get("labels") ?? "").split(",").filter(Boolean);
      const open = state.issues.filter(
        (each) => each.state === "open" && labels.every((label) => each.labels.includes(label)),
      );
      return { status: 200, body: open.map((each) => shown("issues", each)) };
    }
    if (path === "/issues" && method === "POST") {
      const { title, labels } = body;
      if (typeof title !== "string" || title === "" || !Array.isArray(labels))
        return refuse(422, "Validation Failed");
      const made = {
        number: next++,
        title,
        body: text ?? "",
        labels: labels.map(String),
        state: "open" as const,
      };
      state.issues.push(made);
      return { status: 201, body: shown("issues", made) };
    }
    return refuse(404, "Not Found");
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    state.requests.push(`${request.method} ${url.pathname}`);
    const reply = (found: Answer): void => {
      const { status, body, headers } = paged(found, url);
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(body));
    };
    const { authorization, "user-agent": agent, accept, "x-github-api-version": version } = request.headers;
    if (authorization !== `Bearer ${TOKEN}`) return reply(refuse(401, "Bad credentials"));
    if (!agent) return reply(refuse(403, "Request forbidden by administrative rules"));
    if (accept !== "application/vnd.github+json" || version !== "2022-11-28")
      return reply(refuse(400, "unknown version"));
    if (!url.pathname.startsWith(`/repos/${REPOSITORY}/`)) return reply(refuse(404, "Not Found"));
    const { faults } = state;
    const faulty = faults.method === request.method && faults.times-- > 0;
    if (faulty && faults.status !== "cut") return reply(refuse(faults.status, "Something went wrong"));
    read(request).then(
      (body) => {
        const done = answer(request.method ?? "", url, body);
        if (faulty) response.destroy();
        else reply(done);
      },
      () => reply(refuse(400, "Problems parsing JSON")),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...state,
    env: { GITHUB_TOKEN: TOKEN, GITHUB_REPOSITORY: REPOSITORY, GITHUB_API_URL: `http://127.0.0.1:${port}` },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
