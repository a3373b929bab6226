// Lints what is pending with what the live database knows, or the files alone without one, and leaves evidence of it.

import { type ClusterFacts, clusterFacts, sourceIdentifier } from "../backup/memory";
import type { BackupWork } from "../backup/tools";
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Core, Operated, Terminal } from "../core/tools";
import { record } from "../evidence/record";
import type { PostgresTools } from "../postgres/port";
import { readFacts } from "./facts";
import { hazardsOf, type LintReport, lint } from "./lint";
import { migrator } from "./login";
import type { Migration } from "./migration";
import type { MigrateTools } from "./port";
import { LINT, type LintFacts } from "./readiness";
import { askSquawk, loadMigrations, policyOf, readStates } from "./set";
import { showLint } from "./show";
import { pendingOf } from "./state";

export interface LintRequest {
  /** Ask no database: every file is looked at, and what only a database knows stays open. */
  offline: boolean;
  /** Only this migration. */
  only: string | undefined;
}

/** @throws DeclarationError, OpsError usage, unavailable */
export async function lintMigrations(
  context: BackupWork & MigrateTools & Pick<Terminal, "color">,
  request: LintRequest,
): Promise<Outcome> {
  const started = context.clock.now();
  const all = await loadMigrations(context);
  const chosen = await choose(context, all, request);
  const report = await context.progress.phase(
    `lint ${chosen.length === 1 ? chosen[0]!.name : `${chosen.length} migrations`}`,
    () => lintNow(context, chosen, request.offline),
  );
  const outcome = outcomeOf(
    context,
    chosen,
    report,
    request.offline ? undefined : await sourceIdentifier(context),
  );
  for (const check of outcome.checks) context.progress.check(check);
  // Of one file among several it would say that the rest was never looked at; without a database, nothing of this platform.
  if (request.only !== undefined || request.offline || chosen.length === 0)
    return { ...outcome, record: false };
  const entry = await record(context, { ...LINT, started }, outcome);
  const evidence = `Evidence  ${context.ledger.location}/${entry.file}  sha256 ${entry.digest}`;
  // Its evidence has its own name and is written already.
  return { ...outcome, record: false, summary: `${outcome.summary}\n${evidence}` };
}

export async function lintNow(
  context: PostgresTools & Pick<Operated, "platform"> & MigrateTools & Pick<Core, "clock" | "signal">,
  migrations: readonly Migration[],
  offline: boolean,
): Promise<LintReport> {
  const squawk = await askSquawk(context, migrations);
  const source = context.servers.source(context.platform);
  const live = offline ? undefined : await readFacts(context, source, policyOf(context).database);
  return lint(migrations, live, squawk);
}

async function choose(
  context: PostgresTools & Pick<Operated, "platform"> & MigrateTools,
  all: readonly Migration[],
  { offline, only }: LintRequest,
): Promise<readonly Migration[]> {
  if (only !== undefined) {
    const found = all.filter(
      ({ name, number }) => name === only || String(number) === only.replace(/^0+/, ""),
    );
    if (found.length > 0) return found;
    throw new OpsError("usage", `no migration is called ${only}`, {
      expected: all.map(({ name }) => name).join(", ") || "a file; there is none",
    });
  }
  if (offline) return all;
  return pendingOf(await readStates(context, all, migrator(context)));
}

function outcomeOf(
  context: Pick<Terminal, "color">,
  chosen: readonly Migration[],
  report: LintReport,
  cluster: string | undefined,
): Outcome & { summary: string } {
  const hazards = hazardsOf(report);
  const allowed = report.statements.flatMap(({ findings }) =>
    findings.filter(({ level }) => level === "allowed"),
  );
  const named = [
    ...new Set(hazards.map(({ finding, statement }) => `${finding.rule} (${statement.migration})`)),
  ];
  const check: Check = {
    name: "no-hazard",
    verdict: hazards.length === 0 ? "pass" : "fail",
    detail:
      hazards.length === 0
        ? `${report.statements.length} statements of ${chosen.length} migrations, no hazard${allowed.length > 0 ? `, ${allowed.length} answered for` : ""}`
        : `${hazards.length} hazards: ${named.slice(0, 8).join(", ")}`,
  };
  // What a statement does to a live database depends on what is in it.
  const facts: LintFacts & ClusterFacts = {
    ...clusterFacts(cluster),
    action: "lint",
    pending: chosen.map(({ name, sha256 }) => ({ name, sha256 })),
    hazards: hazards.length,
    allowed: allowed.length,
  };
  return {
    checks: [check],
    measurements: [{ name: "hazards", value: hazards.length, unit: "1", target: 0 }],
    artifacts: [],
    facts,
    summary: showLint(report, context.color),
    json: report,
  };
}
