// Rows put back on a real server: exactly the mistaken ones, what others did since left alone; taken back again; and everything that must
// be refused before, or within, a transaction that writes.
import { rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OpsError } from "../../scripts/core/errors";
import { readCatalogue } from "../../scripts/data/images/catalogue";
import { keyOf } from "../../scripts/data/images/change";
import { HAZARDS } from "../../scripts/postgres/listing";
import { chance, change, SCHEMA } from "../slow/histories";
import { type Cluster, startCluster } from "./cluster";
import { type Repairs, repairsOn, sorted } from "./repairs";

let cluster: Cluster;
let repairs: Repairs;

const sql = async (...statements: string[]): Promise<void> => {
  for (const statement of statements) await cluster.psql("postgres", statement);
};

const LOGIN = `
  do $$ begin
    if not exists (select from pg_roles where rolname = 'h_owner') then
      create role h_owner; create role fixer login in role h_owner; create role mallory login;
      grant set on parameter session_replication_role to fixer;
    end if;
  end $$;`;

beforeAll(async () => {
  cluster = await startCluster();
  await sql(LOGIN);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(`${cluster?.directory}-rows`, { recursive: true, force: true });
});

/** A schema of its own, whose tables belong to the owner that the login is a member of. */
async function fresh(schema: string, make: string): Promise<void> {
  await sql(
    `drop schema if exists ${schema} cascade; drop schema if exists ops_quarantine cascade; create schema ops_quarantine authorization fixer;`,
    make,
    `do $$ declare r record; begin
       execute 'grant usage, create on schema ${schema} to h_owner';
       for r in select c.oid::regclass::text as name from pg_class c where c.relnamespace = '${schema}'::regnamespace and c.relkind in ('r', 'p') loop
         execute 'alter table ' || r.name || ' owner to h_owner';
       end loop;
     end $$`,
  );
  repairs = repairsOn(cluster, schema, "fixer");
}

async function failing(work: Promise<unknown>): Promise<OpsError> {
  return work.then(
    () => {
      throw new Error("nothing was refused");
    },
    (error: unknown) => error as OpsError,
  );
}

/** What one transaction of these statements did. */
async function mistake(...statements: string[]) {
  const before = await repairs.rows();
  await sql(`begin; ${statements.join("; ")}; commit`);
  const after = await repairs.rows();
  return { before, after, changes: await repairs.changes(before, after) };
}

describe("random mistakes, and what others did since", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "are undone row by row, and brought back (seed %d)",
    { timeout: 60_000 },
    async (seed) => {
      await fresh("h", SCHEMA);
      const c = chance(seed * 7919);
      const tried = async (): Promise<void> => {
        const statement = change(c);
        if (!/^copy|fleeting/.test(statement)) await sql(statement).catch(() => {});
      };
      for (let i = 0; i < 5; i++) await tried();
      const before = await repairs.rows();
      for (let i = 0; i < 4; i++) await tried();
      const after = await repairs.rows();
      for (let i = 0; i < 4; i++) await tried();
      const changes = await repairs.changes(before, after);
      const then = await repairs.rows();
      const plan = await repairs.plan(changes, seed % 2 === 0 ? "keep-newer" : "take-older");
      const applied = await repairs.apply(plan).catch((error: OpsError) => error);
      // A row that somebody needs since cannot go: such a batch is refused, as it should be.
      if (applied instanceof Error) {
        expect(applied.message).toMatch(/would break|violates|duplicate/);
        return;
      }
      const now = await repairs.rows();
      const roots = await repairs.roots();
      for (const [table, root] of roots.entries()) {
        if (root.key.length === 0) continue;
        const at = (rows: typeof now, key: string) =>
          rows.get(root.name)!.find((image) => keyOf(root, image) === key);
        const touched = new Set<string>();
        for (const row of changes.rows.filter((each) => each.table === table)) {
          const key = keyOf(root, (row.after ?? row.before)!);
          for (const image of [row.before, row.after]) if (image) touched.add(keyOf(root, image));
          const untouched = JSON.stringify(at(then, key) ?? null) === JSON.stringify(row.after);
          if (untouched || plan.policy === "take-older")
            expect(row.before === null ? (at(now, key) ?? null) : at(now, keyOf(root, row.before))).toEqual(
              row.before,
            );
          else expect(at(now, key)?.length).toBe(at(then, key)?.length);
        }
        // Nobody else's rows were written.
        for (const image of then.get(root.name)!)
          if (!touched.has(keyOf(root, image))) expect(now.get(root.name)).toContainEqual(image);
      }
      const back = await repairs.unrepair(plan.id);
      expect(back.changed).toBe(0);
      expect(sorted(await repairs.rows())).toEqual(sorted(then));
      await repairs.unrepair(back.id);
      expect(sorted(await repairs.rows())).toEqual(sorted(now));
    },
  );
});

