// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { alertsOf, PROMETHEUS_RULE } from "../../engine/kubernetes/alerts";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

const runbookOf = (alert: string): string => `runbooks/alerts/${alert}.md`;
const alert = (file: string): string =>
  object(PROMETHEUS_RULE, {
    spec: `groups:
  - name: contract
    rules:
      - { alert: AppDown, annotations: { runbook_url: https://github.com/netedu/netedu-ops/blob/main/${file} } }`,
  });

export default defineRule({
  id: "alert-has-runbook",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [PROMETHEUS_RULE] }],
  clauses: ["SLA-P1", "SLA-P2", "KEY-WATCH"],
  title: "Every alert links to the runbook that bears its name",
  why: "Who is woken must not have to find out what the alert means, nor meet a page that is not there.",
  remedy: "Write runbooks/alerts/<AlertName>.md and link it in annotations.runbook_url.",
  check: (subject, world) =>
    alertsOf(subject).flatMap(({ name, path }) =>
      expectValue(
        subject,
        [...path, "annotations", "runbook_url"],
        (url) =>
          typeof url === "string" && url.endsWith(`/${runbookOf(name)}`) && world.hasFile(runbookOf(name)),
        `a URL that ends in ${runbookOf(name)}, and that file`,
      ),
    ),
  examples: {
    good: { subjects: alert("runbooks/alerts/AppDown.md"), files: ["runbooks/alerts/AppDown.md"] },
    bad: { subjects: alert("runbooks/alerts/AppDown.md"), files: ["runbooks/alerts/AppGone.md"] },
  },
});
