// What is an example is found, and what is real is left alone.
import { expect, it } from "vitest";
import { evaluate, worldOf } from "../../../policies/engine/evaluate";
import { kindOf } from "../../../policies/engine/files";
import rule from "../../../policies/rules/service/no-example-data";
import { examplesIn } from "../../../policies/service/example-data";
import { read } from "../repository";

function verdictOf(file: string, text: string): string | undefined {
  const { subjects, problems } = kindOf(file)!.read(file, text);
  expect(problems).toEqual([]);
  return evaluate(subjects, [rule], worldOf(subjects, { today: new Date(), hasFile: () => true }))[0]
    ?.verdict;
}

it.each([
  ["chen-jing@example.com", "the placeholder example.com"],
  ["https://openapi.example.org/router", "the placeholder openapi.example.org"],
  ["db.internal.test", "the placeholder db.internal.test"],
  ["https://learn.netedu.example/healthz", "the placeholder learn.netedu.example"],
  ["registry.example/netedu/ops", "the placeholder registry.example"],
  ["nobody.invalid", "the placeholder nobody.invalid"],
  ["TODO", "the placeholder TODO"],
  ["https://TODO/gateway", "the placeholder TODO"],
  ["change-me", "the placeholder change-me"],
  ["kms:<key name>", "the placeholder <key name>"],
  ["xxxx", "the placeholder xxxx"],
  ["张三", "the example name 张三"],
  ["John Doe", "the example name John Doe"],
  ["Test User", "the example name Test User"],
  ["ssh-ed25519 AAAAC3Nza test key of nobody", "an example key"],
])("%s is %s", (text, found) => {
  expect(examplesIn({ a: [text] })).toEqual([{ path: ["a", 0], found }]);
});

it.each([
  "https://openapi.alipay.com/gateway.do",
  "pg.netedu.cn",
  "runbooks/procedures/x.test.ts",
  "for example by the vendor",
  "the test of the backup is nightly",
  "陈静",
  "ssh-ed25519 AAAAC3Nza chen-jing@college.edu.cn",
  "2026-11-02",
  "two-sessions-2027",
])("%s is real", (text) => {
  expect(examplesIn(text)).toEqual([]);
});

it("SQL is not read for placeholders", () => {
  expect(examplesIn({ invariants: [{ sql: "SELECT 1 FROM t WHERE a <b AND c> d" }] })).toEqual([]);
});

it("a step's script is read for hosts and keys only", () => {
  const script = "sort <in >out # TODO\ncurl https://hooks.example.com/x";
  expect(examplesIn({ steps: [{ run: script }] })).toEqual([
    { path: ["steps", 0, "run"], found: "the placeholder hooks.example.com" },
  ]);
});

/** Of every kind of file in which an example can stand: one that must be found, and the same with what is real. */
const INGRESS = (host: string): string => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: learning, labels: { netedu.example/part: web } }
spec: { rules: [{ host: ${host} }] }
`;
const ISSUER = (mail: string): string => `apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: { name: acme }
spec: { acme: { email: ${mail} } }
`;
const RECEIVER = (url: string): string => `apiVersion: monitoring.coreos.com/v1alpha1
kind: AlertmanagerConfig
metadata: { name: on-call, namespace: monitoring }
spec: { receivers: [{ name: on-call, webhookConfigs: [{ url: "${url}" }] }] }
`;
const SITES = (url: string): string => `config:
  netedu:sites: [{ name: learn, url: "${url}" }]
`;
const WORKFLOW = (url: string): string => `name: w
on: { workflow_dispatch: {} }
env: { HOOK: "${url}" }
jobs: { j: { runs-on: x, steps: [{ run: "true" }] } }
`;
const ACTION = (url: string): string => `name: a
runs: { using: composite, steps: [{ run: "curl ${url}", shell: bash }] }
`;

it.each<[file: string, text: (datum: string) => string, example: string, real: string]>([
  ["k8s/rendered/prod/web/ingress-web.yaml", INGRESS, "learn.netedu.example", "learn.netedu.cn"],
  ["k8s/rendered/prod/c/clusterissuer-acme.yaml", ISSUER, "ops@example.com", "ops@netedu.cn"],
  [
    "k8s/rendered/prod/m/alertmanagerconfig-on-call.yaml",
    RECEIVER,
    "https://oapi.example.com/robot",
    "https://oapi.dingtalk.com/robot",
  ],
  ["stacks/config/Pulumi.prod-watch.yaml", SITES, "https://m.example/healthz", "https://m.netedu.cn/healthz"],
  [".github/workflows/w.yaml", WORKFLOW, "https://hooks.example.com", "https://hooks.netedu.cn"],
  [".github/actions/a/action.yaml", ACTION, "https://get.example.org/x", "https://get.netedu.cn/x"],
])("%s is judged", (file, text, example, real) => {
  expect([text(example), text(real)].map((content) => verdictOf(file, content))).toEqual(["fail", "pass"]);
});

it("what belongs to the sandbox may be an example", () => {
  expect(examplesIn({ endpoints: { sandbox: "https://a.example", prod: "https://b.example" } })).toEqual([
    { path: ["endpoints", "prod"], found: "the placeholder b.example" },
  ]);
});

it("finds the roster's people, the probes' hosts and the releases' registry in this repository", () => {
  for (const file of [
    "policies/service/roster.yaml",
    "policies/service/probes.yaml",
    "k8s/releases/prod.yaml",
  ]) {
    const { subjects } = kindOf(file)!.read(file, read(file));
    const [result] = evaluate(
      subjects,
      [rule],
      worldOf(subjects, { today: new Date(), hasFile: () => true }),
    );
    expect(result, file).toMatchObject({ verdict: "fail" });
    expect(result!.findings.length).toBeGreaterThan(2);
  }
});

it("says nothing of the sandbox's own release", () => {
  const file = "k8s/releases/sandbox.yaml";
  const { subjects } = kindOf(file)!.read(file, read(file));
  expect(evaluate(subjects, [rule], worldOf(subjects, { today: new Date(), hasFile: () => true }))).toEqual(
    [],
  );
});
