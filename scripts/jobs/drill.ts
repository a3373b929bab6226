// `ops drill`: the main job. Three losses, three isolated restores, measured against the promises, always torn down.
import { viewOnly } from "../core/view-only";
import { SCENARIOS } from "../drill/drill";
import { DRILL_EVIDENCE, runDrill } from "../drill/run-drill";
import { defineJob } from "../job";
import { withDrillLock } from "../restore/lock";
import { listCopies } from "../restore/reap";

export default defineJob({
  name: "drill",
  purpose: "prove",
  summary: "Restore after three kinds of loss in isolation, verify every row, measure RTO and RPO, report",
  clauses: DRILL_EVIDENCE.clauses,
  cadence: "monthly",
  effect: "isolated",
  evidence: { kind: DRILL_EVIDENCE.kind },
  arguments: {
    scenario: {
      kind: "choice",
      choices: SCENARIOS,
      description: "run only this scenario (default: all three)",
    },
    scale: {
      kind: "amount",
      description: "size of the sandbox if it has to be created; 1 is about 150 MB",
    },
    reap: {
      kind: "flag",
      excludes: ["scenario", "scale"],
      description: "only remove what killed drills left behind",
    },
  },
  examples: [
    { command: "ops drill", what: "The full drill on the sandbox, which is created first." },
    {
      command: "ops drill --scenario b --seed 7",
      what: "Only the misoperation; the seed makes it the same one every time.",
    },
    { command: "ops drill --reap", what: "Remove the copies of drills that were killed." },
  ],
  async plan(context, { scenario, reap }) {
    if (reap) {
      const left = (await listCopies(context)).filter((copy) => copy.state === "left behind");
      return left.length === 0 ? ["nothing was left behind"] : left.map((copy) => `remove ${copy.directory}`);
    }
    const steps = {
      a: "restore to the last checkpoint and compare every row",
      b: context.sandbox
        ? "inject a misoperation, restore to the moment before it"
        : "restore to an instant drawn from the window",
      c: context.sandbox
        ? "kill the source, hide its WAL, restore the latest state, measure what was lost"
        : "restore the latest state",
    };
    const chosen = scenario === undefined ? SCENARIOS : [scenario];
    return [
      ...(context.sandbox ? ["make the sandbox ready, with a backup and a checkpoint"] : []),
      ...chosen.map((id) => `${id}: ${steps[id]}`),
      "prove the isolation of every copy; remove all copies; report; append evidence",
    ];
  },
  run: (context, { scenario, scale, reap }) =>
    withDrillLock(context, "drill", async () =>
      reap
        ? viewOnly({ record: false, summary: "Nothing of a killed drill is left." })
        : runDrill(context, scenario ?? "all", scale),
    ),
});
