import { describe, expect, it } from "vitest";
import { readManifests } from "../../../../policies/engine/kubernetes/read";
import { isSecret, showValue } from "../../../../policies/engine/value";

const FILE = "k8s/rendered/prod/web/web.yaml";

describe("readManifests", () => {
  it("gives one subject an object, with environment, type and id", () => {
    const text =
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: learning}\n---\n\n---\n" +
      "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Namespace\n    metadata:\n      name: learning\n";
    const { subjects, problems } = readManifests(FILE, text);
    expect(problems).toEqual([]);
    expect(subjects.map(({ type, id, environment }) => [type, id, environment])).toEqual([
      ["apps/v1/Deployment", "prod/learning/apps/v1/Deployment/web", "prod"],
      ["v1/Namespace", "prod/-/v1/Namespace/learning", "prod"],
    ]);
    expect(subjects[1]!.at(["metadata", "name"])).toEqual({ file: FILE, line: 13, column: 13 });
  });

  it("finds the value, the key of a block, or the nearest parent", () => {
    const text =
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: c\n      image: x\n";
    const [subject] = readManifests(FILE, text).subjects;
    const at = (...path: (string | number)[]) => {
      const place = subject!.at(path);
      return `${place?.line}:${place?.column}`;
    };
    expect([
      at("spec"),
      at("spec", "containers", 0),
      at("spec", "containers", 0, "image"),
      at("spec", "containers", 0, "resources", "limits"),
      at("status"),
    ]).toEqual(["5:1", "7:7", "8:14", "7:7", "1:1"]);
  });

  it.each<[string, unknown]>([
    ["0644", 420],
    ["0o17", 15],
    ["yes", true],
    ["Off", false],
    ["1_000", 1000],
    ["2001-01-01", "2001-01-01"],
    ["1:30", "1:30"],
    ['"yes"', "yes"],
    ["1e3", 1000],
    ["089", 89],
  ])("reads the scalar %s as Kubernetes does", (scalar, value) => {
    const { subjects } = readManifests(
      FILE,
      `apiVersion: v1\nkind: X\nmetadata: {name: a}\nspec: ${scalar}\n`,
    );
    expect(subjects[0]!.properties.spec).toBe(value);
  });

  it("keeps the contents of a Secret to itself", () => {
    const text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  key: open sesame\n";
    const { properties } = readManifests(FILE, text).subjects[0]!;
    const data = properties.stringData as { key: never };
    expect(isSecret(data.key)).toBe(true);
    expect(showValue(properties)).not.toContain("sesame");
  });

  it.each<[string, string, string]>([
    ["no object", "- a\n", "1:1 no Kubernetes object"],
    ["no kind", "apiVersion: v1\nmetadata: {name: a}\n", "1:1 no kind"],
    ["a duplicate key", "apiVersion: v1\nkind: X\nkind: Y\n", '3:1 "kind" is declared twice'],
    ["a tab", "apiVersion: v1\nspec:\n\tx: 1\n", "3:1 tab characters must not be used in indentation"],
    ["a circle", "apiVersion: v1\nkind: X\nspec: &a [*a]\n", "3:12 an alias inside its own anchor"],
  ])("reports %s with its place", (_, text, expected) => {
    const problems = readManifests(FILE, text).problems.map(
      ({ line, column, message }) => `${line}:${column} ${message}`,
    );
    expect(problems).toContain(expected);
  });

  it("refuses an alias bomb without unfolding it", () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"
        : `a${level}: &a${level} [${Array(10)
            .fill(`*a${level - 1}`)
            .join(", ")}]`,
    );
    const { subjects, problems } = readManifests(FILE, `apiVersion: v1\nkind: X\n${levels.join("\n")}\n`);
    expect(subjects).toEqual([]);
    expect(problems[0]!.message).toMatch(/^aliases add \d+ values to this file$/);
  });

  it("reads Windows line ends and a byte order mark", () => {
    const text = "\uFEFFapiVersion: v1\r\nkind: X\r\nmetadata:\r\n  name: a\r\n";
    const { subjects, problems } = readManifests(FILE, text);
    expect(problems).toEqual([]);
    expect(subjects[0]!.at(["metadata", "name"])).toMatchObject({ line: 4, column: 9 });
    expect(subjects[0]!.at(["apiVersion"])).toMatchObject({ line: 1, column: 13 });
  });
});
