// A thousand statements of others, schema changes among them, while checkpoints and dumps are read on a busy machine: none waits
// for us longer than the bound.
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { OpsError } from "../../scripts/core/errors";
import { openMoment } from "../../scripts/dump/moment";
import { createClock } from "../../scripts/machine/clock";
import { LetGo, WAIT_BOUND_SECONDS, whileNobodyWaits } from "../../scripts/postgres/let-go";
import type { Database, Session } from "../../scripts/postgres/port";
import { readState } from "../../scripts/postgres/read-state";
import { startTenant, type Tenant } from "../hostile/canary";
import { randomFrom } from "../hostile/schemas";

const STATEMENTS = 1000;
const TABLES = 6;
const random = randomFrom(13);
let id = 0;
const context = {
  clock: createClock(),
  newId: () => `busy-${++id}`,
  random,
  signal: new AbortController().signal,
};

let tenant: Tenant;
let load: ReturnType<typeof spawn>;
beforeAll(async () => {
  tenant = await startTenant();
  const tables = Array.from({ length: TABLES }, (_, i) => `create table s.t${i} (id int, v text)`);
  await tenant.asTenant(
    `create schema s; ${tables.join("; ")}; insert into s.t0 select g, 'x' from generate_series(1, 1000) g`,
  );
  load = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
}, 60_000);
afterAll(async () => {
  load.kill("SIGKILL");
  await tenant.cluster.stop();
});

/** Reading takes as long as a bigger database would. */
function slowly(database: Database): Database {
  return {
    ...database,
    async session(name) {
      const session = await database.session(name);
      const query: Session["query"] = async (sql, values) => {
        if (sql.includes('from only "s"')) await session.query("select pg_sleep(0.3)");
        return session.query(sql, values);
      };
      return { ...session, query };
    },
  };
}

function statement(): string {
  const table = `s.t${Math.floor(random() * TABLES)}`;
  const kind = random();
  if (kind < 0.5) return `select count(*) from ${table}`;
  if (kind < 0.9) return `insert into ${table} (id) values (1)`;
  if (kind < 0.94) return `alter table ${table} alter v set default '${id}'`;
  if (kind < 0.97) return `truncate ${table}`;
  return "alter schema s rename to s2; alter schema s2 rename to s";
}

it("none of a thousand waits longer than the bound", async () => {
  let done = 0;
  let ended = 0;
  const client = async (): Promise<void> => {
    const session = await tenant.cluster.database.session("hostile");
    while (done++ < STATEMENTS) {
      // Another schema is there for a moment while it is renamed.
      await session.query(statement()).catch((error: unknown) => {
        if (!/does not exist|already exists|deadlock|concurrently/.test(String(error))) throw error;
      });
      ended++;
      await context.clock.sleep(random() * 0.2);
    }
    await session.close();
  };
  const outcomes = { read: 0, letGo: 0 };
  const expected = (error: unknown): void => {
    if (!(error instanceof LetGo) && !(error instanceof OpsError && error.exit === "timeout")) throw error;
    outcomes.letGo++;
  };
  const reads = async (): Promise<void> => {
    const source = slowly(tenant.cluster.database);
    while (done < STATEMENTS) {
      await takeCheckpoint({ ...context, random: () => 0.05 }, source, undefined, 10).then(
        () => outcomes.read++,
        expected,
      );
      await whileNobodyWaits(source, async (watched) => {
        const moment = await openMoment(context, watched, ["hostile"]);
        await readState(watched, ["hostile"], { snapshots: moment.exported, portable: true }).finally(
          moment.close,
        );
      }).then(() => outcomes.read++, expected);
    }
  };
  await Promise.all([reads(), ...Array.from({ length: 4 }, client)]);
  expect(ended).toBeGreaterThanOrEqual(STATEMENTS);
  expect(WAIT_BOUND_SECONDS).toBe(1); // what the server's log is asked for
  expect(await tenant.longWaits()).toEqual([]);
  expect(outcomes.letGo).toBeGreaterThan(0);
}, 300_000);
