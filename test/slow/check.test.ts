// `ops check` as a user runs it, in a copy of the repository that tests may break: the real command, the real programs.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Copy, copyRepository, wrong } from "./checked";
import { VIOLATIONS } from "./violations";

let copy: Copy;
beforeAll(() => {
  copy = copyRepository();
});
afterAll(() => copy.destroy());

/** What the repository has today; an injected violation comes on top. */
let before: string[] = [];

describe("ops check", { timeout: 120_000 }, () => {
  it("gives every surface its counts, and says where there are no subjects", () => {
    const { report } = copy.report();
    before = wrong(report);
    expect(report.problems).toEqual([]);
    expect(report.surfaces.map(({ surface }) => surface)).toEqual([
      "stack",
      "kubernetes",
      "workflow",
      "service",
    ]);
    for (const { results, pass, fail, waived, unknown } of report.surfaces)
      expect(pass + fail + waived + unknown).toBe(results);
    const { out } = copy.check();
    expect(out).toMatch(/│ stack +│ \d+ /);
    for (const { surface, subjects } of report.surfaces)
      if (subjects === 0) expect(out).toMatch(new RegExp(`${surface} +│ 0 subjects`));
  });

  it("takes one more rule from one more file", () => {
    const rule = copy
      .read("policies/rules/service/integration-runbook-exists.ts")
      .replaceAll("integration-runbook-exists", "integration-named-newcomer")
      .replace("world.hasFile(runbookFile(value))", 'world.hasFile("never there")');
    const file = "policies/rules/service/integration-named-newcomer.ts";
    copy.write(file, rule);
    const { code, report } = copy.report("--surface", "service");
    copy.remove(file);
    expect(code).toBe(1);
    const found = wrong(report).filter((each) => each.includes("integration-named-newcomer"));
    expect(found.length).toBeGreaterThanOrEqual(5);
    expect(found).toContainEqual(
      expect.stringMatching(/integrations\/sms\.yaml:\d+ integration-named-newcomer/),
    );
  });

  it("names what cannot be read with its place, checks the rest, and exits 3", () => {
    const files = [
      "policies/service/integrations/wechat.yaml",
      "k8s/rendered/prod/worker-sms/deployment-worker-sms.yaml",
      ".github/workflows/release.yaml",
    ];
    const texts = new Map(files.map((file) => [file, copy.read(file)]));
    for (const [file, text] of texts) copy.write(file, `${text}\tbroken: [\n`);
    const { code, report } = copy.report();
    for (const [file, text] of texts) copy.write(file, text);
    expect(code).toBe(3);
    for (const [file, text] of texts)
      expect(report.problems).toContainEqual(
        expect.objectContaining({ file, line: text.split("\n").length }),
      );
    for (const { results } of report.surfaces) expect(results).toBeGreaterThan(100);
  });

  describe("with injected violations", () => {
    let found: string[] = [];
    let outcome: ReturnType<Copy["report"]>;
    beforeAll(() => {
      for (const { file, find, put } of VIOLATIONS)
        if (find === undefined) copy.write(file, put);
        else copy.edit(file, find, put);
      outcome = copy.report("--base", "HEAD");
      found = wrong(outcome.report);
    });

    it.each(VIOLATIONS)(
      "finds $rule in $file at its line, with the clause",
      ({ rule, clause, file, foundIn = file, put, at }) => {
        const lines = copy.read(foundIn).split("\n");
        const line = lines.findIndex((text) => text.includes(at ?? put.split("\n")[0]!)) + 1;
        const here = `${foundIn}:${line} ${rule} [`;
        const named = found.filter((each) => each.includes(` ${rule} [`));
        expect(named).toContainEqual(expect.stringContaining(here));
        expect(named.find((each) => each.startsWith(here))).toMatch(new RegExp(`\\b${clause}\\b`));
      },
    );

    it("fails on what the change brings, and on nothing that was there before", () => {
      const { code, report } = outcome;
      expect(code).toBe(1);
      const { introduced, existing, fixed } = report.comparison!;
      expect(VIOLATIONS.length).toBeGreaterThanOrEqual(30);
      expect(new Set(VIOLATIONS.map(({ rule }) => rule))).toEqual(
        new Set(
          introduced.map(({ rule }) => rule).filter((rule) => VIOLATIONS.some((each) => each.rule === rule)),
        ),
      );
      expect(existing).toBe(before.length);
      expect(fixed).toEqual([]);
    });

    it("passes when nothing reaches --fail-on, and says what was mended", () => {
      expect(copy.report("--fail-on", "none").code).toBe(0);
      copy.commit();
      const [first] = VIOLATIONS;
      copy.edit(first!.file, first!.put, first!.find!);
      const { code, report } = copy.report("--base", "HEAD");
      expect(code).toBe(0);
      expect(report.comparison!.introduced).toEqual([]);
      expect(new Set(report.comparison!.fixed.map(({ rule }) => rule))).toContain(first!.rule);
    });
  });

  it.each<[string, string[], RegExp]>([
    ["an unknown rule", ["--explain", "rds-deletion-protektion"], /did you mean "rds-deletion-protection"/],
    ["a path that is not there", ["nowhere.yaml"], /there is no nowhere\.yaml/],
    ["no day", ["--date", "2026-02-30"], /--date: 2026-02-30/],
    ["a preview and a path", ["k8s", "--preview", "x.json"], /--preview and paths exclude each other/],
    ["an unknown commit", ["--base", "nowhere"], /no commit is called nowhere/],
  ])("refuses %s", (_, args, message) => {
    const { code, err } = copy.check(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});
