// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";
import { environmentOf, jobsOf, permissionsOf, stepsOfJob } from "../../engine/workflow/questions";

const ASSUMES = /configure-aliyun-credentials-action@|\bcosign sign\b/;

export default defineRule({
  id: "workflow-identity-only-where-used",
  severity: "high",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title:
    "Only a job that assumes a role of the cloud may ask for an identity token, and it runs in an environment",
  why: "Every step of such a job can become the role; the environment is what the role's trust names.",
  remedy: "Remove id-token: write from the job, or add the step that assumes the role and the environment.",
  check: (subject) =>
    jobsOf(subject).flatMap((job) => {
      // What it calls has steps of its own, and is looked at by itself.
      if (job.of.uses !== undefined) return [];
      const permissions = permissionsOf(subject, job);
      if (!isRecord(permissions) || permissions["id-token"] !== "write") return [];
      const assumes = stepsOfJob(job).some(({ of: { uses, run } }) =>
        ASSUMES.test(`${String(uses)} ${String(run)}`),
      );
      const unused = assumes
        ? []
        : finding([...job.path, "permissions"], `${job.id} may ask for an identity token and never does`);
      const open =
        environmentOf(job) === ""
          ? finding(job.path, `${job.id} asks for an identity token outside an environment`)
          : [];
      return [...unused, ...open];
    }),
  examples: {
    good: {
      subjects: `jobs: { up: { environment: prod-apply, permissions: { id-token: write }, steps: [{ uses: aliyun/configure-aliyun-credentials-action@0 }] } }\n`,
    },
    bad: { subjects: `jobs: { test: { permissions: { id-token: write }, steps: [{ run: npm test }] } }\n` },
  },
});