const SHOP = `create schema h; create type h.mood as enum ('ok', 'wrong');
  create table h."odd ""name""; drop table x" ("key" int primary key, "va'l" text, touched timestamptz default '2020-01-01', mood h.mood default 'ok');
  create table h.line (id int primary key, parent int references h."odd ""name""; drop table x", note text);
  create function h.touch() returns trigger language plpgsql as $$ begin new.touched := now(); return new; end $$;
  alter function h.touch() owner to h_owner;
  create trigger touch before update on h."odd ""name""; drop table x" for each row execute function h.touch();
  insert into h."odd ""name""; drop table x" ("key", "va'l") select g, 'it''s \\ "{' || g || '}' from generate_series(1, 50) g;
  insert into h.line select g, g, 'n' from generate_series(1, 20) g;`;
const ODD = `h."odd ""name""; drop table x"`;

describe("one mistake", () => {
  beforeEach(() => fresh("h", SHOP));

  it("is put back as it was with triggers silent, values and names however odd", async () => {
    const { before, changes } = await mistake(`update ${ODD} set "va'l" = E'\\t\\n\\\\.', mood = 'wrong'`);
    const plan = await repairs.plan(changes, "stop");
    expect(plan.tables.map((table) => table.update)).toEqual([0, 50]);
    const { written, checks } = await repairs.apply(plan);
    expect(written).toBe(50);
    expect(checks.map(({ verdict }) => verdict)).not.toContain("fail");
    expect(sorted(await repairs.rows())).toEqual(sorted(before));
  });

  it("fires triggers where that is planned", async () => {
    const { changes } = await mistake(`update ${ODD} set mood = 'wrong' where "key" < 5`);
    await repairs.apply(await repairs.plan(changes, "stop", { triggers: "fire" }));
    const [row] = await cluster.database.query<{ n: number }>(
      "postgres",
      `select count(*)::int as n from ${ODD} where touched > '2021-01-01' and mood = 'ok'`,
    );
    expect(row!.n).toBe(4);
  });

  it("keeps what others changed in other columns, and obeys the policy in the same one", async () => {
    const { changes } = await mistake(`update ${ODD} set mood = 'wrong'`);
    await sql(
      `set session_replication_role = replica; update ${ODD} set "va'l" = 'later' where "key" = 1; update ${ODD} set mood = 'ok', "va'l" = 'fixed by hand' where "key" = 2; delete from h.line where id = 3; delete from ${ODD} where "key" = 3`,
    );
    expect((await failing(repairs.apply(await repairs.plan(changes, "stop")))).message).toContain(
      "1 rows were changed by others since",
    );
    const plan = await repairs.plan(changes, "keep-newer");
    expect(plan.tables[1]).toMatchObject({ update: 49, merged: 2, gone: 1, nothing: 1 });
    await repairs.apply(plan);
    const rows = await cluster.database.query(
      "postgres",
      `select "key", "va'l" as val, mood::text from ${ODD} where "key" < 4 order by 1`,
    );
    expect(rows).toEqual([
      { key: 1, val: "later", mood: "ok" },
      { key: 2, val: "fixed by hand", mood: "ok" },
    ]);
  });

  it("says which rows somebody changed since, when it is taken back", async () => {
    const { changes } = await mistake(`update ${ODD} set mood = 'wrong'`);
    const plan = await repairs.plan(changes, "stop");
    await repairs.apply(plan);
    await sql(`update ${ODD} set "va'l" = 'newest' where "key" = 7`);
    const back = await repairs.unrepair(plan.id);
    expect(back).toMatchObject({ written: 49, changed: 1 });
    expect(back.checks.find(({ name }) => name === "unchanged-since")?.verdict).toBe("fail");
  });

  it("brings deleted rows back with those that refer to them, and takes inserted ones out", async () => {
    const { before, changes } = await mistake(
      `delete from h.line`,
      `delete from ${ODD} where "key" <= 20`,
      `insert into ${ODD} ("key") values (100)`,
    );
    await repairs.apply(await repairs.plan(changes, "stop"));
    expect(sorted(await repairs.rows())).toEqual(sorted(before));
  });

  it("is not put back where a reference would hang in the air", async () => {
    const { changes } = await mistake(`insert into ${ODD} ("key") values (100)`);
    await sql("insert into h.line values (100, 100, 'needs it')");
    const plan = await repairs.plan(changes, "stop");
    const refused = await failing(repairs.apply(plan));
    expect(refused.message).toContain("are still referred to");
    const [row] = await cluster.database.query<{ n: number }>(
      "postgres",
      `select count(*)::int as n from ${ODD} where "key" = 100`,
    );
    expect(row!.n).toBe(1);
  });

  it("is not put back where another row has taken its place, and no value is repeated", async () => {
    await sql(`create unique index one_of_each on ${ODD} ("va'l")`);
    const { changes } = await mistake(`delete from h.line where id = 1; delete from ${ODD} where "key" = 1`);
    await sql(`insert into ${ODD} ("key", "va'l") values (200, E'it''s \\\\ "{1}')`);
    const refused = await failing(repairs.apply(await repairs.plan(changes, "stop")));
    expect(refused).toMatchObject({
      exit: "fail",
      message: expect.stringMatching(/refused by one_of_each \(SQLSTATE 23505\)/),
    });
    expect(JSON.stringify([refused.message, refused.expected, refused.todo])).not.toContain("it's");
    const [row] = await cluster.database.query<{ n: number }>(
      "postgres",
      "select count(*)::int as n from h.line where id = 1",
    );
    expect(row!.n).toBe(0);
  });

  it("is refused in a database whose texts have no encoding", async () => {
    await sql("create database ascii template template0 encoding 'SQL_ASCII' locale 'C'");
    const session = await cluster.database.session("ascii");
    const refused = await failing(readCatalogue(session, HAZARDS));
    await session.close();
    expect(refused.message).toContain("has no encoding");
  });

  it("is not put back where a condition of the platform would be broken", async () => {
    const { changes } = await mistake(`update ${ODD} set mood = 'wrong' where "key" = 1`);
    const strict = repairsOn(cluster, "h", "fixer", [
      {
        name: "none-is-ok",
        database: "postgres",
        sql: `select 1 from ${ODD} where "key" = 1 and mood = 'ok'`,
      },
    ]);
    expect((await failing(strict.apply(await strict.plan(changes, "stop")))).message).toContain(
      "invariant none-is-ok",
    );
    const [row] = await cluster.database.query<{ mood: string }>(
      "postgres",
      `select mood::text from ${ODD} where "key" = 1`,
    );
    expect(row!.mood).toBe("wrong");
  });
});

