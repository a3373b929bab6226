import { describe, expect, it } from "vitest";
import type { Replacements } from "../../../policies/cloud/replacements";
import { type Change, difference } from "../../../scripts/plan/difference";
import type { PlannedResource, PlannedValue, StackPlan } from "../../../scripts/plan/model";
import { grouped, markdownChanges, showChanges } from "../../../scripts/plan/show";
import { parseState } from "../../../scripts/plan/state";

const TABLE: Replacements = {
  source: "test",
  types: {
    "t:a/box:Box": { stateful: true, properties: ["name", "zone"] },
    "t:a/lid:Lid": { stateful: false, properties: ["box"] },
  },
};

interface Options {
  type?: string;
  protect?: boolean;
  aliases?: string[];
  ignoreChanges?: string[];
  from?: Record<string, string[]>;
}

const urn = (name: string, type = "t:a/box:Box"): string => `urn:pulumi:s::p::${type}::${name}`;

function resource(
  name: string,
  inputs: Record<string, PlannedValue>,
  options: Options = {},
): PlannedResource {
  const type = options.type ?? "t:a/box:Box";
  return {
    urn: urn(name, type),
    type,
    name,
    custom: true,
    parent: "",
    provider: "",
    inputs,
    options: {
      protect: options.protect ?? false,
      retainOnDelete: false,
      ignoreChanges: options.ignoreChanges ?? [],
      replaceOnChanges: [],
      deleteBeforeReplace: false,
      importId: "",
    },
    aliases: options.aliases ?? [],
    dependencies: [],
    propertyDependencies: options.from ?? {},
  };
}

const plan = (...resources: PlannedResource[]): StackPlan[] => [
  { stack: "s", environment: "s", layer: "", resources, outputs: {}, references: [] },
];
const brief = (changes: readonly Change[]): string[] =>
  changes.map(({ verdict, resource: { name }, properties }) =>
    `${verdict} ${name} ${properties.map(({ path }) => path).join()}`.trim(),
  );
const between = (before: PlannedResource[], after: PlannedResource[]): Change[] =>
  difference(plan(...before), plan(...after), TABLE);

const unknown = (...from: string[]): PlannedValue => ({ unknown: true, from });
const secret = (fingerprint: string): PlannedValue => ({ secret: true, fingerprint });

