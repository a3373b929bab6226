import { describe, expect, it } from "vitest";
import type { Path } from "../../../policies/engine/subject";
import { placeInProgram } from "../../../scripts/check/program";

const TEXT = `import * as x from "x";
export class A {
  constructor(tags: Tags) {
    new x.Bucket(
      "media",
      {
        // acl: "public" was here (once)
        name: "a) b",
        tags,
        rules: [{ days: 30, "noncurrent-days": 7 }],
      },
      { parent: this },
    );
    names.map((name) => {
      return new x.Key(name, { spec: \`\${name}(\`, days: 3 });
    });
  }
}
`;

const cases: [string, string, Path, string][] = [
  ["the call for the whole resource", "s/a.ts:4", [], "s/a.ts:4:5"],
  ["a property", "s/a.ts:4", ["name"], "s/a.ts:8:9"],
  ["the shorthand", "s/a.ts:4", ["tags"], "s/a.ts:9:9"],
  ["a property of an item", "s/a.ts:4", ["rules", 0, "days"], "s/a.ts:10:19"],
  ["a quoted one", "s/a.ts:4", ["rules", 0, "noncurrent-days"], "s/a.ts:10:29"],
  ["the nearest parent", "s/a.ts:4", ["rules", 0, "prefix"], "s/a.ts:10:9"],
  ["the call for what is not written", "s/a.ts:4", ["acl2"], "s/a.ts:4:5"],
  ["not what another call writes", "s/a.ts:4", ["spec"], "s/a.ts:4:5"],
  ["the resource inside a callback", "s/a.ts:14", ["days"], "s/a.ts:15:50"],
  ["a file that nobody can read", "s/b.ts:7", ["days"], "s/b.ts:7:1"],
];

describe("placeInProgram", () => {
  it.each(cases)("finds %s", (_, source, path, expected) => {
    const place = placeInProgram(source, source.startsWith("s/a.ts") ? TEXT : undefined, path);
    expect(place && `${place.file}:${place.line}:${place.column}`).toBe(expected);
  });
});
