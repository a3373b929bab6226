// `ops migrate`: changes of the schema that were linted, rehearsed on restored data, and can be taken back.

import type { Context } from "../context";
import { OpsError } from "../core/errors";
import { type Arguments, defineJob, flag, number, text } from "../core/job";
import type { Outcome } from "../core/outcome";
import { record } from "../evidence/record";
import { shown } from "../evidence/shown";
import { migrateDown, migrateUp, type Patience } from "../migrate/apply";
import { PHASES } from "../migrate/compatibility";
import { REHEARSAL, readiness } from "../migrate/readiness";
import { rehearse } from "../migrate/rehearse";
import { lintMigrations } from "../migrate/run-lint";
import { DEFAULT_ATTEMPTS, DEFAULT_LOCK_TIMEOUT_MS } from "../migrate/runner";
import { loadMigrations, policyOf, readStates } from "../migrate/set";
import { showStates } from "../migrate/show";
import { template } from "../migrate/template";
import { withDrillLock } from "../restore/lock";

interface Action {
  plan: readonly string[];
  run(context: Context, args: Arguments): Promise<Outcome>;
}

/** Looking and writing files leaves no evidence. */
const LOOKING = shown({ record: false });

const ACTIONS: Readonly<Record<string, Action>> = {
  new: {
    plan: ["take the next free number", "write a file with the sections and directives to fill in"],
    run: create,
  },
  lint: {
    plan: [
      "parse every file with PostgreSQL's own grammar; ask squawk",
      "ask the database for sizes, rate of writes, lock holders, foreign keys, publications (not with --offline)",
      "say of each statement what it locks, for how long, what is hazardous and the safe form; leave evidence",
    ],
    run: (context, args) =>
      lintMigrations(context, { offline: flag(args, "offline"), only: text(args, "name") }),
  },
  rehearse: {
    plan: [
      "restore the latest backup into an isolated copy, recover to the latest state, prove its content",
      "run every pending migration forward and back alone: duration, locks, WAL, disk, schema as before",
      "run them again under the sandbox's work and probes: longest blocked write, read and query",
      "remove the copy; leave evidence with the sha256 of every file and the backup's label",
    ],
    run: (context) => withDrillLock(context, "migrate rehearse", () => rehearseAndRecord(context)),
  },
  up: {
    plan: [
      "refuse what is edited, out of order, hazardous, not rehearsed within 24 h, or too long for business hours",
      "take the advisory lock on a direct connection; write and archive a checkpoint to go back to",
      "run each step with a short lock timeout and bounded retries; backfills in batches; record each with its step",
    ],
    run: (context, args) => migrateUp(context, patienceOf(args)),
  },
  down: {
    plan: [
      "refuse what has no way back, was edited or whose way back was never rehearsed",
      "take the advisory lock; write and archive a checkpoint",
      "undo the newest migration, or all after --to, with the same care",
    ],
    run: (context, args) => migrateDown(context, toOf(args), patienceOf(args)),
  },
  status: {
    plan: [
      "hold the files against the database's history, the lint and the rehearsal against what is pending",
    ],
    run: status,
  },
};

export default defineJob({
  name: "migrate",
  summary: "Change the schema: write, lint, rehearse on restored data, apply, take back",
  clauses: ["DATA-CHANGE", "SEC-RELEASE"],
  cadence: "event",
  effect: "writes",
  evidence: { kind: "migration" },
  arguments: [
    {
      name: "action",
      kind: "string",
      positional: true,
      required: true,
      choices: Object.keys(ACTIONS),
      description: "what to do",
    },
    {
      name: "name",
      kind: "string",
      positional: true,
      description: "new: what it is called, in snake_case; lint: only this migration",
    },
    {
      name: "phase",
      kind: "string",
      choices: PHASES,
      default: "expand",
      description: "new: what it does to releases that run",
    },
    { name: "offline", kind: "boolean", description: "lint: ask no database, look at every file" },
    {
      name: "to",
      kind: "number",
      description: "down: number of the migration that stays the newest; 0 = none",
    },
    {
      name: "lock-timeout",
      kind: "number",
      default: DEFAULT_LOCK_TIMEOUT_MS,
      description: "up, down: longest wait for a lock, which others queue behind, milliseconds",
    },
    {
      name: "attempts",
      kind: "number",
      default: DEFAULT_ATTEMPTS,
      description: "up, down: tries of one step, with growing pauses",
    },
  ],
  examples: [
    { command: "ops migrate new order_note", what: "a file to fill in, with the next number" },
    { command: "ops migrate lint", what: "locks, durations, hazards and safe forms of what is pending" },
    { command: "ops migrate rehearse", what: "the same measured on a copy of the latest backup" },
    { command: "ops migrate up", what: "applies what was rehearsed" },
    { command: "ops migrate down", what: "takes the newest one back" },
    { command: "ops migrate status", what: "applied, pending, edited, out of order, half-applied" },
  ],
  offline: (args) => text(args, "action") === "new" || flag(args, "offline"),
  plan: async (_, args) => [...actionOf(args).plan],
  run: async (context, args) => {
    const action = actionOf(args);
    refuseStray(args);
    return action.run(context, args);
  },
});