describe("refused before a row is written", () => {
  beforeEach(() => fresh("h", SHOP));

  const planned = async (more = {}) => {
    const { changes } = await mistake(`update ${ODD} set mood = 'wrong'`);
    return repairs.plan(changes, "stop", more);
  };
  const wrong = async (): Promise<number> => {
    const [row] = await cluster.database.query<{ n: number }>(
      "postgres",
      `select count(*)::int as n from ${ODD} where mood = 'wrong'`,
    );
    return row!.n;
  };

  it.each<[string, RegExp, (plan: Awaited<ReturnType<typeof planned>>) => Promise<unknown>]>([
    [
      "rows that were altered after planning",
      /not those that were planned/,
      async (plan) => {
        writeFileSync(repairs.file(plan), "[]\n");
        return repairs.apply(plan);
      },
    ],
    ["another cluster", /the source is cluster/, (plan) => repairs.apply({ ...plan, cluster: "1" })],
    ["another platform", /is of platform other/, (plan) => repairs.apply({ ...plan, platform: "other" })],
    [
      "a superuser's login",
      /by superuser postgres/,
      (plan) => repairsOn(cluster, "h", "postgres").apply(plan),
    ],
    [
      "a login that may not write",
      /may not write to/,
      async (plan) => {
        await sql(
          "drop schema ops_quarantine cascade; create schema ops_quarantine authorization mallory; grant usage on schema h to mallory",
        );
        return repairsOn(cluster, "h", "mallory").apply(plan);
      },
    ],
    [
      "columns that are others now",
      /are not those that the transaction saw/,
      async (plan) => {
        await sql(`alter table ${ODD} add later int`);
        return repairs.apply(plan);
      },
    ],
    [
      "code of somebody else in a constraint",
      /runs code of others: h\.evil/,
      async (plan) => {
        await sql(`create function h.evil(text) returns bool language plpgsql immutable as 'begin return true; end'; alter function h.evil owner to mallory;
                 alter table ${ODD} add check (h.evil("va'l"))`);
        return repairs.apply(plan);
      },
    ],
    [
      "code of somebody else in an index",
      /runs code of others: h\.evil/,
      async (plan) => {
        await sql(`create function h.evil(text) returns text language plpgsql immutable as 'begin return $1; end'; alter function h.evil owner to mallory;
                 create index on ${ODD} (h.evil("va'l"))`);
        return repairs.apply(plan);
      },
    ],
    [
      "a trigger of somebody else that fires in spite of silence",
      /runs code of others: h\.evil/,
      async (plan) => {
        await sql(`create function h.evil() returns trigger language plpgsql as 'begin return new; end'; alter function h.evil owner to mallory;
                 create trigger evil before update on ${ODD} for each row execute function h.evil(); alter table ${ODD} enable always trigger evil`);
        return repairs.apply(plan);
      },
    ],
    [
      "a quarantine of somebody else's",
      /belongs to mallory/,
      async (plan) => {
        await sql("drop schema ops_quarantine cascade; create schema ops_quarantine authorization mallory");
        return repairs.apply(plan);
      },
    ],
  ])("%s", async (_what, message, attempt) => {
    const plan = await planned();
    expect((await failing(attempt(plan))).message).toMatch(message);
    expect(await wrong()).toBe(50);
  });

  it("a plan that was applied, and one beside another", async () => {
    const plan = await planned();
    await repairs.apply(plan);
    expect((await failing(repairs.apply(plan))).message).toContain("was applied already");
    const session = await cluster.database.session("postgres");
    await session.query("select pg_advisory_lock(hashtextextended('netedu-ops repair', 0))");
    expect((await failing(repairs.unrepair(plan.id))).message).toContain("another repair is being applied");
    await session.close();
  });
});
