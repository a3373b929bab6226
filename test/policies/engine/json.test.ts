// JSON texts: what is wrong is shown where it stands, and so is every value (test/policies/engine/robustness.test.ts has the rest).
import { describe, expect, it } from "vitest";
import { readJson } from "../../../policies/engine/json";

describe("a wrong text", () => {
  it.each<[string, number, number]>([
    ['{"a": 1,}', 1, 9],
    ['{\n  "a": }', 2, 8],
    ['{"a":tru}', 1, 6],
    ["[1 2]", 1, 4],
    ['{"a":1', 1, 7],
    ['{"a":1} x', 1, 9],
    ["// no comments\n{}", 1, 1],
    ["", 1, 1],
  ])("is shown where it is wrong: %j", (text, line, column) => {
    const { value, problems } = readJson("x.json", text);
    expect(value).toBeUndefined();
    expect(problems).toMatchObject([{ file: "x.json", line, column, expected: "valid JSON" }]);
  });
});

describe("a place", () => {
  it.each<[(string | number)[], string]>([
    [[], "1:1"],
    [["a"], "1:22"],
    [["a", "c"], "1:27"],
    [["b", 1], "1:38"],
    [["b", 7], "1:34"],
    [["z", "y"], "1:1"],
  ])("is that of the value, of the later of two, or of the nearest parent: %j", (path, expected) => {
    const { at } = readJson("x.json", '\uFEFF{"a":[1,{"b":2}],"a":{"c":3},"b":[10,20]}');
    const { line, column } = at(path);
    expect(`${line}:${column}`).toBe(expected);
  });
});
