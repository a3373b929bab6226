import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { KUBERNETES_SCHEMA } from "../../../policies/engine/kubernetes/read";
import { type KubernetesObject, ordered, pathOf, yamlOf } from "../../../scripts/render/model";

const object = (more: Record<string, unknown> = {}): KubernetesObject => ({
  kind: "ConfigMap",
  apiVersion: "v1",
  metadata: { name: "x" },
  ...more,
});

/** Strings that YAML 1.1, YAML 1.2 or Go read as something else when they stand bare. */
const TRICKY = [
  "yes",
  "NO",
  "on",
  "y",
  "null",
  "~",
  "0o7",
  "010",
  "1e3",
  "1:30",
  "0x1f",
  "1_000",
  "2026-01-01",
  ".5",
  "=",
  "",
  "- a",
  "a: b",
  "x #y",
  "{{ x }}",
  "*a",
  "&a",
  "!t",
  "%d",
  "@x",
  "`",
  "a\nb\n",
  " a",
  "a ",
];

/** Any JSON without `__proto__`, which is no property of a plain object. */
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(...TRICKY),
    fc.string({ unit: "grapheme" }),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.constantFrom(...TRICKY), fc.string()).filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value;

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, shuffled(item)]),
  );
}

describe("yamlOf", () => {
  it("puts first what people look for first, and the rest by the alphabet", () => {
    const text = yamlOf(
      object({
        spec: { b: 1, name: "top", a: [{ value: "v", name: "k" }] },
        metadata: { namespace: "s", labels: {}, name: "x" },
      }),
    );
    expect(text).toBe(
      [
        "apiVersion: v1",
        "kind: ConfigMap",
        "metadata:",
        "  name: x",
        "  namespace: s",
        "  labels: {}",
        "spec:",
        "  name: top",
        "  a:",
        "    - name: k",
        "      value: v",
        "  b: 1",
        "",
      ].join("\n"),
    );
  });

  it("gives the same bytes in whatever order an object was built", () => {
    fc.assert(
      fc.property(values, (data) => {
        expect(yamlOf(object({ data: shuffled(data) }))).toBe(yamlOf(object({ data })));
      }),
    );
  });

  it("is read back as it was, by a reader of YAML 1.2 and as Kubernetes reads it", () => {
    fc.assert(
      fc.property(values, (data) => {
        const text = yamlOf(object({ data }));
        const expected = ordered(object({ data }));
        expect(load(text)).toEqual(expected);
        expect(load(text, { schema: KUBERNETES_SCHEMA })).toEqual(expected);
      }),
    );
  });

  it("folds no line and shares nothing: one change is one line of a diff", () => {
    const long = "word ".repeat(60).trim();
    const shared = { a: long };
    const text = yamlOf(object({ one: shared, other: shared }));
    expect(text.split("\n").filter((line) => line.includes(long))).toHaveLength(2);
    expect(text).not.toMatch(/[&*]ref/);
  });

  it.each<[string, unknown, string]>([
    ["a function", { spec: { run: () => 1 } }, "spec.run is not plain data: found function"],
    ["a promise", { spec: { list: [Promise.resolve(1)] } }, "spec.list[0] is not plain data: found object"],
    ["a date", { spec: { at: new Date(0) } }, "spec.at is not plain data"],
    ["NaN", { spec: { replicas: Number.NaN } }, "spec.replicas is not plain data: found number"],
    ["undefined in a list", { spec: { list: [undefined] } }, "spec.list[0] is not plain data"],
  ])("refuses %s and says where", (_, more, message) => {
    expect(() => yamlOf(object(more as Record<string, unknown>))).toThrow(message);
  });

  it("leaves out what is undefined", () => {
    expect(yamlOf(object({ spec: { a: undefined, b: null } }))).toContain("spec:\n  b: null");
  });
});

describe("pathOf", () => {
  const app = { name: "web", namespace: "learning" };
  it.each<[string, KubernetesObject["metadata"], string]>([
    ["its own namespace", { name: "web", namespace: "learning" }, "configmap-web"],
    ["no namespace", { name: "web" }, "configmap-web"],
    ["another namespace", { name: "web", namespace: "monitoring" }, "configmap-monitoring-web"],
  ])("names an object of %s", (_, metadata, file) => {
    expect(pathOf("prod", app, object({ metadata }))).toBe(`k8s/rendered/prod/web/${file}.yaml`);
  });
});
