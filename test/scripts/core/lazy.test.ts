// Tools are made when they are asked for: once, and none that is not.
import { describe, expect, it } from "vitest";
import { lazily, once } from "../../../scripts/core/lazy";

describe("once", () => {
  it("makes its value with the first question, and keeps it, also when there is none", () => {
    let made = 0;
    const ask = once(() => {
      made++;
      return undefined;
    });
    expect(made).toBe(0);
    expect([ask(), ask(), made]).toEqual([undefined, undefined, 1]);
  });

  it("asks a maker that threw again", () => {
    const answers = [1];
    const ask = once(() => {
      if (answers.length < 2) throw new Error(`${answers.push(2)} answers now`);
      return answers;
    });
    expect(ask).toThrow("2 answers now");
    expect(ask()).toEqual([1, 2]);
  });
});

describe("lazily", () => {
  it("makes each property for itself, once", () => {
    const asked: string[] = [];
    const tools = lazily<{ a: { n: number }; b: string }>({
      a: () => {
        asked.push("a");
        return { n: 1 };
      },
      b: () => {
        asked.push("b");
        return "b";
      },
    });
    expect(asked).toEqual([]);
    expect(tools.a).toBe(tools.a);
    expect(asked).toEqual(["a"]);
    expect({ ...tools }).toEqual({ a: { n: 1 }, b: "b" });
    expect(asked).toEqual(["a", "b"]);
  });
});
