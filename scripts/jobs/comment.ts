// `ops comment`: makes the one comment of a pull request from what the steps left for people, and posts it.
import { OpsError } from "../core/errors";
import { defineJob, number, text } from "../core/job";
import { viewOnly } from "../core/view-only";
import { commentText, MARKER } from "../pipeline/comment";

export default defineJob({
  name: "comment",
  summary: "Make one comment of what the steps of a pipeline found, and write it to a pull request",
  clauses: ["SEC-RELEASE"],
  cadence: "event",
  effect: "reads",
  evidence: { none: "it repeats what other jobs found; their evidence stays theirs" },
  arguments: [
    {
      name: "from",
      kind: "string",
      description: "what the steps wrote (default: the file that OPS_SUMMARY names; every job adds to it)",
    },
    {
      name: "title",
      kind: "string",
      default: "What this change does",
      description: "heading of the comment",
    },
    {
      name: "post",
      kind: "number",
      description: "number of the pull request; without it the text is printed",
    },
  ],
  examples: [
    { command: "ops comment", what: "Print the comment, as it would be posted." },
    {
      command: "ops comment --post 12",
      what: "Post it to pull request 12, or replace the one that is there.",
    },
  ],
  offline: true,
  plan: async ({ pipelines }, args) => [
    `read ${text(args, "from") ?? pipelines.gathered}`,
    args.post === undefined
      ? "print the comment"
      : `write it to pull request ${String(args.post)}; replace the earlier one`,
  ],
  async run({ host, github, pipelines }, args) {
    const from = text(args, "from") ?? pipelines.gathered;
    if (!(await host.exists(from)))
      throw new OpsError("usage", `there is no ${from}`, {
        expected: "the file that OPS_SUMMARY named for the steps before",
      });
    const body = commentText({ title: text(args, "title") ?? "", summary: await host.readText(from) });
    const posted =
      args.post === undefined ? undefined : await github.comment(number(args, "post", 0), MARKER, body);
    return viewOnly({
      markdown: "",
      summary: posted === undefined ? body : `Comment  ${posted}`,
      json: { body, posted: posted ?? null },
    });
  },
});