describe("the difference of plans", () => {
  it.each<[string, PlannedResource[], PlannedResource[], string[]]>([
    ["nothing", [resource("x", { size: 1 })], [resource("x", { size: 1 })], []],
    ["a new resource", [], [resource("x", {})], ["create x"]],
    ["a resource that is gone", [resource("x", {})], [], ["delete x"]],
    ["a changed property", [resource("x", { size: 1 })], [resource("x", { size: 2 })], ["update x size"]],
    [
      "a property that replaces",
      [resource("x", { zone: "a" })],
      [resource("x", { zone: "b" })],
      ["replace x zone"],
    ],
    [
      "deep changes, each by its path",
      [resource("x", { rules: [{ days: 1 }, { days: 2 }], tags: { a: "1" } })],
      [resource("x", { rules: [{ days: 1 }, { days: 3 }], tags: { a: "1", b: "2" } })],
      ["update x rules[1].days,tags.b"],
    ],
    [
      "an ignored property",
      [resource("x", { size: 1, tags: { a: "1" } }, { ignoreChanges: ["size", "tags.a"] })],
      [resource("x", { size: 2, tags: { a: "2" } }, { ignoreChanges: ["size", "tags.a"] })],
      [],
    ],
    [
      "a rename with an alias",
      [resource("old", { size: 1 })],
      [resource("new", { size: 1 }, { aliases: [urn("old")] })],
      ["rename new"],
    ],
    ["a rename without one", [resource("old", {})], [resource("new", {})], ["create new", "delete old"]],
    [
      "a rename that changes something too",
      [resource("old", { size: 1 })],
      [resource("new", { size: 2 }, { aliases: [urn("old")] })],
      ["update new size"],
    ],
    [
      "values that are unknown in the same way",
      [resource("x", { id: unknown("y") })],
      [resource("x", { id: unknown("y") })],
      [],
    ],
    [
      "an unknown value from elsewhere",
      [resource("x", { id: unknown("y") })],
      [resource("x", { id: unknown("z") })],
      ["update x id"],
    ],
    [
      "a changed secret",
      [resource("x", { key: secret("1") })],
      [resource("x", { key: secret("2") })],
      ["update x key"],
    ],
    ["the same secret", [resource("x", { key: secret("1") })], [resource("x", { key: secret("1") })], []],
    ["protection taken away", [resource("x", {}, { protect: true })], [resource("x", {})], ["update x"]],
  ])("shows %s", (_, before, after, expected) => {
    expect(brief(between(before, after))).toEqual(expected);
  });

  it.each<[string, PlannedResource[], PlannedResource[], string[]]>([
    [
      "a replaced stateful resource",
      [resource("x", { zone: "a" })],
      [resource("x", { zone: "b" })],
      ["replace loses its content"],
    ],
    [
      "a deleted protected one",
      [resource("x", {}, { protect: true })],
      [],
      ["delete loses its content", "it is protected: Pulumi refuses to delete it"],
    ],
    [
      "protection taken away",
      [resource("x", {}, { protect: true })],
      [resource("x", {})],
      ["its protection is taken away"],
    ],
    ["nothing in a harmless update", [resource("x", { size: 1 })], [resource("x", { size: 2 })], []],
  ])("marks as danger %s", (_, before, after, expected) => {
    expect(between(before, after)[0]!.dangers).toEqual(expected);
  });

  it("says that it does not know where nobody declared what replaces", () => {
    const other = { type: "t:a/cup:Cup" };
    const [change] = between([resource("x", { size: 1 }, other)], [resource("x", { size: 2 }, other)]);
    expect(change!.verdictUnknown).toBe(true);
    expect(showChanges([change!], false)).toContain("~ update, or replace: nobody has declared which");
  });

  it("hangs what follows under what it follows from, and drags along what depends on a replaced resource", () => {
    const lid = (name: string, box: PlannedValue) =>
      resource(name, { box }, { type: "t:a/lid:Lid", from: { box: [urn("x")] } });
    const changes = between(
      [resource("x", { name: "a" }), lid("by-name", "a"), lid("by-id", unknown("x"))],
      [resource("x", { name: "b" }), lid("by-name", "b"), lid("by-id", unknown("x"))],
    );
    expect(brief(changes)).toEqual(["replace x name", "replace by-name box", "replace by-id box"]);
    const groups = grouped(changes);
    expect(
      groups.map(({ change, followers }) => [
        change.resource.name,
        followers.map((each) => each.resource.name),
      ]),
    ).toEqual([["x", ["by-name", "by-id"]]]);
  });

  it("never shows a secret", () => {
    const changes = between(
      [resource("x", { key: secret("aa11") })],
      [resource("x", { key: secret("bb22") })],
    );
    for (const text of [showChanges(changes, false), markdownChanges("t", changes, [])]) {
      expect(text).toContain("key: [secret] → [secret]");
      expect(text).not.toMatch(/aa11|bb22/);
    }
  });

  it("gives a pull request dangers first and nothing that breaks a table", () => {
    const text = markdownChanges(
      "Plan",
      between([resource("x", { zone: "a|`<b>" })], [resource("x", { zone: "b" })]),
      ["note"],
    );
    expect(text.split("\n").slice(0, 4).join("\n")).toBe(
      "### Plan: 1 to replace\n\n> [!CAUTION]\n> - **replace s x**: replace loses its content",
    );
    expect(text).toContain("`zone: a\\|'&lt;b> → b  (replaces)`");
    expect(text.endsWith("note")).toBe(true);
  });
});

describe("a deployed state", () => {
  const exported = (resources: unknown): string => JSON.stringify({ version: 3, deployment: { resources } });
  const deployed = {
    urn: urn("x"),
    type: "t:a/box:Box",
    custom: true,
    inputs: {
      __defaults: [],
      size: 1,
      key: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "c" },
    },
    protect: true,
  };

  it("is compared with what is declared, apart from what cannot be known", () => {
    const state = parseState(
      "s.json",
      exported([deployed, { ...deployed, urn: urn("gone") }, { ...deployed, delete: true }]),
    );
    const declared = plan(
      resource("x", { size: 2, key: secret("other"), id: unknown("y") }, { protect: true }),
    );
    expect(state.stack).toBe("s");
    expect(brief(difference([state], declared, TABLE, { lenient: true }))).toEqual([
      "update x size",
      "delete gone",
    ]);
  });

  it.each<[string, string, string]>([
    ["no JSON", "{", "s.json: not valid JSON"],
    ["something else", "{}", "s.json: there is no deployment.resources"],
    [
      "two stacks",
      exported([deployed, { ...deployed, urn: "urn:pulumi:t::p::a::b" }]),
      "s.json: resources of 2 stacks",
    ],
    ["no stack", exported([]), "s.json: resources of 0 stacks"],
  ])("is refused when it is %s", (_, content, message) => {
    expect(() => parseState("s.json", content)).toThrow(message);
  });
});
