// `ops dump` on a real PostgreSQL full of oddities: what takes long. The rest is in test/e2e/dump.test.ts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Context } from "../../scripts/context";
import { dump as dumpWithin } from "../../scripts/dump/dump";
import type { Database } from "../../scripts/postgres/port";
import { withDrillLock } from "../../scripts/restore/lock";
import type { Cluster } from "../e2e/cluster";
import type { RealContext } from "../e2e/context";
import { altered, type Dumping, failing, openDumping } from "../e2e/dumping";

let opened: Dumping;
let cluster: Cluster;
let real: RealContext;
let context: Dumping["context"];
let run: Dumping["run"];
beforeAll(async () => {
  opened = await openDumping();
  ({ cluster, real, context, run } = opened);
}, 60_000);
afterAll(() => opened.close());

describe("a dump for which somebody waits", () => {
  it("ends when somebody always waits, and leaves no manifest", async () => {
    const { waited: _, ...change } = altered(opened, Number.POSITIVE_INFINITY);
    const place = `${cluster.directory}/never`;
    await expect(run(context(place, change))).rejects.toMatchObject({
      exit: "timeout",
      message: expect.stringMatching(/let go 5 times: pid \d+ of postgres in odd waited for/),
    });
    expect(existsSync(place) ? readdirSync(place, { recursive: true }) : []).not.toContain("manifest.json");
  }, 60_000);
});

describe("roles", () => {
  /** What any role that may log in can say of itself, and what others may have been called. */
  const ODD_ROLES = [
    `create role "mallory" login`,
    `alter role mallory set application_name to E'first\n-- second\n\\! touch /tmp/never'`,
    `create role "a\n--b" login in role mallory`,
    `comment on role "a\n--b" is E'x\n\\echo y'`,
    `alter role "a\n--b" set search_path to "a\nb", 'c''d'`,
    `create role "p""q;\n\\restrict x" valid until '2030-01-01'`,
  ];
  const gone = `drop role if exists "a\n--b", "p""q;\n\\restrict x", mallory`;
  afterAll(() => cluster.psql("postgres", gone));

  it("whose names or settings hold line breaks, comments and commands come back as they were", async () => {
    await cluster.psql("postgres", ODD_ROLES.join(";\n"));
    const outcome = await run(context(`${cluster.directory}/roles`));
    expect(failing(outcome), JSON.stringify(outcome.checks)).toEqual([]);
    const roles = path.join(cluster.directory, "roles", String(outcome.facts.dump), "roles.sql");
    expect(readFileSync(roles, "utf8")).toContain("-- second\n");
  }, 60_000);

  /** The real source, whose script of roles is another. */
  const script = (change: (text: string) => string): Partial<Context> => {
    const { servers } = real.context;
    const source = (platform: Context["platform"]): Database => {
      const original = servers.source(platform);
      const dumpRoles = async (): Promise<Buffer> =>
        Buffer.from(change((await original.dumpRoles()).toString("latin1")), "latin1");
      return { ...original, dumpRoles };
    };
    return { servers: { ...servers, source } };
  };

  it.each([
    [
      "a statement that the server refuses",
      (text: string) => `${text}\nalter role nobody superuser;\n`,
      ["dump-loads", "dump-roles"],
    ],
    [
      "a name in another encoding",
      (text: string) => `${text}\ncreate role "\xb3\xc9";\n`,
      ["dump-loads", "dump-roles"],
    ],
    [
      "a second role of the same name",
      (text: string) => `${text}\ncreate role odd_reader;\n`,
      ["dump-loads", "dump-roles"],
    ],
    ["a line twice", (text: string) => `${text}\n\n`, ["dump-roles"]],
  ])(
    "are found to differ, and nothing breaks: %s",
    async (_, change, checks) => {
      const outcome = await run(context(`${cluster.directory}/roles`, script(change)));
      expect(failing(outcome), JSON.stringify(outcome.checks)).toEqual(checks);
    },
    60_000,
  );
});

describe("a database that its owner made a template, or closed", () => {
  const place = (): string => `${cluster.directory}/apart`;
  afterAll(async () => {
    await cluster.psql(
      "postgres",
      "alter database exams is_template false; drop database exams; drop database shut",
    );
  });

  it("is dumped, or named wherever the dump speaks of what it holds", async () => {
    await cluster.psql("postgres", "create database exams; create database shut allow_connections false");
    await cluster.psql("exams", "create table marks (n int); insert into marks values (1)");
    await cluster.psql("postgres", "alter database exams is_template true");
    const outcome = await run(context(place()));
    expect(outcome.checks.filter(({ verdict }) => verdict !== "pass")).toEqual([
      expect.objectContaining({
        name: "dump-one-moment",
        verdict: "inconclusive",
        detail: expect.stringMatching(/^4 database.*; not in it: shut \(allows no connections\), template0/),
      }),
    ]);
    expect(outcome.facts).toMatchObject({ complete: false });
    expect(outcome.summary).toContain("Not in it   shut (allows no connections)");
    const manifest = readFileSync(path.join(place(), String(outcome.facts.dump), "manifest.json"), "utf8");
    expect(JSON.parse(manifest)).toMatchObject({
      databases: expect.arrayContaining([expect.objectContaining({ database: "exams" })]),
      leftOut: expect.arrayContaining(["shut (allows no connections)"]),
    });
  }, 60_000);
});

describe("a database whose code waits for ever where it is loaded", () => {
  const LIMIT_SECONDS = 15;
  afterAll(() => cluster.psql("postgres", "drop database waiting"));

  it("is given up when the time is up, and nothing of it counts; the others are compared", async () => {
    await cluster.psql("postgres", "create database waiting");
    await cluster.psql(
      "waiting",
      `create function slow(i int) returns bool language plpgsql immutable as $$ begin
         if current_setting('unix_socket_directories') <> '${cluster.directory}' then perform pg_sleep(100000); end if;
         return true; end $$;
       create table t (i int, check (slow(i))); insert into t values (1)`,
    );
    const as = context(`${cluster.directory}/waiting`);
    const outcome = await run(as, () => withDrillLock(as, "dump", () => dumpWithin(as, LIMIT_SECONDS)));
    expect(
      outcome.checks.flatMap(({ name, verdict }) => (verdict === "pass" ? [] : [`${name}: ${verdict}`])),
    ).toEqual([
      "dump-loads: inconclusive",
      "dump-content: inconclusive",
      "dump-structure: inconclusive",
      "dump-sequences: inconclusive",
    ]);
    expect(outcome.checks.find(({ name }) => name === "dump-loads")!.detail).toMatch(
      /^waiting: pg_restore did not end within 15 s: code of the database .* may wait$/,
    );
    expect(readdirSync(`${cluster.directory}/waiting`, { recursive: true })).not.toContain("manifest.json");
  }, 120_000);
});
