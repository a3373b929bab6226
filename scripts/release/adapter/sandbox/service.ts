// A process of its own: one version of the platform's stand-in. It answers from the sandbox's real PostgreSQL and behaves as
// its version says. Started by daemon.ts as `service.ts <record> <version file> <socket>`.
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { DATABASE, PORT } from "../../../sandbox/layout";
import { listen } from "./listen";
import type { StandIn } from "./versions";
import { parseStandIn } from "./versions";

const [record = "", file = "", socket = ""] = process.argv.slice(2);
const standIn: StandIn = parseStandIn(file, readFileSync(file, "utf8"));
const pool = new Pool({
  host: socket,
  port: PORT,
  user: "learning_app",
  database: DATABASE,
  max: 4,
  connectionTimeoutMillis: 3000,
  ssl: false,
  application_name: `${standIn.app} ${standIn.version}`,
});
pool.on("error", () => {}); // an idle connection died with its server; the next query opens another

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

let served = 0;

async function serve(url: string, response: ServerResponse): Promise<void> {
  try {
    const { rows } = await pool.query(standIn.query);
    if (url === "/ready") return answer(response, 200, { version: standIn.version });
    served++;
    if (standIn.delaySeconds > 0) await sleep(standIn.delaySeconds * 1000);
    if (standIn.failsEvery > 0 && served % standIn.failsEvery === 0)
      return answer(response, 500, { error: "it fails as its version says" });
    answer(response, 200, { app: standIn.app, version: standIn.version, rows });
  } catch (error) {
    answer(response, 503, { error: error instanceof Error ? error.message : String(error) });
  }
}

const server = createServer((request, response) => void serve(request.url ?? "/", response));
// Longer than whoever keeps connections to us: it must not reuse one that we are about to close.
server.keepAliveTimeout = 60_000;
listen(server, record, () => pool.end());
