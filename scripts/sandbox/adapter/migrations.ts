// Applies the SQL files beside this one, in the order of their numbers, each once and in one transaction.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Client } from "pg";
import { OpsError } from "../../core/errors";

export const MIGRATIONS = path.join(__dirname, "../migrations");

/**
 * Brings the connected database up to date. `scale` reaches the files as the setting `sandbox.scale`.
 * @throws OpsError directory when a file was changed after it had been applied
 */
export async function migrate(client: Client, scale: number, applied: (name: string) => void): Promise<void> {
  await client.query(
    `CREATE TABLE IF NOT EXISTS public.schema_migrations
       (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const { rows } = await client.query<{ name: string; sha256: string }>(
    "SELECT name, sha256 FROM public.schema_migrations",
  );
  const known = new Map(rows.map((row) => [row.name, row.sha256]));
  for (const name of (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".sql")).sort()) {
    const sql = await readFile(path.join(MIGRATIONS, name), "utf8");
    const sha256 = createHash("sha256").update(sql).digest("hex");
    if (known.get(name) === sha256) continue;
    if (known.has(name)) {
      throw new OpsError("directory", `migration ${name} was changed after this sandbox had applied it`, {
        todo: "ops sandbox down && ops sandbox up",
      });
    }
    await inTransaction(client, async () => {
      await client.query("SELECT set_config('sandbox.scale', $1, true)", [String(scale)]);
      await client.query(sql);
      // The file may have changed the role for the rest of its transaction.
      await client.query("RESET ROLE");
      await client.query("INSERT INTO public.schema_migrations (name, sha256) VALUES ($1, $2)", [
        name,
        sha256,
      ]);
    });
    applied(name);
  }
}

export async function inTransaction<T>(client: Client, body: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const result = await body();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}
