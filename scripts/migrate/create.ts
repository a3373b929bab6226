// A new migration: the next free number, and a template to fill in.
import { OpsError } from "../core/errors";
import type { Operated } from "../core/tools";
import type { Phase } from "./compatibility";
import type { MigrateTools } from "./port";
import { loadMigrations, policyOf } from "./set";
import { template } from "./template";

/** @returns the file's name, as people write it */
export async function createMigration(
  context: MigrateTools & Pick<Operated, "platform">,
  name: string,
  phase: Phase,
): Promise<string> {
  const existing = await loadMigrations(context);
  const twin = existing.find((one) => one.name.replace(/^\d+_/, "") === name);
  if (twin)
    throw new OpsError("usage", `${twin.name} has this name`, {
      expected: "a name of its own: people speak of migrations by it",
    });
  const next = Math.max(0, ...existing.map((one) => one.number)) + 1;
  return await context.migrations.create(
    policyOf(context).directory,
    `${String(next).padStart(4, "0")}_${name}.sql`,
    template(phase),
  );
}
