// `ops completion`: completion for the shell, generated from the registry.
import { completionOf, SHELLS, wordsOf } from "../cli/completion";
import { viewOnly } from "../core/view-only";
import { defineJob } from "../job";

export default defineJob({
  name: "completion",
  purpose: "know",
  summary: "Print completion for bash, zsh or fish",
  clauses: ["SVC-HANDOVER"],
  cadence: "event",
  effect: "reads",
  evidence: { none: "it prints what the registry declares" },
  arguments: {
    shell: {
      kind: "choice",
      positional: true,
      required: true,
      choices: SHELLS,
      description: "which shell",
    },
  },
  examples: [
    { command: "ops completion bash", what: 'The script; load it with eval "$(ops completion bash)".' },
  ],
  offline: true,
  target: "checkout",
  plan: async (_, { shell }) => [`print completion for ${shell}`],
  run: async ({ jobs, names }, { shell }) =>
    viewOnly({ summary: completionOf(shell, await wordsOf(await jobs(), names)) }),
});
