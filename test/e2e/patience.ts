// A checkpoint that never finds its moment: it gives up and names who is in the way. Without the pauses between its tries.
import { expect } from "vitest";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { createClock } from "../../scripts/machine/clock";
import type { Database } from "../../scripts/postgres/port";
import { eventually } from "../faults/ops";

/** Enough for autovacuum to be asked twice to make way. The slow suite waits as long as production does. */
export const FEW = 12;

/** What a checkpoint needs besides a database. */
export const quick = {
  clock: { ...createClock(), sleep: async () => {} },
  newId: () => "test",
  random: Math.random,
  signal: new AbortController().signal,
};

/** @param attempts default: as many as in production */
export async function expectGivesUp(database: Database, names: RegExp, attempts?: number): Promise<void> {
  const notes: string[] = [];
  const progress = { update: () => {}, note: (text: string) => void notes.push(text) };
  await expect(takeCheckpoint(quick, database, progress, attempts)).rejects.toMatchObject({
    exit: "timeout",
    message: expect.stringContaining("no moment without concurrent commits"),
    todo: expect.stringMatching(names),
  });
  expect(notes[0]).toMatch(/no quiet moment yet .*; try 2 of \d+/);
  expect(notes).toHaveLength(attempts === undefined ? notes.length : attempts - 1);
}

/** Whether a session of this kind vacuums public.big. */
export async function atWork(
  database: Database,
  kind: "autovacuum worker" | "client backend",
): Promise<boolean> {
  const [row] = await database.query<{ n: number }>(
    "postgres",
    `select count(*)::int as n from pg_locks l join pg_stat_activity a using (pid)
      where l.relation = 'public.big'::regclass and l.mode = 'ShareUpdateExclusiveLock' and l.granted and a.backend_type = $1`,
    [kind],
  );
  return row!.n > 0;
}

/** A VACUUM of public.big that somebody typed, until it is cancelled. Cost limits must make it slow. */
export async function vacuumByHand(database: Database): Promise<{ end(): Promise<void> }> {
  const session = await database.session("postgres");
  const [me] = await session.query<{ pid: number }>("select pg_backend_pid() as pid");
  const vacuum = session.query("vacuum public.big").catch(() => {});
  await eventually("the VACUUM works", () => atWork(database, "client backend"), 30);
  return {
    async end() {
      await database.query("postgres", "select pg_cancel_backend($1)", [me!.pid]);
      await vacuum;
      await session.close();
    },
  };
}

/** A table that a VACUUM will be at for minutes. */
export const BIG = `drop table if exists big; create table big (id int, t text)
   with (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,
         autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
 insert into big select g, repeat('x', 500) from generate_series(1, 20000) g; delete from big where id % 2 = 0`;

/** Cost limits under which any VACUUM is slow. */
export const SLOW = { autovacuum_naptime: "1", vacuum_cost_delay: "100", vacuum_cost_limit: "1" };
