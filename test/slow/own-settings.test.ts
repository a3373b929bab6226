// The source's configuration does not govern a copy: whatever stands in it, the copy's settings come from our command line, and
// nothing of the source's runs.
import { existsSync, readFileSync, rmSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { awaitSegment } from "../../scripts/backup/archiving";
import { NO_ARCHIVING } from "../../scripts/postgres/handed-over";
import { complaints, openThrowaway, type Throwaway } from "../e2e/throwaway";

const CANARY = "/tmp/ops-canary-own-settings";

let source: Throwaway;
beforeAll(async () => {
  rmSync(CANARY, { recursive: true, force: true });
  source = await openThrowaway();
});
afterAll(() => source.close());

interface Setting extends Record<string, unknown> {
  name: string;
  vartype: string;
  min: string | null;
  max: string | null;
  values: string[] | null;
}

/** A value that PostgreSQL may take; commands are canaries. */
function drawn({ name, vartype, min, max, values }: Setting): fc.Arbitrary<string> {
  if (/command/.test(name)) return fc.constant(`mkdir -p ${CANARY} && touch ${CANARY}/${name}`);
  if (vartype === "bool") return fc.constantFrom("on", "off");
  if (vartype === "enum") return fc.constantFrom(...(values ?? ["x"]));
  if (vartype === "string") return fc.constantFrom("", "/nowhere", "x", "1", "$libdir/nowhere", "'quo''ted'");
  const [from, to] = [Math.max(Number(min), -2e9), Math.min(Number(max), 2e9)];
  return fc.constantFrom(from, to, (from + to) / 2).map((value) => String(Math.round(value)));
}

async function alterAtRandom(seed: number): Promise<number> {
  const { cluster } = source;
  const settings = await cluster.source.query<Setting>(
    cluster.database,
    `select name, vartype, min_val as min, max_val as max, enumvals as values from pg_settings
      where context <> 'internal' order by name`,
  );
  const chosen = fc.sample(fc.shuffledSubarray(settings, { minLength: 150 }), { seed, numRuns: 1 })[0]!;
  let altered = 0;
  for (const [index, setting] of chosen.entries()) {
    const [value] = fc.sample(drawn(setting), { seed: seed + index, numRuns: 1 });
    await source
      .sql(`alter system set ${setting.name} = '${value!.replaceAll("'", "''")}'`)
      .then(() => altered++)
      .catch(() => {}); // the server refuses what nobody could have set
  }
  return altered;
}

/** Always there, whatever was drawn: what runs code, waits, or needs a bigger machine. */
const HOSTILE = [
  `alter system set recovery_end_command = 'mkdir -p ${CANARY} && touch ${CANARY}/end'`,
  `alter system set archive_cleanup_command = 'mkdir -p ${CANARY} && touch ${CANARY}/cleanup'`,
  `alter system set restore_command = 'mkdir -p ${CANARY} && touch ${CANARY}/restore; false'`,
  "alter system set recovery_min_apply_delay = '1h'",
  "alter system set recovery_target_time = '2020-01-01'",
  "alter system set shared_buffers = '400GB'",
  "alter system set max_worker_processes = 1000",
  "alter system set shared_preload_libraries = 'nowhere'",
  "alter system set session_preload_libraries = 'nowhere'",
  "alter system set local_preload_libraries = 'nowhere'",
  "alter system set archive_library = 'nowhere'",
  "alter system set ssl = on",
  "alter system set huge_pages = on",
  "alter system set data_directory = '/nowhere'",
];

it.each([1, 2, 3])(
  "no setting of the copy is the source's, drawn with seed %i",
  async (seed) => {
    await source.sql("alter system reset all", "alter system set archive_timeout = 0");
    const altered = await alterAtRandom(seed);
    expect(altered).toBeGreaterThan(50);
    for (const statement of HOSTILE) await source.sql(statement).catch(() => {});
    const settings = readFileSync(`${source.cluster.dataDirectory}/postgresql.auto.conf`, "utf8");
    expect(settings).toContain("400GB");
    await source.backup();
    const seen: { name: string; source: string; sourcefile: string | null }[] = [];
    const done = await source.restore(undefined, {
      async onStop(_stage, _copy, server) {
        if (!server) return;
        seen.push(
          ...(await server.database.query<(typeof seen)[number]>(
            "postgres",
            "select name, source, sourcefile from pg_settings where source not in ('default', 'override')",
          )),
        );
      },
    });
    expect(complaints(done)).toEqual([]);
    const foreign = seen.filter(
      (one) => !["command line", "client", "environment variable"].includes(one.source),
    );
    expect(foreign).toEqual([]);
    expect(seen.filter((one) => one.sourcefile !== null)).toEqual([]);
    expect(seen.length).toBeGreaterThan(30);
    expect(existsSync(CANARY)).toBe(false);
  },
  300_000,
);

it("libraries and roles that the source sets for roles and databases are not taken up by a session", async () => {
  const { cluster, context } = source;
  await source.sql(
    "alter system reset all",
    "alter system set archive_timeout = 0",
    "create role other superuser",
  );
  await source.backup();
  // From here on nobody can connect to the source as we do: what is set has to be undone in the session that sets it.
  const session = await cluster.source.session(cluster.database);
  const set = [
    "alter role postgres set session_preload_libraries = 'nowhere'",
    "alter database postgres set local_preload_libraries = 'nowhere'",
    "alter database postgres set dynamic_library_path = '/nowhere'",
    "alter database postgres set role = 'other'",
  ];
  try {
    for (const statement of set) await session.query(statement);
    const [last] = await session.query<{ segment: string }>(
      "select pg_walfile_name(pg_current_wal_lsn()) as segment, pg_switch_wal()",
    );
    await awaitSegment(context, (await context.backupRepository.list()).at(-1)!.archiveId, last!.segment);
    await expect(cluster.source.query("postgres", "select 1")).rejects.toThrow(/nowhere/);
    const seen: unknown[] = [];
    const done = await source.restore("latest", {
      async onStop(stage, _copy, server) {
        if (stage !== "at-target" || !server) return;
        seen.push(
          ...(await server.database.query(
            "postgres",
            "select current_user::text as who, (select count(*)::int from pg_db_role_setting) as set",
          )),
        );
      },
    });
    expect(complaints(done)).toEqual([]);
    expect(seen).toEqual([{ who: "postgres", set: 2 }]);
  } finally {
    for (const what of ["role", "database"]) await session.query(`alter ${what} postgres reset all`);
    await session.close();
  }
}, 120_000);

it("a copy that is handed over has the source's settings as they were, and does not archive", async () => {
  await source.sql(
    "alter system set work_mem = '7MB'",
    "alter system set recovery_target_time = '2020-01-01'",
  );
  const original = readFileSync(`${source.cluster.dataDirectory}/postgresql.auto.conf`, "utf8");
  await source.backup();
  const into = `${source.context.copies}/handed-over`;
  const done = await source.restore(undefined, { keep: true, into });
  expect(complaints(done)).toEqual([]);
  expect(readFileSync(`${into}/data/postgresql.auto.conf`, "utf8")).toBe(original + NO_ARCHIVING);
  expect(existsSync(`${into}/data/ops-source-settings`)).toBe(false);
});