function actionOf(args: Arguments): Action {
  const name = text(args, "action") ?? "";
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action) return action;
  throw new OpsError("usage", `unknown action ${name || "(none)"}`, {
    expected: Object.keys(ACTIONS).join(", "),
  });
}

/** An option that another action understands would be ignored in silence. @throws OpsError usage */
function refuseStray(args: Arguments): void {
  const action = text(args, "action");
  const belongs: Readonly<Record<string, readonly string[]>> = {
    name: ["new", "lint"],
    offline: ["lint"],
    to: ["down"],
  };
  for (const [option, actions] of Object.entries(belongs)) {
    const given = args[option] !== undefined && args[option] !== false;
    if (given && !actions.includes(action ?? ""))
      throw new OpsError("usage", `${option === "name" ? `"${args.name}"` : `--${option}`} with ${action}`, {
        expected: `it belongs to ${actions.join(", ")}`,
      });
  }
}

function patienceOf(args: Arguments): Patience {
  const whole = (name: string, fallback: number, most: number): number => {
    const value = number(args, name, fallback);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new OpsError("usage", `--${name}: ${value}`, { expected: `a whole number from 1 to ${most}` });
  };
  return {
    lockTimeout: whole("lock-timeout", DEFAULT_LOCK_TIMEOUT_MS, 60_000),
    attempts: whole("attempts", DEFAULT_ATTEMPTS, 1000),
  };
}

function toOf(args: Arguments): number | undefined {
  if (args.to === undefined) return undefined;
  const to = number(args, "to", Number.NaN);
  if (Number.isInteger(to) && to >= 0) return to;
  throw new OpsError("usage", `--to: ${String(args.to)}`, {
    expected: "the number of an applied migration, or 0",
  });
}

async function create(context: Context, args: Arguments): Promise<Outcome> {
  const name = text(args, "name") ?? "";
  if (!/^[a-z][a-z0-9_]{2,60}$/.test(name)) {
    throw new OpsError("usage", `a migration cannot be called "${name}"`, {
      expected: "snake_case, e.g. order_note",
      todo: "`ops migrate new order_note`",
    });
  }
  const existing = await loadMigrations(context);
  const next = Math.max(0, ...existing.map((one) => one.number)) + 1;
  const phase = PHASES.find((one) => one === text(args, "phase")) ?? "expand";
  const file = await context.migrations.create(
    policyOf(context).directory,
    `${String(next).padStart(4, "0")}_${name}.sql`,
    template(phase),
  );
  return {
    ...LOOKING,
    summary: `${file}\nFill it in, then: ops migrate lint, ops migrate rehearse`,
    json: { file },
  };
}

async function rehearseAndRecord(context: Context): Promise<Outcome> {
  const started = context.clock.now();
  const outcome = await rehearse(context);
  if (outcome.record === false) return outcome;
  const entry = await record(context, { ...REHEARSAL, started }, outcome);
  const evidence = `Evidence  ${context.ledger.location}/${entry.file}  sha256 ${entry.digest}`;
  // Its evidence has its own name and is written already.
  return { ...outcome, record: false, summary: `${outcome.summary}\n${evidence}` };
}

async function status(context: Context): Promise<Outcome> {
  const migrations = await loadMigrations(context);
  const rows = await readStates(context, migrations, context.servers.source(context.platform));
  const { linted, rehearsed } = await readiness(context);
  const lines = [
    showStates(rows, context.color),
    `Linted     ${linted.detail}`,
    `Rehearsed  ${rehearsed.detail}`,
  ];
  const json = {
    migrations: rows.map(({ number: n, name, state, detail }) => ({ number: n, name, state, detail })),
    linted,
    rehearsed,
  };
  return { ...LOOKING, summary: lines.join("\n"), json };
}
