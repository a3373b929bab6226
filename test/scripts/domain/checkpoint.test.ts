import { describe, expect, it } from "vitest";
import {
  compareSequences,
  compareState,
  type DatabaseState,
  type SequenceState,
} from "../../../scripts/domain/checkpoint";
import { compareDigests, digestSchema } from "../../../scripts/domain/schema-digest";

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
  ])("%s", (_, want, found, problem) => {
    const result = compareSequences([want], found);
    if (problem === undefined) expect(result).toEqual([]);
    else expect(result[0]).toContain(problem);
  });
});

const DUMP = `--
-- PostgreSQL database dump
--

\\restrict KEY

-- Dumped from database version 15.18

SET statement_timeout = 0;

--
-- Name: orders; Type: TABLE; Schema: learning; Owner: learning_owner
--

CREATE TABLE learning.orders (
    id bigint
);

--
-- Name: TABLE orders; Type: ACL; Schema: learning; Owner: learning_owner
--

GRANT SELECT ON TABLE learning.orders TO learning_readonly;

--
-- PostgreSQL database dump complete
--

\\unrestrict KEY
`;

describe("schema digest", () => {
  const digest = digestSchema(DUMP);

  it("does not depend on versions and random keys", () => {
    expect(digestSchema(DUMP.replaceAll("KEY", "OTHER").replace("15.18", "15.20"))).toEqual(digest);
  });

  it.each([
    [
      "owner",
      ["TABLE; Schema: learning; Owner: learning_owner", "TABLE; Schema: learning; Owner: postgres"],
      "TABLE learning.orders: changed",
    ],
    ["column", ["id bigint", "id integer"], "TABLE learning.orders: changed"],
    ["grant", ["GRANT SELECT", "GRANT ALL"], "ACL learning.TABLE orders: changed"],
    ["setting", ["statement_timeout = 0", "statement_timeout = 9"], "DATABASE settings: changed"],
    ["name", ["Name: orders; Type: TABLE", "Name: sales; Type: TABLE"], "TABLE learning.orders: missing"],
  ])("sees a changed %s", (_, [from, to], what) => {
    expect(compareDigests(digest, digestSchema(DUMP.replace(from!, to!)))).toContain(what);
  });

  it("refuses a dump that was cut off", () => {
    expect(() => digestSchema(DUMP.slice(0, 400))).toThrow(/incomplete/);
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

  it("finds nothing between equals", () => {
    expect(compareState(expected, structuredClone(expected))).toEqual({
      content: [],
      schema: [],
      roles: [],
      sequences: [],
    });
  });
});
