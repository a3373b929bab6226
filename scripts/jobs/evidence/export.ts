// `ops evidence export`: hands the ledger to outsiders.
import { OpsError } from "../../core/errors";
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";

export default defineCommand({
  summary: "Copy the ledger, its head, the public key and the verifier for an outsider",
  arguments: {
    directory: { kind: "text", positional: true, required: true, description: "directory to create" },
  },
  effect: "isolated",
  evidence: { none: "it copies what jobs have left" },
  examples: [
    {
      command: "ops evidence export handover",
      what: "All that an outsider needs to check the ledger with Node alone.",
    },
  ],
  offline: true,
  plan: async ({ ledger }, { directory }) => [
    `copy ${ledger.location}, its head, the public key and the verifier to ${directory}`,
  ],
  async run({ ledger }, { directory }) {
    if ((await ledger.entries()).length === 0)
      throw new OpsError("usage", `${ledger.location} holds no evidence yet`, {
        expected: "at least one entry",
        todo: "run a job that leaves evidence, e.g. `ops check`",
      });
    const files = await ledger.exportTo(directory);
    const hint = "Give the head and the fingerprint of the key by another way too; README.md there says why.";
    return viewOnly({
      record: false,
      summary: [`Exported  ${directory}: ${files.join(", ")}`, hint].join("\n"),
      json: { directory, files },
    });
  },
});
