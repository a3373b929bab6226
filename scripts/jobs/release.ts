// `ops release`: versions reach their users through gates, one file in git, a canary, and back again with one command.

import type { Context } from "../context";
import { OpsError } from "../core/errors";
import { shanghai } from "../core/instant";
import { type Arguments, defineJob, text } from "../core/job";
import type { Outcome } from "../core/outcome";
import { type Cell, renderTable, type Tone } from "../core/table";
import { shown } from "../evidence/shown";
import { checkGates, stopped } from "../release/check-gates";
import { deliver, notesOf } from "../release/deliver";
import { approvalText } from "../release/override";
import { type ReleasePlan, showChange } from "../release/plan";
import { planPromote, planRollback, planShip, STAGED } from "../release/plans";
import { renderChanges, renderChecks } from "../release/report";
import type { AppState } from "../release/rollouts";
import { type EnvironmentState, readEnvironment } from "../release/state";
import { parseApps, parseVersions } from "../release/versions";

interface Action {
  steps(context: Context, args: Arguments): Promise<string[]>;
  run(context: Context, args: Arguments): Promise<Outcome>;
}

/** A listing: nothing was proven, so it leaves no evidence. */
const READING = shown({ record: false });

function wish(args: Arguments) {
  const list = (name: string): string[] => (text(args, name) ?? "").split(",").filter((part) => part !== "");
  const gates = list("override");
  const reason = text(args, "reason") ?? "";
  if (gates.length > 0 && reason === "")
    throw new OpsError("usage", "--override without --reason", { expected: "why the gate may be passed" });
  return { gates, reason, approvals: list("approval") };
}

function appsOf(args: Arguments) {
  const given = text(args, "versions");
  return given === undefined ? [] : parseApps(given);
}

function wantedOf(args: Arguments) {
  const given = text(args, "versions");
  if (given !== undefined) return parseVersions(given);
  throw new OpsError("usage", "no version was named", {
    expected: "app=version, several with commas",
    todo: "e.g. `ops release ship learning-web=1.1.0`",
  });
}

/** The plan of `plan` and `ship`; what goes to production comes from staging and from nowhere else. */
async function forward({ delivery, environment }: Context, args: Arguments, state: EnvironmentState) {
  const given = text(args, "versions");
  if (!STAGED.includes(environment)) return planShip(delivery, state, wantedOf(args));
  if (given?.includes("=")) {
    throw new OpsError("usage", `${environment} takes what staging runs, no version of its own`, {
      expected: "ship to staging first",
      todo: `ops release ship ${given} --env staging, then ops release promote --env ${environment}`,
    });
  }
  return planPromote(delivery, state, appsOf(args));
}

async function ship(context: Context, args: Arguments, kind: "ship" | "promote"): Promise<Outcome> {
  const state = await readEnvironment(context.delivery, context.environment);
  const plan =
    kind === "promote"
      ? await planPromote(context.delivery, state, appsOf(args))
      : await forward(context, args, state);
  return deliver(context, { kind, state, plan, wish: wish(args) });
}

async function rollback(context: Context, args: Arguments): Promise<Outcome> {
  const state = await readEnvironment(context.delivery, context.environment);
  const { plan, target } = planRollback(state, appsOf(args));
  const request = { kind: "rollback" as const, state, plan, restores: target.commit, wish: wish(args) };
  return deliver(context, request);
}

async function showPlan(context: Context, args: Arguments): Promise<Outcome> {
  const state = await readEnvironment(context.delivery, context.environment);
  const plan = await forward(context, args, state);
  const checks = await checkGates(context, plan, "forward");
  const bad = stopped(checks).map(({ name }) => name);
  const { color, width } = context;
  const lines = [
    renderChanges({ plan, color }),
    renderChecks({ checks, color, width }),
    notesOf({ plan }).trim(),
    "",
    `Digest    ${plan.digest}`,
    bad.length === 0 ? "Gates     all open" : `Stopped   by ${bad.join(", ")}`,
    ...(bad.length === 0
      ? []
      : [
          "Approval  of a second person, as the last paragraph of a signed commit:",
          approvalText(bad[0]!, plan.digest),
        ]),
  ];
  const json = {
    environment: plan.environment,
    digest: plan.digest,
    changes: plan.changes,
    checks,
    stopped: bad,
  };
  return { ...READING, checks, summary: lines.join("\n"), json, exit: bad.length === 0 ? "ok" : "gate" };
}

const TONE: Readonly<Record<AppState["health"], Tone>> = {
  healthy: "good",
  progressing: "warn",
  degraded: "bad",
  unknown: "dim",
};

