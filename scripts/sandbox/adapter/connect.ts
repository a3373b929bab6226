// One connection to the sandbox over its socket.
import type { Client } from "pg";
import { OpsError } from "../../core/errors";
import { type Layout, PORT, SUPERUSER } from "../layout";

/** A server that was stopped by a signal accepts connections and never answers. */
const CONNECT_MILLISECONDS = 10_000;

/** Connects as superuser, runs `body`, disconnects. @throws OpsError unavailable when nobody answers */
export async function connected<T>(
  layout: Layout,
  database: string,
  body: (client: Client) => Promise<T>,
): Promise<T> {
  const address = { host: layout.socket, port: PORT, user: SUPERUSER, database, ssl: false };
  // Loaded with the first connection: most commands open none.
  const pg = await import("pg");
  const client = new pg.Client({ ...address, connectionTimeoutMillis: CONNECT_MILLISECONDS });
  // A server that dies under us is reported by the query that fails; without a listener it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (cause) {
    await client.end().catch(() => {});
    throw new OpsError("unavailable", `the sandbox does not answer on ${layout.socket}`, {
      expected: "a running sandbox",
      todo: "ops sandbox up",
      cause,
    });
  }
  try {
    return await body(client);
  } finally {
    await client.end().catch(() => {});
  }
}
