import { describe, expect, it } from "vitest";
import { parseYaml, pointerTo, showProblem } from "../../../policies/engine/yaml";

describe("what cannot be read as YAML is reported at its place", () => {
  it.each([
    ["an unclosed list", "a: 1\nb: [1,\n c: 2\n", /^f\.yaml:4:1: .* \(expected valid YAML\)$/],
    ["a tab as indentation", "a:\n\tb: 1\n", /^f\.yaml:2:1: .* \(expected valid YAML\)$/],
    ["an unknown alias", "a: &x 1\nb: *y\n", /^f\.yaml:2:5: unidentified alias "y" \(expected valid YAML\)$/],
    ["an empty file", "", /^f\.yaml:1:1: the file is empty \(expected one YAML document\)$/],
    ["two documents", "- a\n---\n- b\n", /^f\.yaml:1:1: 2 documents \(expected one YAML document\)$/],
  ])("%s", (_, text, expected) => {
    expect(parseYaml("f.yaml", text).problems.map(showProblem)).toEqual([expect.stringMatching(expected)]);
  });

  it("every duplicate key, at any depth, without giving up on the rest", () => {
    const document = parseYaml("f.yaml", "a: 1\nb:\n  c: 1\n  c: 2\na: 2\n");
    expect(document.problems.map(showProblem)).toEqual([
      'f.yaml:4:3: "c" is declared twice (expected each key once)',
      'f.yaml:5:1: "a" is declared twice (expected each key once)',
    ]);
    expect(document.value).toEqual({ a: 2, b: { c: 2 } });
  });
});

describe("a finding is placed by JSON pointer", () => {
  const text = 'a:\n  - x\n  - "b/c": 1\n    d:\n"~": {e: [10, 20]}\n凌晨: |\n  one\n  two @three@\n';
  const document = parseYaml("f.yaml", text);
  const at = (pointer: string, on?: "key" | "value") => {
    const { line, column } = document.problem(pointer, "m", undefined, on);
    return `${line}:${column}`;
  };
  it.each([
    ["/a/0", "value", "2:5"],
    [pointerTo("/a/1", "b/c"), "key", "3:6"],
    [pointerTo("/a/1", "b/c"), "value", "3:12"],
    ["/a/1/d", "value", "4:5"], // nothing stands there: its key
    [`${pointerTo("", "~")}/e/1`, "value", "5:15"],
    ["/凌晨", "key", "6:1"],
    ["/a/7/none", "value", "1:1"], // not there: the nearest parent's key
    ["", "value", "1:1"],
  ] as const)("%s (%s) -> %s", (pointer, on, expected) => {
    expect(at(pointer, on)).toBe(expected);
  });

  it("and within a longer text by what it is about", () => {
    expect(showProblem(document.problemWithin("/凌晨", "@three@", "unknown"))).toBe("f.yaml:8:7: unknown");
  });
});
