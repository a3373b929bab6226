// `ops data forget`: a deletion that somebody asked for is remembered, so that no restore brings him back.
import { pass } from "../../core/finding";
import { defineCommand } from "../../job";
import { requestOf } from "../../masking/forget";

export default defineCommand({
  summary: "Remember that a person's deletion was asked for, so that no restored copy brings him back",
  arguments: {
    table: {
      kind: "text",
      value: "object",
      required: true,
      description:
        "the row's <database>.<schema>.<table>, declared under `forget` in policies/data/masking.yaml",
    },
    key: {
      kind: "text",
      value: "key",
      required: true,
      description: "its primary key: a whole number or a UUID, nothing personal",
    },
    reason: {
      kind: "text",
      value: "text",
      required: true,
      description: "where the request is filed; no name",
    },
  },
  // It shows nothing of a clause by itself: copies do.
  clauses: [],
  evidence: { kind: "data-forget" },
  effect: "reads",
  examples: [
    {
      command:
        'ops data forget --platform sandbox --table learning.learning.learners --key 42 --reason "request 2026-17"',
      what: "Deletes nothing itself: the application does, and every copy of a time before.",
    },
  ],
  plan: async ({ platformName }, { table }) => [
    `ask ${platformName} whether ${table} has a primary key of one number or UUID; read no row`,
    "append table, key and instant to the evidence; delete nothing",
    "from then on a restore to a point before deletes or masks the row, and what depends on it, on the copy",
  ],
  async run(context, { table, key, reason }) {
    const source = context.servers.source(context.platform);
    const request = { table, key, reason };
    const forget = await requestOf(source, context.masking.declared(), request, context.clock.now());
    const detail = `row ${key} of ${forget.table} in ${forget.database} will not come back with a copy`;
    return {
      checks: [{ name: "forget-remembered", ...pass(detail) }],
      measurements: [],
      artifacts: [],
      facts: { forget, reason },
      summary: `Remembered  ${detail}\nOn the source nothing was deleted: the application does that.`,
    };
  },
});
