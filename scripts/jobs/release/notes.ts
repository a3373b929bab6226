// `ops release notes`: the notes of a release, from its changesets.
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";
import { notesOf } from "../../release/deliver";
import { planForward } from "../../release/forward";
import { STAGED } from "../../release/plans";
import { readEnvironment } from "../../release/state";
import { VERSIONS } from "./options";

export default defineCommand({
  summary: "Print the notes of a release, from its changesets",
  arguments: VERSIONS,
  effect: "reads",
  evidence: { none: "it only shows; what is released leaves evidence of its own" },
  examples: [
    {
      command: "ops release notes learning-web=1.1.0",
      what: "The notes of a release, from its changesets.",
    },
  ],
  plan: async ({ environment }) => [`print the notes of ${environment}`],
  async run(context, { versions }) {
    const state = await readEnvironment(context.delivery, context.environment);
    const planned = versions.length > 0 || STAGED.includes(context.environment);
    const notes = planned
      ? notesOf({ plan: await planForward(context, versions, state) })
      : (state.history[0]?.message.trim() ?? "nothing was released yet");
    return viewOnly({ record: false, summary: notes.trim(), json: { notes } });
  },
});
