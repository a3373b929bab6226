// `ops data blame`: which transactions touched a table, from archived WAL; which rows, from a copy; who, as a correlation with the server's log.
import type { Context } from "../../context";
import { OpsError } from "../../core/errors";
import { parseInstant, parseZone, showInstant } from "../../core/instant";
import type { Outcome } from "../../core/outcome";
import { blame, windowOf } from "../../data/blame";
import { blameOutcome } from "../../data/blame-outcome";
import { type Condition, parseCondition } from "../../data/images/conditions";
import { correlate } from "../../data/log/read";
import { keepMatching, requireColumns } from "../../data/matching";
import { findFamily, listTableFiles } from "../../data/tables";
import { type Archive, type ArchiveTools, openArchive, openFiles } from "../../data/wal/archive";
import { letArchive } from "../../data/wal/let-archive";
import type { Window } from "../../data/wal/scan";
import { defineCommand } from "../../job";
import { parseObject } from "../../postgres/object-name";
import { withDrillLock } from "../../restore/lock";
import { conditionsOf, WHERE, WHERE_FILE } from "./conditions";

export default defineCommand({
  summary: "Name the transactions that touched a table within a window, ranked by rows, from archived WAL",
  clauses: ["DATA-MISTAKE"],
  // A copy is made where rows are looked into.
  effect: "isolated",
  evidence: { kind: "data-blame" },
  arguments: {
    from: {
      kind: "text",
      value: "instant",
      required: true,
      description: "begin of the window; without a zone it is read as Asia/Shanghai",
    },
    to: { kind: "text", value: "instant", description: "end of the window (default: now)" },
    table: {
      kind: "list",
      description: "tables, as <database>.<schema>.<table>, with their partitions (default: every table)",
    },
    top: {
      kind: "whole",
      least: 1,
      most: 1000,
      default: 10,
      description: "transactions to show; with --where, to look into",
    },
    where: {
      ...WHERE,
      description:
        "only those that touched rows with this value before or after, looked up in a copy; also '<column> is null'; given several times, all must hold",
    },
    whereFile: WHERE_FILE,
    wal: {
      kind: "text",
      value: "directory",
      excludes: ["where", "whereFile"],
      description:
        "read WAL from files in this directory (downloaded from a managed service, not compressed) instead of the archive",
    },
    log: {
      kind: "list",
      verbatim: true,
      value: "file",
      description:
        "the server's log (csvlog or jsonlog; several times): who it may have been, as a correlation, by the transaction's number or, by statements with their durations, near its commit",
    },
    logZone: {
      kind: "text",
      value: "zone",
      needs: "log",
      description:
        "log_timezone of that server, Asia/Shanghai or an offset; needed unless the log says UTC, GMT or an offset (CST may be several zones)",
    },
  },
  examples: [
    {
      command: 'ops data blame --table learning.learning.orders --from "2026-11-23 09:00"',
      what: "Who changed orders since nine, most rows first.",
    },
    {
      command: 'ops data blame --from "2026-11-23 09:00" --to "2026-11-23 09:30"',
      what: "The same of every table; drops and truncations stand first.",
    },
    {
      command:
        'ops data blame --table learning.learning.orders --from "2026-11-23 09:00" --where status=refunded --top 20',
      what: "Of the twenty that changed most rows, those that touched refunded ones.",
    },
    {
      command:
        'ops data blame --table learning.learning.orders --from "2026-11-23 09:00" --log postgresql.csv --log-zone Asia/Shanghai',
      what: "With user, application and address, where the server's log tells them.",
    },
  ],
  plan: async (context, { from, to, table, top, where, whereFile, wal, log }) => {
    const window = windowFrom(context.clock.now(), from, to);
    const looks = where.length > 0 || whereFile !== undefined;
    if (looks) requireOneTable(table);
    for (const text of where) parseCondition(text);
    return [
      `window: ${showInstant(window.from)} to ${window.to ? showInstant(window.to) : "now"}`,
      table.length > 0 ? `tables: ${table.join(", ")}, with their partitions` : "every table",
      `ask the source which files its tables have${wal === undefined ? "; let it finish its WAL segment, where it may be asked to" : ""}`,
      `read ${wal === undefined ? "archived WAL" : `the WAL in ${wal}`} with pg_waldump; rank the transactions that committed in the window`,
      ...(looks
        ? [
            `of the first ${top} restore a copy, recover it to just before each commit and then past it: rows before and after`,
            "keep the transactions that touched rows which meet the conditions, and count those rows",
          ]
        : []),
      ...(log.length > 0
        ? [`read ${log.join(", ")}: sessions with a transaction's number, or under way at its commit`]
        : []),
    ];
  },
  run(context, { from, to, table, top, where, whereFile, wal, log, logZone }) {
    const window = windowFrom(context.clock.now(), from, to);
    const asked = {
      window,
      table,
      top,
      wal,
      log,
      offset: logZone === undefined ? undefined : parseZone(logZone),
    };
    if (where.length === 0 && whereFile === undefined) return find(context, asked, []);
    requireOneTable(table);
    return withDrillLock(context, "data blame", async () =>
      find(context, asked, await conditionsOf(context, where, whereFile)),
    );
  },
});

/** @throws OpsError usage */
function requireOneTable(tables: readonly string[]): void {
  if (tables.length === 1) return;
  throw new OpsError("usage", `--where with ${tables.length} tables`, {
    expected: "one --table, whose columns the conditions are about",
  });
}

interface Asked {
  wal: string | undefined;
  window: Window;
  table: readonly string[];
  top: number;
  log: readonly string[];
  offset: number | undefined;
}

async function find(
  context: Context,
  { window, table, top, wal, log, offset }: Asked,
  conditions: readonly Condition[],
): Promise<Outcome> {
  const source = context.servers.source(context.platform);
  const files = await listTableFiles(source);
  const wanted = new Set<string>();
  const families: { database: string; family: ReadonlySet<number> }[] = [];
  for (const name of table) {
    const object = parseObject(name);
    const family = await findFamily(source, object);
    families.push({ database: object.database, family });
    for (const { database, databaseOid, oid } of files)
      if (database === object.database && family.has(oid)) wanted.add(`${databaseOid}/${oid}`);
  }
  const asked = conditions.length > 0 ? { conditions, top, ...families[0]! } : undefined;
  if (asked) await requireColumns(context, asked);
  const { archive, context: reading } = await walOf(context, window, wal);
  const found = await blame(reading, archive, window, files, table.length > 0 ? wanted : undefined);
  // Before a copy is made: a log that cannot be read is said at once.
  const who =
    log.length > 0
      ? await correlate(context, found.suspects.slice(0, top), { files: log, offset })
      : undefined;
  const matching = asked && (await keepMatching(context, archive, found, asked));
  const columns = [...new Set(conditions.map(({ column }) => column))];
  const where = matching && { columns, matching };
  return blameOutcome(found, { window, tables: table, top, color: context.color, archive, where, who });
}

async function walOf(
  context: Context,
  window: Window,
  directory: string | undefined,
): Promise<{ archive: Archive; context: ArchiveTools }> {
  if (directory !== undefined) return openFiles(context, context.data.walFiles(directory));
  await letArchive(context, window.to);
  return { archive: await openArchive(context), context };
}

function windowFrom(now: Date, from: string, to: string | undefined) {
  const end = to === undefined ? undefined : parseInstant(to, now).at;
  return windowOf(parseInstant(from, now).at, end);
}
