// Recovery follows the timeline that the source went along. Others, which promoted copies left in the repository, are named and not
// followed, whatever their number.
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { archiveNow } from "../../scripts/backup/archiving";
import { testAll } from "../../scripts/coverage/sample";
import { draw } from "../../scripts/coverage/sample-outcome";
import { OS_USER } from "../e2e/cluster";
import { complaints, detailOf, openThrowaway, type Throwaway } from "../e2e/throwaway";

let source: Throwaway;
beforeEach(async () => {
  source = await openThrowaway();
});
afterEach(() => source.close());

const commit = async (label: string): Promise<void> => {
  await source.sql(
    `insert into public.tallies values ('${label}', 1)`,
    "insert into public.heartbeat values (clock_timestamp())",
  );
  await archiveNow(source.context);
};

/** A copy of the newest backup that somebody promotes with the live archive_command: it commits, archives, and is forgotten. */
async function stray(): Promise<void> {
  const { context, cluster } = source;
  const { host, platform } = context;
  const place = mkdtempSync("/tmp/opss-");
  await host.handOver(place, OS_USER);
  const data = `${place}/data`;
  const run = async (program: string, args: string[]): Promise<string> => {
    const result = await host.run(await host.program(program), args, { user: OS_USER });
    if (result.exitCode !== 0) throw new Error(`${program}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  };
  const { config, stanza } = platform.backups;
  // On another machine its paths would be its own without a word; here pgBackRest has to be told them.
  await host.makeDirectory(`${place}/spool`, { user: OS_USER, mode: 0o700 });
  const own = [`--pg1-path=${data}`, `--lock-path=${place}/lock`, `--spool-path=${place}/spool`];
  const to = ["--type=immediate", "--target-action=promote", ...own];
  await run("pgbackrest", [`--config=${config}`, `--stanza=${stanza}`, ...to, "restore"]);
  const [live] = await cluster.source.query<{ archive_command: string }>("postgres", "show archive_command");
  const command = live!.archive_command.replace(/'?archive-push'?/, `${own.join(" ")} archive-push`);
  appendFileSync(`${data}/postgresql.auto.conf`, `archive_command = '${command.replaceAll("'", "''")}'\n`);
  const options = `-c unix_socket_directories=${place}`;
  await run("pg_ctl", ["-D", data, "-w", "-l", `${place}/log`, "-o", options, "start"]);
  const psql = ["-h", place, "-U", "postgres", "-qAt", "-c"];
  for (let i = 0; (await run("psql", [...psql, "select pg_is_in_recovery()"])).trim() === "t" && i < 600; i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  // Each a transaction of its own: the commit has to be in the segment that is archived.
  for (const sql of ["insert into public.tallies values ('stray', 1)", "select pg_switch_wal()"])
    await run("psql", [...psql, sql]);
  for (let i = 0; i < 600; i++) {
    const left = await run("psql", [
      ...psql,
      "select count(*) from pg_ls_archive_statusdir() where name ~ 'ready'",
    ]);
    if (left.trim() === "0") break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await run("pg_ctl", ["-D", data, "-m", "immediate", "-w", "stop"]);
  rmSync(place, { recursive: true, force: true });
}

/** Labels in `tallies` on the copy at its target. */
async function labels(to: string | undefined, timeline?: number) {
  const found: string[] = [];
  const done = await source.restore(
    to,
    {
      async onStop(stage, _copy, server) {
        if (stage !== "at-target" || !server) return;
        const rows = await server.database.query<{ label: string }>(
          "postgres",
          "select distinct label from public.tallies where label not in ('a', 'b', 'c') order by 1",
        );
        found.push(...rows.map(({ label }) => label));
      },
    },
    timeline,
  );
  return { done, found };
}

it("several stray timelines with higher numbers are named and not followed; --timeline follows one", async () => {
  await source.backup();
  await stray();
  await stray();
  await commit("one");
  await source.backup("incr");
  await commit("two");

  const verified = await source.restore();
  expect(complaints(verified)).toEqual([]);
  expect(detailOf(verified, "timeline")).toMatch(
    /^timeline 1, the checkpoint's own; not the source's, and not followed: timeline 2, which left 1 at .*; timeline 3, which left 1 at/,
  );
  const latest = await labels("latest");
  expect(complaints(latest.done)).toEqual([]);
  expect(latest.found).toEqual(["one", "two"]);
  expect(detailOf(latest.done, "timeline")).toContain("timeline 1, the source's own");

  // Coverage promises the same instants, and what is drawn of them restores along the same timeline.
  const { surveyed, restorable, instants } = await draw(source.context, 2, source.context.clock.now());
  expect(surveyed.archives.map(({ follow }) => follow)).toMatchObject([{ timeline: 1, others: [2, 3] }]);
  expect(surveyed.facts.routes[0]!.switches).toEqual([]);
  expect(restorable.at(-1)!.to).toBeGreaterThan(Date.parse(surveyed.points.at(-1)!.at));
  const drawn = await testAll(source.context, instants, surveyed, { timeoutSeconds: 60 });
  expect(drawn.flatMap(({ checks }) => complaints({ checks }))).toEqual([]);
  expect(drawn.map(({ checks }) => detailOf({ checks }, "timeline"))).toEqual([
    expect.stringContaining("timeline 1, the source's own; not the source's, and not followed: timeline 2"),
    expect.stringContaining("timeline 1, the source's own; not the source's, and not followed: timeline 2"),
  ]);

  const asked = await labels("latest", 2);
  expect(asked.found).toEqual(["stray"]);
  expect(detailOf(asked.done, "timeline")).toContain("timeline 2, as asked");
  await expect(source.restore("latest", {}, 9)).rejects.toMatchObject({
    exit: "unknownTarget",
    message: expect.stringContaining("knows no timeline 9"),
    expected: expect.stringMatching(/^timeline 1; timeline 2, which left 1 at .*; timeline 3/),
  });
}, 180_000);

it("a source that was itself promoted is followed, past stray timelines with lower and higher numbers", async () => {
  const { set } = await source.backup();
  await stray();
  await source.cluster.rewind(set.label);
  await source.backup("incr");
  await commit("promoted");
  await stray();
  const latest = await labels("latest");
  expect(latest.found).toEqual(["promoted"]);
  expect(complaints(latest.done)).toEqual([]);
  expect(detailOf(latest.done, "timeline")).toMatch(
    /^timeline 3, the source's own; not the source's, and not followed: timeline 2, .*; timeline 4,/,
  );
}, 180_000);

it("a source that is gone: what it may have taken since is named, and nothing is guessed", async () => {
  await source.backup();
  await source.sql("insert into public.tallies values ('own', 1)");
  await commit("own");
  await stray();
  await source.control("stop", "-m", "immediate");
  const gone = await labels("latest");
  // The stray timeline left before the checkpoint, which the source wrote on its own: no doubt about that one.
  expect(gone.found).toEqual(["own"]);
  expect(detailOf(gone.done, "timeline")).toMatch(
    /^timeline 1, that of checkpoint .*; not the source's.*timeline 2/,
  );
  expect(complaints(gone.done).filter((text) => text.startsWith("timeline"))).toEqual([]);
}, 180_000);
