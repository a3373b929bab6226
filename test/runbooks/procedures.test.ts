import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, read } from "../policies/repository";

const SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation"];

describe.each(readdirSync(join(ROOT, "runbooks/procedures")))("runbook %s", (file) => {
  const text = read(`runbooks/procedures/${file}`);

  it("has the sections that a person on call looks for, in order", () => {
    expect([...text.matchAll(/^## (.+)$/gm)].map((match) => match[1])).toEqual(SECTIONS);
  });

  it("says by which day it must be read again", () => {
    const day = /Review by: (\d{4}-\d{2}-\d{2})/.exec(text)?.[1] ?? "";
    expect(new Date(`${day}T00:00:00Z`).toISOString()).toContain(day);
  });

  it("is called verb-object", () => {
    expect(file).toMatch(/^[a-z]+(-[a-z0-9]+)+\.md$/);
  });
});