async function status(context: Context): Promise<Outcome> {
  const { delivery, environment, color, width } = context;
  const { release, history, pending, base } = await readEnvironment(delivery, environment);
  const states = await delivery.rollouts.status(release);
  const rows = states.map(({ app, serving, health, detail }): Cell[] => [
    app,
    release.apps[app]?.version ?? "-",
    serving ?? "-",
    { text: health, tone: TONE[health] },
    detail,
  ]);
  const head = ["App", "Declared", "Serving", "Health", "Detail"];
  const [last] = history;
  const lines = [
    renderTable({ head, rows, color, maxWidths: [0, 0, 0, 0, Math.max(30, width - 60)] }),
    `Last      ${last ? `${shanghai(last.at)} ${last.author}: ${last.message.split("\n")[0]} (${last.commit.slice(0, 12)})` : "-"}`,
    `Remote    ${delivery.releases.remote} at ${base.slice(0, 12)}; ${delivery.rollouts.how}`,
    `Pending   ${pending.map(({ id }) => id).join(", ") || "no changeset"}`,
  ];
  const json = { environment, base, apps: states, pending: pending.map(({ id }) => id) };
  const degraded = states.some(({ health }) => health === "degraded");
  return { ...READING, summary: lines.join("\n"), json, exit: degraded ? "fail" : "ok" };
}

async function notes(context: Context, args: Arguments): Promise<Outcome> {
  const state = await readEnvironment(context.delivery, context.environment);
  if (text(args, "versions") !== undefined || STAGED.includes(context.environment)) {
    const plan = await forward(context, args, state);
    return { ...READING, summary: notesOf({ plan }).trim(), json: { notes: notesOf({ plan }) } };
  }
  const last = state.history[0]?.message.trim() ?? "nothing was released yet";
  return { ...READING, summary: last, json: { notes: last } };
}

function stepsOf(plan: ReleasePlan, kind: string, how: string): string[] {
  return [
    `${kind} to ${plan.environment}: ${plan.changes.map(showChange).join(", ")}`,
    kind === "rollback" ? "ask whether the schema allows it" : "ask every gate; stop when one does not pass",
    "commit the new versions to the environment's releases file, on a branch, and take it to the main branch",
    kind === "rollback"
      ? `change versions at once (${how})`
      : `let the new version in step by step, watch it, abort when it is found wanting (${how})`,
    "when aborted, declare again what serves; write notes and evidence",
  ];
}

const ACTIONS: Readonly<Record<string, Action>> = {
  plan: {
    steps: async ({ environment }) => [
      `show what would change in ${environment}, what the gates say, and the notes`,
    ],
    run: showPlan,
  },
  ship: {
    steps: async (context, args) =>
      stepsOf(
        await forward(context, args, await readEnvironment(context.delivery, context.environment)),
        "ship",
        context.delivery.rollouts.how,
      ),
    run: (context, args) => ship(context, args, "ship"),
  },
  promote: {
    steps: async (context, args) =>
      stepsOf(
        await planPromote(
          context.delivery,
          await readEnvironment(context.delivery, context.environment),
          appsOf(args),
        ),
        "promote",
        context.delivery.rollouts.how,
      ),
    run: (context, args) => ship(context, args, "promote"),
  },
  rollback: {
    steps: async (context, args) =>
      stepsOf(
        planRollback(await readEnvironment(context.delivery, context.environment), appsOf(args)).plan,
        "rollback",
        context.delivery.rollouts.how,
      ),
    run: rollback,
  },
  status: {
    steps: async ({ environment }) => [`show what ${environment} declares and what serves`],
    run: status,
  },
  notes: { steps: async ({ environment }) => [`print the notes of ${environment}`], run: notes },
};

function actionOf(args: Arguments): Action {
  const name = text(args, "action") ?? "";
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action) return action;
  throw new OpsError("usage", `there is no action "${name}"`, { expected: Object.keys(ACTIONS).join(", ") });
}

export default defineJob({
  name: "release",
  summary: "Let new versions at the users through gates and a canary, or take them back",
  clauses: ["SEC-RELEASE", "UPG-BUDGET"],
  cadence: "event",
  effect: "writes",
  evidence: { kind: "release" },
  arguments: [
    {
      name: "action",
      description: "what to do",
      kind: "string",
      positional: true,
      required: true,
      choices: Object.keys(ACTIONS),
    },
    {
      name: "versions",
      description:
        "ship, plan, notes: app=version, several with commas; promote, rollback: apps, default all",
      kind: "string",
      positional: true,
    },
    {
      name: "override",
      description: "gates that do not pass and may be passed, with commas",
      kind: "string",
    },
    { name: "reason", description: "why they may be passed", kind: "string" },
    {
      name: "approval",
      description: "branches at the remote that hold a second person's signed commit, with commas",
      kind: "string",
    },
  ],
  examples: [
    {
      command: "ops release plan learning-web=1.1.0",
      what: "What would change, what the gates say, the notes.",
    },
    {
      command: "ops release ship learning-web=1.1.0",
      what: "Gates, canary, done; or aborted, and the version before serves.",
    },
    { command: "ops release promote --env prod", what: "What staging runs goes to production." },
    { command: "ops release rollback", what: "The digests before, in one command." },
    { command: "ops release status", what: "What is declared and what serves." },
    { command: "ops release notes learning-web=1.1.0", what: "The notes of a release, from its changesets." },
    {
      command:
        'ops release ship learning-web=1.0.1 --override office-hours --reason "correction of a P2" --approval approve/office-hours',
      what: "Past a gate, with a second person's signed approval.",
    },
  ],
  plan: async (context, args) => actionOf(args).steps(context, args),
  run: async (context, args) => actionOf(args).run(context, args),
});
