import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createPrograms } from "../../../scripts/machine/programs";

const base = mkdtempSync(path.join(tmpdir(), "ops-programs-"));
afterAll(() => rmSync(base, { recursive: true }));

/** A directory of programs that print the given text. */
function directory(name: string, programs: Readonly<Record<string, string>>): string {
  const place = path.join(base, name);
  mkdirSync(place);
  for (const [program, says] of Object.entries(programs)) {
    writeFileSync(path.join(place, program), `#!/bin/sh\necho '${says}'\n`);
    chmodSync(path.join(place, program), 0o755);
  }
  return place;
}

const new16 = directory("16", { postgres: "postgres (PostgreSQL) 16.3", pg_ctl: "" });
const old14 = directory("14", { postgres: "postgres (PostgreSQL) 14.9", pg_ctl: "" });
const alone = directory("alone", {});
symlinkSync(path.join(new16, "postgres"), path.join(alone, "postgres"));

describe("PostgreSQL's programs", () => {
  it.each([
    ["named by OPS_PG_BIN", { OPS_PG_BIN: new16, PATH: old14 }],
    ["found in PATH", { PATH: `${base}:${new16}` }],
    ["beside the file that PATH links to", { PATH: alone }],
    ["of the first version that is new enough", { PATH: `${old14}:${new16}` }],
  ])("are those %s, all from one directory", async (_name, env) => {
    const program = createPrograms(env);
    expect(await program("postgres")).toBe(path.join(new16, "postgres"));
    expect(await program("pg_ctl")).toBe(path.join(new16, "pg_ctl"));
    // pg_dump exists elsewhere on this machine; it must not be mixed in.
    await expect(program("pg_dump")).rejects.toMatchObject({ exit: "missing" });
  });

  it("are found where packages put them, on a machine with an empty PATH", async () => {
    expect(await createPrograms({})("pg_controldata")).toMatch(/^\/.*\/pg_controldata$/);
  });

  it.each([
    ["too old", { OPS_PG_BIN: old14 }, /14\/postgres has version 14\.9/],
    ["not there", { OPS_PG_BIN: base }, /OPS_PG_BIN=.* holds no program postgres/],
  ])("that are %s are refused with the lines that install them", async (_name, env, found) => {
    const refusal = createPrograms(env)("postgres");
    await expect(refusal).rejects.toThrow(found);
    await expect(refusal).rejects.toMatchObject({
      exit: "missing",
      expected: "PostgreSQL 15.0 or newer",
      todo: expect.stringMatching(/apt-get install .*dnf install .*brew install /s),
    });
  });
});

describe("PostgreSQL's programs of a wanted major version", () => {
  const new17 = directory("17", { postgres: "postgres (PostgreSQL) 17.2", pg_ctl: "" });
  it.each([
    [16, new16],
    [17, new17],
  ])("%i are those of that version, whichever comes first", async (major, place) => {
    for (const order of [`${new16}:${new17}`, `${new17}:${new16}`]) {
      const program = createPrograms({ PATH: order });
      expect(await program("pg_ctl", major)).toBe(path.join(place, "pg_ctl"));
      expect(await program("postgres", major)).toBe(path.join(place, "postgres"));
    }
  });

  it("are found although OPS_PG_BIN names another version", async () => {
    const program = createPrograms({ OPS_PG_BIN: new16, PATH: new17 });
    expect(await program("postgres", 17)).toBe(path.join(new17, "postgres"));
    expect(await program("postgres")).toBe(path.join(new16, "postgres"));
  });

  it("that are not here are missing, with what to install; another version's never serve", async () => {
    const refusal = createPrograms({ PATH: `${new16}:${new17}` })("pg_dump", 19);
    await expect(refusal).rejects.toThrow(/16\/postgres has version 16\.3, .*17\/postgres has version 17\.2/);
    await expect(refusal).rejects.toMatchObject({
      exit: "missing",
      expected: "PostgreSQL 19",
      todo: expect.stringMatching(/apt-get install postgresql-19; .*postgresql19-server .*postgresql@19/),
    });
  });
});

describe("pgBackRest", () => {
  it.each([
    ["2.45", true],
    ["2.59.1", true],
    ["2.100", true],
    ["3.0", true],
    ["2.44", false],
    ["2.9", false],
    ["1.99", false],
    ["of unknown age", false],
  ])("%s: new enough is %s", async (version, enough) => {
    const place = directory(`backrest-${version}`, { pgbackrest: `pgBackRest ${version}` });
    const program = createPrograms({ PATH: place })("pgbackrest");
    if (enough) expect(await program).toBe(path.join(place, "pgbackrest"));
    else
      await expect(program).rejects.toMatchObject({ exit: "missing", expected: "pgBackRest 2.45 or newer" });
  });
});
