// `ops evidence show`: one entry in full.
import { OpsError } from "../../core/errors";
import { showInstant } from "../../core/instant";
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";

export default defineCommand({
  summary: "Show one entry in full",
  arguments: {
    entry: { kind: "whole", positional: true, required: true, description: "number of the entry" },
  },
  evidence: { none: "it only shows what a job has left" },
  examples: [{ command: "ops evidence show 1", what: "The first entry in full." }],
  offline: true,
  plan: async (_, { entry }) => [`print entry ${entry} in full`],
  async run({ ledger }, { entry: wanted }) {
    const entries = await ledger.entries();
    const entry = entries.find(({ index }) => index === wanted);
    if (!entry)
      throw new OpsError("usage", `there is no entry "${wanted}"`, {
        expected:
          entries.length > 0 ? `a number from 1 to ${entries.length}` : "a number; the ledger is still empty",
        todo: "see `ops evidence list`",
      });
    const { index, digest, file, predicate } = entry;
    const heading = [`Entry     ${index}`, `File      ${ledger.location}/${file}`, `sha256    ${digest}`];
    const finished = `Finished  ${showInstant(new Date(predicate.finished))}`;
    return viewOnly({
      record: false,
      summary: [...heading, finished, JSON.stringify(predicate, null, 2)].join("\n"),
      json: entry,
    });
  },
});
