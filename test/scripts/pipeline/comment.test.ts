import { describe, expect, it } from "vitest";
import { commentText, MARKER, sectionMark, sectionsOf } from "../../../scripts/pipeline/comment";

const summary = `${sectionMark("plan")}\n### Plan\n\none change\n\n#### prod\n\n${sectionMark("check")}\n## Rules\n\nclean\n`;

describe("the comment of a pull request", () => {
  it("begins with the mark by which it is found again, and folds each section", () => {
    const text = commentText({ title: "What this change does", summary, commit: "0123456789abcdef" });
    expect(text.startsWith(MARKER)).toBe(true);
    expect(text).toContain("Commit 0123456789.");
    expect(text.match(/<details/g)).toHaveLength(2);
    expect(sectionsOf(summary)).toEqual([
      { heading: "Plan", body: "one change\n\n#### prod" },
      { heading: "Rules", body: "clean" },
    ]);
  });

  it("is cut with a note where GitHub would refuse it, and says how much is missing", () => {
    const long = Array.from(
      { length: 10 },
      (_, index) => `${sectionMark("x")}\n## Part ${index}\n\n${"x".repeat(9_000)}\n`,
    ).join("\n");
    const text = commentText({ title: "Long", summary: long });
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain("Cut here: 4 of 10 sections");
  });

  it("is called after the job where a job wrote no heading", () => {
    expect(sectionsOf(`${sectionMark("roster")}\nfine\n`)).toEqual([{ heading: "ops roster", body: "fine" }]);
  });

  it("says so when no step left anything", () => {
    expect(commentText({ title: "Empty", summary: "" })).toContain("No step left a summary");
  });

  it("lets no heading open markup", () => {
    expect(commentText({ title: "t", summary: `${sectionMark("x")}\n## <img src=x>\n\nx\n` })).not.toContain(
      "<img",
    );
  });
});
