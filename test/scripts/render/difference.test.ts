import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeclarationError } from "../../../policies/engine/declaration";
import type { PropertyChange } from "../../../scripts/core/difference";
import { compare, difference, staleness } from "../../../scripts/render/difference";
import { type Json, type KubernetesObject, pathOf, yamlOf } from "../../../scripts/render/model";
import { countChanges, markdownChanges, showChanges } from "../../../scripts/render/show";

interface Parts {
  app?: string;
  environment?: string;
  apiVersion?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  spec?: Record<string, unknown>;
}

function files(...objects: Parts[]): Map<string, string> {
  return new Map(
    objects.map(({ app = "web", environment = "prod", kind = "Deployment", name = "web", ...rest }) => {
      const { apiVersion = "apps/v1", namespace = "learning", spec = {} } = rest;
      const object: KubernetesObject = { apiVersion, kind, metadata: { name, namespace }, ...{ spec } };
      return [pathOf(environment, { name: app, namespace: "learning" }, object), yamlOf(object)];
    }),
  );
}

describe("difference", () => {
  it.each<[string, Parts[], Parts[], string[]]>([
    ["nothing", [{}], [{}], []],
    ["a new object", [], [{}], ["create prod web Deployment learning/web"]],
    ["one that is gone", [{}], [], ["delete prod web Deployment learning/web"]],
    [
      "a property",
      [{ spec: { a: 1 } }],
      [{ spec: { a: 2 } }],
      ["update prod web Deployment learning/web spec.a"],
    ],
    [
      "another environment only",
      [{ environment: "dr" }, {}],
      [{ environment: "dr", spec: { a: 1 } }, {}],
      ["update dr web Deployment learning/web spec.a"],
    ],
    [
      "a name: another object",
      [{ name: "a" }],
      [{ name: "b" }],
      ["delete prod web Deployment learning/a", "create prod web Deployment learning/b"],
    ],
    [
      "a namespace: another object",
      [{ namespace: "learning" }],
      [{ namespace: "other" }],
      ["create prod web Deployment other/web", "delete prod web Deployment learning/web"],
    ],
    [
      "a version of its group: the same object",
      [{ apiVersion: "apps/v1beta1" }],
      [{ apiVersion: "apps/v1" }],
      ["update prod web Deployment learning/web apiVersion"],
    ],
    [
      "the group: another object",
      [{ apiVersion: "extensions/v1beta1", app: "a" }],
      [{ apiVersion: "apps/v1", app: "b" }],
      ["delete prod a Deployment learning/web", "create prod b Deployment learning/web"],
    ],
    [
      "the app that brings it: the same object, moved",
      [{ app: "old" }],
      [{ app: "web" }],
      ["update prod web Deployment learning/web (app)"],
    ],
  ])("sees %s", (_, before, after, expected) => {
    const changes = difference(files(...before), files(...after));
    const lines = changes.map(({ verdict, environment, app, kind, name, properties }) =>
      [verdict, environment, app, kind, name, ...properties.map(({ path }) => path)].join(" "),
    );
    expect(lines).toEqual(expected);
  });

  it.each<[string, Parts, Parts | undefined, string[]]>([
    ["deletes a claim", { kind: "PersistentVolumeClaim" }, undefined, ["its data may go too"]],
    ["deletes a namespace", { kind: "Namespace" }, undefined, ["everything in it goes too"]],
    [
      "deletes a network policy",
      { kind: "NetworkPolicy" },
      undefined,
      ["what it allowed or denied is no longer so"],
    ],
    ["deletes a service", { kind: "Service" }, undefined, []],
    [
      "changes a selector",
      { spec: { selector: { matchLabels: { a: "1" } } } },
      { spec: { selector: { matchLabels: { a: "2" } } } },
      ["spec.selector cannot be changed: the API server refuses"],
    ],
    [
      "changes what only begins like one",
      { spec: { selectorPolicy: "a" } },
      { spec: { selectorPolicy: "b" } },
      [],
    ],
  ])("warns who %s", (_, before, after, dangers) => {
    const [change] = difference(files(before), after ? files(after) : files());
    expect(change?.dangers).toEqual(dangers);
  });

  it("names the file and line of what is no Kubernetes object", () => {
    const problems = (text: string): string[] => {
      try {
        difference(new Map([["k8s/rendered/prod/web/x.yaml", text]]), new Map());
        return [];
      } catch (error) {
        if (!(error instanceof DeclarationError)) throw error;
        return error.problems.map(({ file, line, message }) => `${file}:${line} ${message}`);
      }
    };
    expect(problems("a: 1\nb: [")).toEqual([expect.stringMatching(/^k8s\/rendered\/prod\/web\/x\.yaml:2 /)]);
    expect(problems("kind: X\n")).toEqual(["k8s/rendered/prod/web/x.yaml:1 no Kubernetes object"]);
    expect(problems("apiVersion: v1\nkind: X\n---\nkind: Y\n")).toEqual([
      "k8s/rendered/prod/web/x.yaml:1 2 documents",
    ]);
  });

  it("of a rendering with itself is empty, and the two directions mirror each other", () => {
    const specs = fc.dictionary(
      fc.constantFrom("a", "b", "c"),
      fc.oneof(fc.integer(), fc.constantFrom("x", "y")),
      { noNullPrototype: true },
    );
    const renderings = fc.array(fc.record({ name: fc.constantFrom("a", "b", "c"), spec: specs }), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(renderings, renderings, (one, other) => {
        const [left, right] = [files(...one), files(...other)];
        expect(difference(left, left)).toEqual([]);
        const there = difference(left, right);
        const back = difference(right, left);
        const mirror = { create: "delete", delete: "create", update: "update" } as const;
        expect(back.map(({ verdict, name }) => [mirror[verdict], name])).toEqual(
          there.map(({ verdict, name }) => [verdict, name]),
        );
        const swapped = back.flatMap(({ properties }) =>
          properties.map(({ path, before, after }) => ({ path, before: after, after: before })),
        );
        expect(swapped).toEqual(there.flatMap(({ properties }) => properties));
      }),
    );
  });
});

