// `ops status`: clause by clause, what proves it and how old the proof is. Reads the ledger; touches no platform.
import { BACKUP_FACTS } from "../backup/evidence";
import type { Context } from "../context";
import { type Recorded, unfounded } from "../contract/counts";
import { assess, BROKEN, type State, UNTOLD } from "../contract/status";
import { platformHere, renderStatus, totalsLine, unbacked } from "../contract/status-page";
import { OpsError } from "../core/errors";
import { clausesOf } from "../core/job";
import type { Outcome } from "../core/outcome";
import { NO_PLATFORM } from "../core/tools";
import { factsIn } from "../evidence/facts";
import type { LedgerEntry } from "../evidence/port";
import { defineJob } from "../job";
import { COMMITTED_FACTS } from "../release/delivery-outcome";

export default defineJob({
  name: "status",
  purpose: "know",
  summary: "Show clause by clause whether the contract is honoured, and what proves it",
  clauses: ["ARC-EVENTS"],
  cadence: "event",
  effect: "reads",
  evidence: { none: "it only reads the evidence that other jobs have left" },
  arguments: {
    brokenOnly: {
      kind: "flag",
      description:
        "for an alarm: exit 0 unless a clause is overdue or failing, whatever is unproven or inconclusive",
    },
  },
  examples: [
    { command: "ops status", what: "The state of every clause in the sandbox." },
    { command: "ops status --env prod --json", what: "The same for production, for machines." },
    {
      command: "ops status --env prod --broken-only",
      what: "For a nightly alarm, which must be quiet as long as nothing that was proven is broken.",
    },
  ],
  offline: true,
  plan: async ({ environment, ledger }) => [
    `read the evidence of environment ${environment} from ${ledger.location}`,
    "compare its age and verdicts with the cadence of every clause",
    "print one row a clause; exit 4 when one is overdue or failing, 3 when one is unproven or inconclusive",
  ],
  run: (context, { brokenOnly }) => assessHere(context, brokenOnly),
});

/** @param brokenOnly what nobody can tell does not decide the exit code: of it the jobs that could not tell have warned already */
async function assessHere(context: Context, brokenOnly: boolean): Promise<Outcome> {
  const { contract, environment, clock, jobs, ledger, infrastructure } = context;
  const platform = platformHere(context);
  const now = clock.now();
  const declared = infrastructure.declaredFor(environment);
  const entries = await ledger.entries();
  const { names: platforms } = await context.names("platform");
  const foundations = {
    // The sandbox is an example as a whole, and its name says so.
    platform: () => (environment === "sandbox" ? undefined : platform),
    roster: () => context.roster,
    integrations: () =>
      environment === "sandbox" || !platform
        ? undefined
        : context.integrations.map(({ endpoints }) => endpoints[environment]),
  };
  const status = assess({
    contract,
    entries: entries.map(recorded),
    environment,
    platform,
    now,
    jobs: (await jobs()).map((job) => ({ name: job.name, clauses: clausesOf(job) })),
    declared,
    unfounded: (job) => unfounded(job, foundations),
  });
  if (status.problems.length > 0) {
    throw new OpsError(
      "config",
      `the contract and the jobs contradict each other: ${status.problems.join("; ")}`,
      {
        expected: "every proof in policies/contract/clauses.yaml to be a job that serves the clause",
        todo: "correct `proofs` of the clause, or `clauses` of the job",
      },
    );
  }
  const renamed = platform === undefined ? [] : underGoneNames(entries, environment, platforms);
  const among = (states: readonly State[]): string[] =>
    status.rows.filter(({ state }) => states.includes(state)).map(({ clause }) => clause);
  const [broken, untold] = [among(BROKEN), among(UNTOLD)];
  return {
    checks: [
      {
        name: "contract-in-force",
        verdict: broken.length > 0 ? "fail" : untold.length > 0 ? "inconclusive" : "pass",
        detail: broken.length > 0 ? `overdue or failing: ${broken.join(", ")}` : totalsLine(status, false),
      },
    ],
    measurements: [],
    artifacts: [],
    facts: {},
    summary: [renderStatus(status, context), ...renamed.map(({ text }) => text)].join("\n"),
    json: {
      environment,
      platform: platform?.name ?? null,
      at: now,
      totals: status.totals,
      unbacked: unbacked(status),
      uncounted: renamed,
      clauses: status.rows,
    },
    ...(broken.length > 0 ? { exit: "overdue" as const } : brokenOnly ? { exit: "ok" as const } : {}),
  };
}

/** What decides whether an entry counts, as its own kind of facts says it. */
function recorded(entry: LedgerEntry): Recorded {
  const { predicate } = entry;
  if (predicate.job === "backup")
    return { predicate, onDemand: factsIn(entry, BACKUP_FACTS)?.onDemand === true };
  if (predicate.job === "release")
    return { predicate, released: factsIn(entry, COMMITTED_FACTS) !== undefined };
  return { predicate };
}

/** A platform that was renamed proves its clauses anew: what it left under the old name proves nothing of what bears the new one. */
function underGoneNames(
  entries: readonly LedgerEntry[],
  environment: string,
  declared: readonly string[],
): { platform: string; entries: number; text: string }[] {
  const here = entries.filter(({ predicate }) => predicate.environment === environment);
  const names = new Set(here.map(({ predicate }) => predicate.platform));
  return [...names]
    .filter((name) => name !== NO_PLATFORM && !declared.includes(name))
    .map((name) => {
      const { length } = here.filter(({ predicate }) => predicate.platform === name);
      const text = `Not counted: ${length} entries of platform ${name}, which no file declares; if it was renamed, its clauses have to be proven anew`;
      return { platform: name, entries: length, text };
    });
}
