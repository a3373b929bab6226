// Misoperations that the drill injects, and how each is undone. What is destroyed is kept in a file outside the database,
// so that neither the source nor a restored copy holds a trace of the test. Proofs are the caller's business.
import { existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Client } from "pg";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import { DATABASE, type Layout } from "../layout";
import type { Sandbox } from "../port";
import { connected } from "./connect";
import { inTransaction, MIGRATIONS } from "./migrations";

export type DamageKind = Parameters<Sandbox["inject"]>[0];

interface Damage {
  /** Locked while the copy is taken and the damage done, so that no row falls between the two. */
  table: string;
  lock: "SHARE ROW EXCLUSIVE" | "ACCESS EXCLUSIVE";
  /** Columns that the misoperation destroys, with what finds their rows again. */
  keep: string;
  misoperation: string;
  /** Safe to repeat, and when the damage was never committed. `file` is the copy, as an SQL literal. */
  repair(client: Client, file: string): Promise<void>;
}

/** No table here loses a row that another one references: what is destroyed can come back without touching the rest. */
const DAMAGES: Readonly<Record<DamageKind, Damage>> = {
  "update-without-where": {
    table: "learning.learners",
    lock: "SHARE ROW EXCLUSIVE",
    keep: "id, phone, updated_at",
    misoperation: "UPDATE learning.learners SET phone = '10000000000'",
    async repair(client, file) {
      await client.query(
        `CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT id, phone, updated_at FROM learning.learners WITH NO DATA;
         COPY kept FROM ${file} (FORMAT binary);
         SET LOCAL session_replication_role = replica; -- or the trigger would set updated_at again
         UPDATE learning.learners l SET phone = kept.phone, updated_at = kept.updated_at
         FROM kept WHERE kept.id = l.id AND l.phone IS DISTINCT FROM kept.phone`,
      );
    },
  },
  delete: {
    table: "learning.invoices",
    lock: "SHARE ROW EXCLUSIVE",
    keep: "*",
    misoperation: "DELETE FROM learning.invoices",
    async repair(client, file) {
      await client.query(
        `CREATE TEMP TABLE kept (LIKE learning.invoices) ON COMMIT DROP;
         COPY kept FROM ${file} (FORMAT binary);
         INSERT INTO learning.invoices SELECT * FROM kept ON CONFLICT DO NOTHING`,
      );
    },
  },
  "drop-table": {
    table: "learning.bot_sessions",
    lock: "ACCESS EXCLUSIVE",
    keep: "*",
    misoperation: "DROP TABLE learning.bot_sessions CASCADE",
    async repair(client, file) {
      const { rows } = await client.query("SELECT to_regclass('learning.bot_sessions') AS found");
      if (rows[0]?.found) return;
      await client.query(await readFile(path.join(MIGRATIONS, "005_service_bot.sql"), "utf8"));
      await client.query(
        `RESET ROLE;
         COPY learning.bot_sessions FROM ${file} (FORMAT binary);
         SELECT setval('learning.bot_sessions_id_seq', max(id)) FROM learning.bot_sessions`,
      );
    },
  },
};

/** Wider than the second to which backup tools round, so that no rounding can move the target past the damage. */
const MARGIN_SECONDS = 1.1;
const ATTEMPTS = 3;

/**
 * Does the damage. `before` is the server's clock a good second before the misoperation commits; the workload's commits
 * of that second lie after it.
 */
export async function inject(
  host: Host,
  clock: Clock,
  layout: Layout,
  user: string,
  kind: DamageKind,
): ReturnType<Sandbox["inject"]> {
  const damage = DAMAGES[kind];
  await repair(layout); // or the copy of what is already damaged would replace the good one
  await host.makeDirectory(layout.undo, { user, mode: 0o700 });
  return connected(layout, DATABASE, async (client) => {
    const { rows } = await client.query<{ now: Date }>("SELECT clock_timestamp() AS now");
    const before = rows[0]?.now;
    if (!before) throw new OpsError("unavailable", "the sandbox did not report its clock");
    await clock.sleep(MARGIN_SECONDS);
    const affected = await retried(client, () => destroy(client, layout, kind, damage));
    return { before, detail: `${damage.misoperation} (${affected} rows, sandbox database ${DATABASE})` };
  });
}

async function destroy(client: Client, layout: Layout, kind: DamageKind, damage: Damage): Promise<number> {
  const kept = keptFile(layout, kind);
  const partial = `${kept}.partial`;
  await client.query(`LOCK TABLE ${damage.table} IN ${damage.lock} MODE`);
  const copied = await client.query(
    `COPY (SELECT ${damage.keep} FROM ${damage.table}) TO ${client.escapeLiteral(partial)} (FORMAT binary)`,
  );
  await rename(partial, kept); // before the damage, so that a file with the final name is always whole
  await client.query(damage.misoperation);
  return copied.rowCount ?? 0;
}

/** A transaction, again when the workload and it wait for each other. */
async function retried<T>(client: Client, body: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(client, body);
    } catch (error) {
      const deadlock = (error as { code?: unknown }).code === "40P01";
      if (!deadlock || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Kinds whose damage was injected (or nearly) and not yet repaired. */
export function injected(layout: Layout): DamageKind[] {
  return (Object.keys(DAMAGES) as DamageKind[]).filter((kind) => existsSync(keptFile(layout, kind)));
}

/** Puts back everything that is injected; returns the kinds. */
export async function repair(layout: Layout): Promise<DamageKind[]> {
  const kinds = injected(layout);
  if (kinds.length === 0) return [];
  await connected(layout, DATABASE, async (client) => {
    for (const kind of kinds) {
      const file = client.escapeLiteral(keptFile(layout, kind));
      await retried(client, () => DAMAGES[kind].repair(client, file));
    }
  });
  for (const kind of kinds) await rm(keptFile(layout, kind));
  return kinds;
}

function keptFile(layout: Layout, kind: DamageKind): string {
  return path.join(layout.undo, `${kind}.copy`);
}
