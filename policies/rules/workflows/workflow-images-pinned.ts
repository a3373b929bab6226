// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";
import { jobsOf, stepsOf } from "../../engine/workflow/questions";

const DIGEST = /@sha256:[0-9a-f]{64}$/;

export default defineRule({
  id: "workflow-images-pinned",
  severity: "high",
  applies: [{ surface: "workflow", types: ["workflow", "action"] }],
  clauses: ["SEC-VULN"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.10.5" }],
  title: "Every container image is pinned by digest",
  why: "A tag is whatever was pushed last; the job then runs with the token of the repository.",
  remedy: "Write image@sha256:<64 hex digits>; Renovate keeps it up to date.",
  check(subject) {
    const containers = jobsOf(subject).flatMap(({ of, path }) => [
      { value: isRecord(of.container) ? of.container.image : of.container, path: [...path, "container"] },
      ...Object.entries(isRecord(of.services) ? of.services : {}).map(([name, service]) => ({
        value: isRecord(service) ? service.image : service,
        path: [...path, "services", name],
      })),
    ]);
    const steps = stepsOf(subject)
      .filter(({ of: { uses } }) => typeof uses === "string" && uses.startsWith("docker://"))
      .map(({ of: { uses }, path }) => ({ value: uses, path: [...path, "uses"] }));
    return [...containers, ...steps].flatMap(({ value, path }) =>
      value === undefined || (typeof value === "string" && DIGEST.test(value))
        ? []
        : finding(path, `${String(value)} is not pinned; expected …@sha256:<64 hex digits>`),
    );
  },
  examples: {
    good: {
      subjects: `jobs: { test: { container: node@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa } }\n`,
    },
    bad: { subjects: `jobs: { test: { services: { postgres: { image: postgres:15 } } } }\n` },
  },
});
