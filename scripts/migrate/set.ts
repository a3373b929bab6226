// The platform's migrations as they stand in the repository, and as the database has them. Changes nothing.
import { DeclarationError } from "../../policies/engine/declaration";
import type { MigrationPolicy } from "../../policies/service/service";
import { OpsError } from "../core/errors";
import type { Operated } from "../core/tools";
import type { Database } from "../postgres/port";
import { readMigration } from "./file";
import { readHistory } from "./history";
import type { Migration } from "./migration";
import type { MigrateTools } from "./port";
import type { SquawkFinding } from "./squawk";
import { duplicateNumbers, type StateRow, stateOf } from "./state";

type Needs = MigrateTools & Pick<Operated, "platform">;

/** @throws OpsError usage */
export function policyOf({ platform }: Pick<Operated, "platform">): MigrationPolicy {
  if (platform.migrations) return platform.migrations;
  throw new OpsError("usage", `platform ${platform.name} declares no migrations`, {
    expected: "`migrations: { directory: …, database: … }` in its platform file",
    todo: "see policies/service/platforms/README.md",
  });
}

/** All files, ascending. @throws DeclarationError naming every mistake of every file */
export async function loadMigrations(context: Needs): Promise<Migration[]> {
  const [files, parse] = await Promise.all([
    context.migrations.read(policyOf(context).directory),
    context.migrations.grammar(),
  ]);
  const read = files.map(({ shown, bytes }) => readMigration(shown, bytes, parse));
  const migrations = read.flatMap(({ migration }) => migration ?? []);
  const problems = [...read.flatMap((one) => one.problems), ...duplicateNumbers(migrations)];
  if (problems.length > 0) throw new DeclarationError(problems);
  return migrations.sort((a, b) => a.number - b.number);
}

/** Files against a database: the platform's own, or a copy of it. */
export async function readStates(
  context: Needs,
  migrations: readonly Migration[],
  database: Database,
): Promise<StateRow[]> {
  const history = await readHistory(database, policyOf(context).database);
  return stateOf(migrations, history);
}

/** Squawk's opinion of each file, by its path. */
export async function askSquawk(
  context: Needs,
  migrations: readonly Migration[],
): Promise<Record<string, SquawkFinding[]>> {
  const wanted = new Set(migrations.map(({ file }) => file));
  const files = await context.migrations.read(policyOf(context).directory);
  const found: Record<string, SquawkFinding[]> = {};
  for (const { shown, bytes } of files.filter((file) => wanted.has(file.shown)))
    found[shown] = await context.migrations.squawk(Buffer.from(bytes).toString("utf8"));
  return found;
}
