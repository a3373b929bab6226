// `ops sandbox`: makes, removes and shows the local platform that every other job runs on by default.

import type { Context } from "../context";
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import type { Arguments } from "../core/job";
import { defineJob, text } from "../core/job";
import type { Outcome } from "../core/outcome";
import type { Sandbox } from "../sandbox/port";

interface Action {
  plan: readonly string[];
  run(sandbox: Sandbox, context: Context, args: Arguments): Promise<Check>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  up: {
    plan: [
      "make a PostgreSQL cluster that only its own socket reaches, unless there is one; start it",
      "apply the migrations and fill the learning platform at the given scale",
      "create the pgBackRest stanza and check that WAL reaches its encrypted repository",
      "start the workload: orders, study records and a heartbeat a second",
    ],
    run: (sandbox, context, args) =>
      context.progress.phase("sandbox up", async (phase) => {
        const result = await sandbox.prepare({ scale: scaleOf(args), onNote: (line) => phase.note(line) });
        const { directory, detail } = await sandbox.status();
        const verb = result.created ? "made" : "found";
        return {
          name: "sandbox-up",
          verdict: "pass",
          detail: `${verb} at scale ${result.scale} in ${directory}: ${detail}`,
        };
      }),
  },
  down: {
    plan: [
      "prove that the directory is a sandbox of ours",
      "stop the workload and the server",
      "remove the directory",
    ],
    run: (sandbox, context) =>
      context.progress.phase("sandbox down", async () => {
        const { directory } = await sandbox.status();
        await sandbox.down();
        return { name: "sandbox-down", verdict: "pass", detail: `nothing is left in ${directory}` };
      }),
  },
  status: {
    plan: ["look whether the server and the workload run; fail when one of them does not"],
    run: async (sandbox) => {
      const { running, workload, directory, scale, detail } = await sandbox.status();
      const size = scale === null ? "" : ` at scale ${scale}`;
      return {
        name: "sandbox-status",
        verdict: running && workload ? "pass" : "fail",
        detail: `${directory}${size}: ${detail}`,
      };
    },
  },
};

function actionOf(args: Arguments): Action {
  const name = text(args, "action") ?? "";
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action) return action;
  throw new OpsError("usage", `unknown action ${name || "(none)"}`, {
    expected: Object.keys(ACTIONS).join(", "),
  });
}

function scaleOf(args: Arguments): number | undefined {
  const { scale } = args;
  if (scale === undefined || (typeof scale === "number" && scale > 0)) return scale;
  throw new OpsError("usage", `--scale ${scale}`, { expected: "a number above 0, e.g. 0.1, 1, 10 or 50" });
}

export default defineJob({
  name: "sandbox",
  summary: "Make, remove or show the local learning platform on a real PostgreSQL",
  clauses: ["DR-DRILL"],
  cadence: "event",
  effect: "isolated",
  evidence: { none: "the sandbox is a test platform; nothing is promised of it" },
  arguments: [
    {
      name: "action",
      description: "what to do with the sandbox",
      kind: "string",
      positional: true,
      required: true,
      choices: Object.keys(ACTIONS),
    },
    {
      name: "scale",
      description: "size, 1 = 20,000 learners and about 140 MB; default: the existing sandbox's, or 1",
      kind: "number",
    },
  ],
  examples: [
    { command: "ops sandbox up", what: "Makes the sandbox, or starts the one that exists." },
    { command: "ops sandbox up --scale 10", what: "Makes one with ten times the data." },
    { command: "ops sandbox status", what: "Says whether its server and its workload run." },
    { command: "ops sandbox down", what: "Removes it, after proving that it is one." },
  ],

  async plan(_context, args) {
    return [...actionOf(args).plan];
  },

  async run(context, args): Promise<Outcome> {
    const action = actionOf(args);
    if (!context.sandbox) {
      throw new OpsError("usage", `platform ${context.platform.name} is no sandbox`, {
        expected: "the sandbox platform, the only one that can be made and removed",
        todo: "run the command without --platform",
      });
    }
    const check = await action.run(context.sandbox, context, args);
    return { checks: [check], measurements: [], artifacts: [], facts: {}, summary: check.detail };
  },
});
