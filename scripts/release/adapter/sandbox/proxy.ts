// A process of its own: what an ingress is to the cloud. Shares requests out between versions by weight, measures each of
// them, lets one that is leaving finish. Loopback only. Started by daemon.ts as `proxy.ts <record> <token file>`.
import { readFileSync } from "node:fs";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { Backend } from "./control";
import { listen } from "./listen";
import { Meter } from "./meter";

const [record = "", tokenFile = ""] = process.argv.slice(2);
const token = readFileSync(tokenFile, "utf8").trim();
const agent = new Agent({ keepAlive: true, maxSockets: 512 });

/** An answer that takes longer is one that nobody waits for. */
const TIMEOUT_MILLISECONDS = 10_000;

let backends: readonly Backend[] = [];
const meters = new Map<string, Meter>();

function meterOf(id: string): Meter {
  const found = meters.get(id) ?? new Meter();
  meters.set(id, found);
  return found;
}

function choose(among: readonly Backend[]): Backend | undefined {
  const total = among.reduce((sum, { weight }) => sum + weight, 0);
  let point = Math.random() * total;
  return among.find(({ weight }) => {
    point -= weight;
    return weight > 0 && point < 0;
  });
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (!response.headersSent) response.writeHead(status, { "content-type": "text/plain" });
  response.end(text);
}

/** A request that changes nothing and was not answered at all is given to another version, as an ingress would do it. */
function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  backend: Backend,
  others: readonly Backend[],
): void {
  const meter = meterOf(backend.id);
  const done = meter.begin();
  const outgoing = request(
    {
      host: "127.0.0.1",
      port: backend.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...incoming.headers, connection: "keep-alive" },
      agent,
      timeout: TIMEOUT_MILLISECONDS,
    },
    (answer) => {
      answer.on("end", () => done((answer.statusCode ?? 500) >= 500));
      answer.on("error", () => done(true));
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, "x-served-by": backend.version });
      answer.pipe(response);
    },
  );
  outgoing.on("timeout", () => outgoing.destroy(new Error("timeout")));
  outgoing.on("error", () => {
    done(true);
    const next = incoming.method === "GET" && !response.headersSent ? choose(others) : undefined;
    if (next) forward(incoming, response, next, []);
    else refuse(response, 502, "no version answered\n");
  });
  if (incoming.method === "GET") outgoing.end();
  else incoming.pipe(outgoing);
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return text;
}

const CONTROL: Readonly<Record<string, (body: string) => unknown>> = {
  "PUT /-/backends": (body) => {
    backends = JSON.parse(body) as Backend[];
    return {};
  },
  "GET /-/backends": () => backends,
  "POST /-/look": (body) => meterOf((JSON.parse(body) as { id: string }).id).look(),
  "GET /-/inflight": () => Object.fromEntries([...meters].map(([id, meter]) => [id, meter.inFlight])),
};

async function control(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  if (incoming.headers.authorization !== `Bearer ${token}`) return refuse(response, 403, "not yours\n");
  const action = CONTROL[`${incoming.method} ${incoming.url}`];
  if (!action) return refuse(response, 404, "no such control\n");
  const answer = JSON.stringify(action(await bodyOf(incoming)));
  response.writeHead(200, { "content-type": "application/json" });
  response.end(answer);
}

const server = createServer((incoming, response) => {
  if (incoming.url?.startsWith("/-/")) return void control(incoming, response);
  const backend = choose(backends);
  if (!backend) return refuse(response, 503, "no version serves\n");
  forward(
    incoming,
    response,
    backend,
    backends.filter(({ id }) => id !== backend.id),
  );
});
server.keepAliveTimeout = 60_000;
listen(server, record, async () => agent.destroy());
