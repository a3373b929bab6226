import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Defect, sha256 } from "../../../scripts/evidence/dsse";
import { checkLink, readStatement, writeStatement } from "../../../scripts/evidence/statement";
import { predicate } from "./adapter/place";

const LINK = { index: 7, previous: "ab".repeat(32) };
const artifact = { name: "report.html", mediaType: "text/html", sha256: sha256("x"), bytes: 1 };
const parse = (bytes: Buffer): Record<string, unknown> =>
  JSON.parse(bytes.toString()) as Record<string, unknown>;

describe("a statement", () => {
  it("is an in-toto Statement v1 about its artifacts", () => {
    const statement = parse(writeStatement(predicate("drill", [artifact]), LINK));
    expect(statement).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "report.html", digest: { sha256: artifact.sha256 } }],
      predicateType: "tag:netedu-ops,2026:evidence/v1",
      predicate: { ...LINK, ...predicate("drill", [artifact]) },
    });
  });

  it("without artifacts is about its own predicate, for in-toto wants a subject", () => {
    const { subject, predicate: claim } = parse(writeStatement(predicate("drill"), LINK));
    expect(subject).toEqual([{ name: "predicate", digest: { sha256: sha256(JSON.stringify(claim)) } }]);
  });

  it("gives back any predicate that JSON can hold", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (facts, job) => {
        const given = { ...predicate(job), facts };
        const read = readStatement(writeStatement(given, LINK));
        expect(read.link).toEqual(LINK);
        expect(JSON.stringify(read.predicate)).toBe(JSON.stringify(JSON.parse(JSON.stringify(given))));
      }),
    );
  });

  it.each([
    ["of another type", { _type: "https://in-toto.io/Statement/v2" }],
    ["of another predicate", { predicateType: "https://slsa.dev/provenance/v1" }],
    ["about something else", { subject: [{ name: "report.html", digest: { sha256: sha256("y") } }] }],
    ["about nothing", { subject: [] }],
  ])("%s is refused", (_, change) => {
    const statement = { ...parse(writeStatement(predicate("drill", [artifact]), LINK)), ...change };
    expect(() => readStatement(Buffer.from(JSON.stringify(statement)))).toThrow(Defect);
  });
});

describe("a link", () => {
  it.each([
    ["another place", { ...LINK, index: 8 }, /holds entry 7; expected entry 8/],
    [
      "another entry before it",
      { ...LINK, previous: "cd".repeat(32) },
      /follows abab.*expected it to follow cdcd/,
    ],
    ["no entry before it", { ...LINK, previous: null }, /expected it to follow no entry/],
  ])("with %s is refused", (_, expected, message) => {
    expect(() => checkLink(LINK, expected)).toThrow(message);
  });

  it("that stands where it says is taken", () => {
    expect(() => checkLink(LINK, { ...LINK })).not.toThrow();
  });
});
