// Declared resources of a clause for people: nothing twice, nothing lost, nothing wider than the terminal.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { declaredOf } from "../../../scripts/contract/status-declared";

const word = (letters: string) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 });

describe("what is declared for a clause", () => {
  it("names a stack and a type once", () => {
    const declared = ["prod-data a.B one", "prod-data a.B two", "prod-data c.D one", "prod-watch a.B three"];
    expect(declaredOf("DR-BACKUP", declared, 100)).toEqual([
      "  DR-BACKUP      prod-data        a.B one, two",
      "                                  c.D one",
      "                 prod-watch       a.B three",
    ]);
    expect(declaredOf("DR-BACKUP", [], 100)).toEqual([]);
  });

  it("keeps every name, within the width", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word("ab"), word("cd"), word("efgh")), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 80, max: 140 }),
        (resources, width) => {
          const lines = declaredOf(
            "X",
            resources.map((parts) => parts.join(" ")),
            width,
          );
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
          const shown = lines.join(" ").match(/[efgh]+/g)!;
          expect([...shown].sort()).toEqual(resources.map(([, , name]) => name).sort());
        },
      ),
    );
  });
});
