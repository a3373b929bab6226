// What is an example is found, and what is real is left alone.
import { expect, it } from "vitest";
import { evaluate, worldOf } from "../../../policies/engine/evaluate";
import { kindOf } from "../../../policies/engine/files";
import rule from "../../../policies/rules/service/no-example-data";
import { examplesIn } from "../../../policies/service/example-data";
import { read } from "../repository";

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
