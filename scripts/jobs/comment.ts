// `ops comment`: makes the one comment of a pull request from what the steps left for people, and posts it.

import { viewOnly } from "../core/view-only";
import { defineJob } from "../job";
import { commentText, MARKER } from "../pipeline/comment";

export default defineJob({
  name: "comment",
  purpose: "change",
  summary: "Write what the steps of a pipeline found as one comment on a pull request",
  clauses: ["SEC-RELEASE"],
  cadence: "event",
  effect: "isolated",
  evidence: { none: "it repeats what other jobs found; their evidence stays theirs" },
  arguments: {
    from: {
      kind: "text",
      value: "file",
      description: "what the steps wrote (default: the file that OPS_SUMMARY names; every job adds to it)",
    },
    title: { kind: "text", default: "What this change does", description: "heading of the comment" },
    post: {
      kind: "whole",
      least: 1,
      description: "number of the pull request (default: print the comment)",
    },
  },
  examples: [
    { command: "ops comment", what: "Print the comment, as it would be posted." },
    {
      command: "ops comment --post 12",
      what: "Post it to pull request 12, or replace the one that is there.",
    },
  ],
  offline: true,
  target: "checkout",
  plan: async ({ pipelines }, { from = pipelines.gathered, post }) => [
    `read ${from}`,
    post === undefined ? "print the comment" : `write it to pull request ${post}; replace the earlier one`,
  ],
  async run({ host, github, pipelines }, { from = pipelines.gathered, title, post }) {
    const body = commentText({ title, summary: await host.readInput(from) });
    const posted = post === undefined ? undefined : await github.comment(post, MARKER, body);
    return viewOnly({
      markdown: "",
      summary: posted === undefined ? body : `Comment  ${posted}`,
      json: { body, posted: posted ?? null },
    });
  },
});
