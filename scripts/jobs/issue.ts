// `ops issue`: what a pipeline found wrong at night becomes an issue that somebody must close. One open issue a title.

import { viewOnly } from "../core/view-only";
import { defineJob } from "../job";
import { commentText } from "../pipeline/comment";

export default defineJob({
  name: "issue",
  purpose: "change",
  summary: "Open an issue with what the steps of a failed pipeline found, or add to the open one",
  clauses: ["SLA-P2", "ARC-EVENTS"],
  cadence: "event",
  effect: "isolated",
  evidence: { none: "it repeats what the failed job left as evidence" },
  arguments: {
    title: { kind: "text", positional: true, required: true, description: "title of the issue" },
    level: {
      kind: "choice",
      choices: ["P1", "P2", "P3", "P4"],
      default: "P2",
      description: "level of the contract; becomes a label",
    },
    from: {
      kind: "text",
      value: "file",
      description: "what the steps wrote (default: the file that OPS_SUMMARY names; every job adds to it)",
    },
  },
  examples: [
    {
      command: 'ops issue "Nightly backup verification failed" --level P2',
      what: "Open it, or add to the open one; without a token only print it.",
    },
  ],
  offline: true,
  plan: async ({ pipelines }, { from = pipelines.gathered, level }) => [
    `read ${from}, if it is there`,
    `open an issue labelled ${level}, or add to the open one of that title`,
  ],
  async run({ host, github, pipelines, environment, progress }, { title, level, from = pipelines.gathered }) {
    const found = (await host.exists(from))
      ? await host.readInput(from)
      : "No step got as far as a summary; see the log of the run.";
    const body = commentText({ title: `${title} (${environment})`, summary: found });
    // On a laptop nobody has a token, and nobody should be called out by a rehearsal.
    if (github.repository === undefined && !github.runsUs) {
      progress.say("warn", "no token: the issue is only printed");
      return outcome(body, { body, opened: null });
    }
    const opened = await github.issue(title, body, [level, environment]);
    return outcome(`Issue    ${opened}`, { body, opened });
  },
});

const outcome = (summary: string, json: unknown) =>
  viewOnly({
    markdown: "",
    summary,
    json,
  });
