import { describe, expect, it } from "vitest";
import { compareSequences, compareState, sequencesAround } from "../../../scripts/backup/checkpoint";
import type { DatabaseState, SequenceState } from "../../../scripts/postgres/database-state";

const sequence = (last: string | null, increment = "1"): SequenceState => ({
  schema: "s",
  name: "q",
  last,
  increment,
});

describe("sequences", () => {
  it.each<[string, SequenceState, SequenceState[], string | undefined]>([
    ["equal", sequence("100"), [sequence("100")], undefined],
    ["ahead by what WAL logs in advance", sequence("100"), [sequence("132")], undefined],
    ["too far ahead", sequence("100"), [sequence("133")], "33 ahead"],
    ["behind", sequence("100"), [sequence("99")], "behind by 1"],
    ["counting down, ahead", sequence("-100", "-1"), [sequence("-120", "-1")], undefined],
    ["counting down, behind", sequence("-100", "-1"), [sequence("-99", "-1")], "behind by 1"],
    ["unused on the copy", sequence("5"), [sequence(null)], "unused"],
    ["never used", sequence(null), [sequence("1")], undefined],
    ["missing", sequence("5"), [], "missing"],
    ["drawn from inside the moment", { ...sequence("100"), upTo: "101" }, [sequence("133")], undefined],
    ["not drawn from after all", { ...sequence("100"), upTo: "140" }, [sequence("100")], undefined],
    ["too far ahead of the moment's end", { ...sequence("100"), upTo: "101" }, [sequence("134")], "33 ahead"],
    ["behind the moment's start", { ...sequence("100"), upTo: "101" }, [sequence("99")], "behind by 1"],
    ["first used inside the moment", { ...sequence(null), upTo: "3" }, [sequence("35")], undefined],
  ])("%s", (_, want, found, problem) => {
    const result = compareSequences([want], found);
    if (problem === undefined) expect(result).toEqual([]);
    else expect(result[0]).toContain(problem);
  });

  it.each<[string, SequenceState[], SequenceState[], SequenceState[] | undefined]>([
    ["stood still", [sequence("7")], [sequence("7")], [{ ...sequence("7"), upTo: "7" }]],
    ["was drawn from", [sequence("7")], [sequence("9")], [{ ...sequence("7"), upTo: "9" }]],
    ["was first used", [sequence(null)], [sequence("1")], [{ ...sequence(null), upTo: "1" }]],
    ["is unused", [sequence(null)], [sequence(null)], [{ ...sequence(null), upTo: null }]],
    ["was set back", [sequence("7")], [sequence("6")], undefined],
    ["was set back to its start", [sequence("7")], [sequence(null)], undefined],
    ["was dropped", [sequence("7")], [], undefined],
    ["was made", [], [sequence("7")], undefined],
  ])("around a moment in which one %s", (_, before, after, around) => {
    expect(sequencesAround(before, after)).toEqual(around);
  });
});

describe("compareState", () => {
  const state: DatabaseState = { tables: [], excluded: [], sequences: [], schema: { "TABLE a": "1" } };
  const expected = { databases: { learning: state }, roles: { "role app": "1" } };

  it.each([
    ["a lost database", { databases: {}, roles: expected.roles }, "schema", "database learning: missing"],
    [
      "an extra database",
      { ...expected, databases: { ...expected.databases, x: state } },
      "schema",
      "database x: not there",
    ],
    [
      "an extra role",
      { ...expected, roles: { ...expected.roles, "role evil": "2" } },
      "roles",
      "role evil: not there",
    ],
    ["a changed role", { ...expected, roles: { "role app": "2" } }, "roles", "role app: changed"],
  ] as const)("names %s", (_, found, kind, what) => {
    expect(compareState(expected, found)[kind][0]).toContain(what);
  });

  it.each<[string, string[] | undefined, string[] | undefined, string[]]>([
    ["is there", ["old"], ["old"], []],
    ["is gone", ["old"], [], ["database old: missing"]],
    ["was made", [], ["old"], ["database old: not there at the checkpoint"]],
    ["an earlier version did not list", undefined, ["old"], []],
  ])("of a database that is not read and %s", (_, before, now, said) => {
    const having = (names: string[] | undefined) =>
      names === undefined
        ? expected
        : { ...expected, leftOut: names.map((name) => ({ name, why: "allows no connections" })) };
    expect(compareState(having(before), having(now)).schema).toEqual(said);
  });

  it.each([
    ["restore-point", "100", "133", "33 ahead"],
    ["time", "100", "133", undefined],
    ["time", "100", "99", "behind by 1"],
  ] as const)("at a %s, a sequence that was %s and is %s", (target, last, found, problem) => {
    const at = (value: string) => ({
      ...expected,
      databases: { learning: { ...state, sequences: [sequence(value)] } },
    });
    const { sequences } = compareState({ ...at(last), target }, at(found));
    expect(sequences).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)]);
  });

  const x = { ...expected.databases, x: state };
  const none = { leftOut: [] };
  const shut = { leftOut: [{ name: "x", why: "allows no connections", unread: true as const }] };
  const template1 = { leftOut: [{ name: "x", why: "template of new databases" }] };
  it.each([
    [
      "a template that an earlier version did not read",
      {},
      { databases: x, templates: ["x"] },
      /earlier version/,
    ],
    ["one that allows no connections, here and there", shut, shut, /x \(allows no connections\)/],
    ["one that allowed none when the source was read", shut, { ...none, databases: x }, /allows no conn/],
    ["one that allows none when the copy is read", { ...none, databases: x }, shut, /allows no conn/],
    ["one that an earlier version read, and we do not", { databases: x }, template1, /template of new/],
    ["a template of new databases", template1, template1, undefined],
  ] as const)("of a database that was not read it says so: %s", (_, was, is, said) => {
    const all = compareState({ ...expected, ...was }, { ...expected, ...is });
    expect([all.content, all.schema]).toEqual([[], []]);
    const lines = said ? [expect.stringMatching(said)] : [];
    expect([all.unread, all.unreadSchema]).toEqual([lines, lines]);
  });

  it("tells an extra template from one that an earlier version left out", () => {
    const { schema } = compareState(
      { ...expected, ...none },
      { ...expected, databases: x, templates: ["x"] },
    );
    expect(schema).toEqual(["database x: not there at the checkpoint"]);
  });

  it("finds nothing between equals", () => {
    expect(compareState(expected, structuredClone(expected))).toEqual({
      content: [],
      schema: [],
      roles: [],
      sequences: [],
      unread: [],
      unreadSchema: [],
      unreadRoles: [],
    });
  });

  it("does not compare what an earlier version wrote down in another way", () => {
    const earlier = { ...expected, databases: { learning: { ...state, schemaBy: "object" as const } } };
    const schema = { "TABLE a": "2" };
    const now = {
      databases: { learning: { ...state, schema, schemaBy: "object-2" as const } },
      roles: { "role app": "2" },
      sharedBy: "json",
    };
    const why = "read by an earlier version in another way; take a new backup";
    expect(compareState(earlier, now)).toMatchObject({
      schema: [],
      roles: [],
      unreadSchema: [`learning: ${why}`],
      unreadRoles: [`roles, tablespaces, shared comments and grants: ${why}`],
    });
  });
});
