// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";
import { environmentOf, jobsOf } from "../../engine/workflow/questions";

export default defineRule({
  id: "workflow-deploys-take-turns",
  severity: "high",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["SEC-RELEASE", "DATA-CHANGE"],
  title: "What changes an environment has a concurrency group and is never cancelled half-way",
  why: "Two deployments at once overwrite each other; one that is cancelled leaves resources that no state knows.",
  remedy: "Give the workflow or the job concurrency: { group: <environment>, cancel-in-progress: false }.",
  check: (subject) =>
    jobsOf(subject)
      .filter((job) => environmentOf(job) !== "")
      .flatMap((job) => {
        const own = job.of.concurrency ?? subject.properties.concurrency;
        if (own === undefined)
          return finding(job.path, `${job.id} changes ${environmentOf(job)} without a concurrency group`);
        const cancels = isRecord(own) ? own["cancel-in-progress"] : undefined;
        return cancels === undefined || cancels === false
          ? []
          : finding(job.path, `${job.id} may be cancelled while it changes ${environmentOf(job)}`);
      }),
  examples: {
    good: {
      subjects: `jobs: { up: { environment: prod-apply, concurrency: { group: prod, cancel-in-progress: false } } }\n`,
    },
    bad: { subjects: `jobs: { up: { environment: prod-apply } }\n` },
  },
});