describe("compare", () => {
  const paths = (before: Json, after: Json): string[] =>
    compare(before, after).map(
      ({ path, before: one, after: other }: PropertyChange<Json>) =>
        `${path}: ${JSON.stringify(one)} → ${JSON.stringify(other)}`,
    );
  it.each<[string, Json, Json, string[]]>([
    ["a value", { a: 1 }, { a: 2 }, ["a: 1 → 2"]],
    ["a new and a lost property", { a: 1 }, { b: 1 }, ["a: 1 → undefined", "b: undefined → 1"]],
    ["a list by position", { a: [1, 2] }, { a: [1, 3, 4] }, ["a[1]: 2 → 3", "a[2]: undefined → 4"]],
    [
      "a list of named items by name",
      {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      },
      {
        env: [
          { name: "B", value: "3" },
          { name: "C", value: "4" },
        ],
      },
      [
        'env[A]: {"name":"A","value":"1"} → undefined',
        'env[B].value: "2" → "3"',
        'env[C]: undefined → {"name":"C","value":"4"}',
      ],
    ],
    ["the order of named items", [{ name: "A" }, { name: "B" }], [{ name: "B" }, { name: "A" }], []],
    [
      "items that share a name by position",
      [{ name: "A" }, { name: "A" }],
      [{ name: "A" }],
      ['[1]: {"name":"A"} → undefined'],
    ],
    ["a kind of value", { a: [1] }, { a: { b: 1 } }, ['a: [1] → {"b":1}']],
    ["null and nothing", { a: null }, {}, ["a: null → undefined"]],
    [
      "a name with dots",
      { labels: { "a.b/c": "1" } },
      { labels: { "a.b/c": "2" } },
      ['labels["a.b/c"]: "1" → "2"'],
    ],
    ["text and number", { a: "1" }, { a: 1 }, ['a: "1" → 1']],
  ])("shows %s", (_, before, after, expected) => {
    expect(paths(before, after)).toEqual(expected);
  });
});

describe("staleness", () => {
  it("tells changed, missing and left over apart", () => {
    const committed = new Map([
      ["a", "1"],
      ["b", "1"],
      ["c", "1"],
    ]);
    const rendered = new Map([
      ["a", "1"],
      ["b", "2"],
      ["d", "1"],
    ]);
    expect(staleness(committed, rendered)).toEqual({ changed: ["b"], missing: ["d"], stale: ["c"] });
  });
});

describe("shown", () => {
  const digest = (letter: string): string => `r/i@sha256:${letter.repeat(64)}`;
  const changes = difference(
    files(
      { spec: { image: digest("a"), note: "one | two `x` <b>" } },
      { kind: "PersistentVolumeClaim", name: "evidence" },
    ),
    files({ spec: { image: digest("b"), note: "three" } }, { kind: "Service", name: "new" }),
  );

  it("counts", () => {
    expect([countChanges(changes), countChanges([])]).toEqual([
      "1 created, 1 changed, 1 deleted",
      "no change",
    ]);
  });

  it("as text: object, dangers, property from and to, digests short enough to compare", () => {
    expect(showChanges(changes, false).split("\n")).toEqual([
      "~ update  prod  web  Deployment learning/web",
      "    spec.image: r/i@sha256:aaaaaaaaaaaa… → r/i@sha256:bbbbbbbbbbbb…",
      "    spec.note: one | two `x` <b> → three",
      "- delete  prod  web  PersistentVolumeClaim learning/evidence",
      "    ! its data may go too",
      "+ create  prod  web  Service learning/new",
      "",
      "1 created, 1 changed, 1 deleted",
    ]);
    expect(showChanges([], false)).toBe("no change");
  });

  it("as Markdown that no value can break out of", () => {
    const markdown = markdownChanges("Manifests against 0123456789", changes);
    expect(markdown).toContain("### Manifests against 0123456789: 1 created, 1 changed, 1 deleted");
    expect(markdown).toContain(
      "> - **delete prod PersistentVolumeClaim learning/evidence**: its data may go too",
    );
    const row = markdown.split("\n").find((line) => line.startsWith("| update"))!;
    expect(row).toContain("`spec.note: one \\| two 'x' &lt;b> → three`");
    expect(row.replaceAll("\\|", "").split("|")).toHaveLength(6);
    expect(markdownChanges("T", [])).toBe("### T: no change");
  });
});
