// `ops migrate` where no database is needed: new files, wrong options. The rest is in test/slow/migrate.test.ts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { showProblem } from "../../../policies/engine/yaml";
import { loadPlatform } from "../../../policies/service/load";
import type { Context } from "../../../scripts/context";
import job from "../../../scripts/jobs/migrate";
import { createHost } from "../../../scripts/machine";
import { createMigrationFiles } from "../../../scripts/migrate/adapter";
import { readMigration } from "../../../scripts/migrate/file";
import { hazardsOf, lint } from "../../../scripts/migrate/lint";
import { policy } from "../../e2e/migrations";
import { given } from "../../given";
import { runLine } from "../cli/line";

const ROOT = path.resolve(__dirname, "../../..");
let directory = "";
let context: Pick<Context, "platform" | "migrations">;

beforeEach(() => {
  directory = mkdtempSync("/tmp/opsm-");
  context = {
    platform: given<Context["platform"]>({ name: "shop", migrations: policy(directory, "shop") }),
    migrations: createMigrationFiles(createHost(), directory),
  };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = (...words: string[]) => runLine(context, job, ...words);

describe("ops migrate new", () => {
  it("takes the next number, and writes what does not pass before it is filled in", async () => {
    writeFileSync(
      path.join(directory, "0007_last.sql"),
      "-- ops:phase expand\n-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 1;\n",
    );
    const outcome = await run("new", "order_note", "--phase", "contract");
    expect(outcome.summary).toContain("0008_order_note.sql");
    const bytes = readFileSync(path.join(directory, "0008_order_note.sql"));
    expect(bytes.toString()).toContain("-- ops:phase contract\n-- ops:requires-release");
    const { problems } = readMigration("0008_order_note.sql", bytes, await context.migrations.grammar());
    expect(problems.map(showProblem).join("\n")).toMatch(/the down section is empty/);
    expect(problems.map(showProblem).join("\n")).not.toMatch(/unknown directive/);
  });

  it.each([
    [["new", "Order-Note"]],
    [["new"]],
    [["up", "--to", "3"]],
    [["down", "0001_a"]],
    [["rehearse", "--offline"]],
    [["down", "--to", "1.5"]],
    [["down", "--to", "-1"]],
    [["up", "--lock-timeout", "0"]],
    [["up", "--attempts", "1001"]],
  ])("refuses %j", async (words) => {
    await expect(run(...words)).rejects.toMatchObject({ exit: "usage" });
  });

  it("names every mistake of every file at once", async () => {
    for (const name of ["0001_a", "0001_b", "0002_c"])
      writeFileSync(path.join(directory, `${name}.sql`), "-- ops:phase expand\n-- Up Migration\nSELEC;\n");
    await expect(run("new", "order_note")).rejects.toMatchObject({
      problems: { length: 6 },
    });
  });

  it("is refused on a platform that declares none", async () => {
    const { migrations: _, ...bare } = loadPlatform(ROOT, "sandbox", {
      sandbox: "/s",
      socket: "/k",
      copies: "/c",
    });
    context = { ...context, platform: bare };
    await expect(run("new", "order_note")).rejects.toMatchObject({ exit: "usage" });
  });
});

describe("the migrations of this repository", () => {
  it("are without a hazard", async () => {
    const platform = loadPlatform(ROOT, "sandbox", { sandbox: "/s", socket: "/k", copies: "/c" });
    const files = createMigrationFiles(createHost(), ROOT);
    const parse = await files.grammar();
    const read = (await files.read(platform.migrations!.directory)).map(({ shown, bytes }) =>
      readMigration(shown, bytes, parse),
    );
    expect(read.length).toBeGreaterThan(0);
    expect(read.flatMap(({ problems }) => problems)).toEqual([]);
    expect(
      hazardsOf(
        lint(
          read.flatMap(({ migration }) => migration ?? []),
          undefined,
        ),
      ),
    ).toEqual([]);
  });
});
