// Proofs that a gate asks for, that nobody made yet and that take seconds: made on the spot, so that a release is not refused for
// something that the machine can do itself. What takes minutes (a restore, a rehearsal) is asked for by its command.
import { checkAndRecord, type ProveTools } from "../check/prove";
import { OpsError } from "../core/errors";
import type { EvidenceReader, Provenance } from "../evidence/port";
import type { MigrateTools } from "../migrate/port";
import { readiness } from "../migrate/readiness";
import { lintMigrations } from "../migrate/run-lint";
import { policyFinding } from "./gate-facts";

type Lint = Parameters<typeof lintMigrations>[0];

/** Each makes its proof if it is missing, out of date or did not pass; a proof that fails again leaves its gate closed. */
export async function makeQuickProofs(
  context: ProveTools & EvidenceReader & Provenance & MigrateTools & Lint,
): Promise<void> {
  await attempt(context, "policy-clean", async () => {
    if ((await policyFinding(context)).verdict !== "pass") await checkAndRecord(context);
  });
  await attempt(context, "migrations-linted", async () => {
    if (!context.platform.migrations) return;
    const { linted, pending } = await readiness(context);
    if (pending.length > 0 && linted.verdict !== "pass")
      await lintMigrations(context, { offline: false, only: undefined });
  });
}

/** A proof that cannot be made leaves its gate as it was; the gate says what it lacks. */
async function attempt(
  { progress }: Pick<ProveTools, "progress">,
  gate: string,
  make: () => Promise<void>,
): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof OpsError) || error.exit === "interrupted") throw error;
    progress.say("warn", `the proof that gate ${gate} asks for could not be made: ${error.message}`);
  }
}
