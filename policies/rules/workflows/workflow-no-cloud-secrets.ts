// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { expressionsIn, textsIn } from "../../engine/workflow/questions";

const KEYS = /ACCESS_?KEY|SECRET_?KEY|ALI(CLOUD|YUN|BABA)|AWS_|KUBE_?CONFIG|PULUMI_ACCESS|PASSWORD/i;

export default defineRule({
  id: "workflow-no-cloud-secrets",
  severity: "critical",
  applies: [{ surface: "workflow", types: ["workflow", "action"] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.1" }],
  title: "No long-lived cloud credential is a secret of the repository",
  why: "An access key that leaks works until somebody notices; a token exchanged by OIDC ends within hours and belongs to one environment.",
  remedy:
    "Remove the secret; let the job assume its role: id-token: write and aliyun/configure-aliyun-credentials-action with role-to-assume.",
  check: (subject) =>
    textsIn(subject.properties).flatMap(({ text, path }) =>
      expressionsIn(text)
        .flatMap((expression) => [...expression.matchAll(/\bsecrets\.(\w+)/g)].map((match) => match[1] ?? ""))
        .filter((name) => KEYS.test(name))
        .flatMap((name) => finding(path, `secrets.${name} is a long-lived credential of the cloud`)),
    ),
  examples: {
    good: {
      subjects: `jobs:\n  deploy:\n    steps:\n      - run: gh issue list\n        env: { GH_TOKEN: '\${{ secrets.GITHUB_TOKEN }}' }\n`,
    },
    bad: {
      subjects: `jobs:\n  deploy:\n    steps:\n      - run: pulumi up\n        env: { KEY: '\${{ secrets.ALICLOUD_ACCESS_KEY }}' }\n`,
    },
  },
});
