// `ops data blame`: which transactions touched a table, from archived WAL alone.
import { archiveNow } from "../../backup/archiving";
import { OpsError } from "../../core/errors";
import { parseInstant, showInstant } from "../../core/instant";
import { blame, windowOf } from "../../data/blame";
import { blameOutcome } from "../../data/blame-outcome";
import { findFamily, listTableFiles } from "../../data/tables";
import { openArchive } from "../../data/wal/archive";
import { defineCommand } from "../../job";
import { parseObject } from "../../postgres/object-name";

export default defineCommand({
  summary: "Name the transactions that touched a table within a window, ranked by rows, from archived WAL",
  clauses: ["DATA-MISTAKE"],
  effect: "reads",
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
    top: { kind: "whole", least: 1, most: 1000, default: 10, description: "transactions to show" },
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
  ],
  plan: async (context, { from, to, table }) => {
    const window = windowFrom(context.clock.now(), from, to);
    return [
      `window: ${showInstant(window.from)} to ${window.to ? showInstant(window.to) : "now"}`,
      table.length > 0 ? `tables: ${table.join(", ")}, with their partitions` : "every table",
      "ask the source which files its tables have; let it finish its WAL segment, where it may be asked to",
      "read archived WAL with pg_waldump; rank the transactions that committed in the window",
    ];
  },
  async run(context, { from, to, table, top }) {
    const window = windowFrom(context.clock.now(), from, to);
    const source = context.servers.source(context.platform);
    const files = await listTableFiles(source);
    const wanted = new Set<string>();
    for (const name of table) {
      const object = parseObject(name);
      const family = await findFamily(source, object);
      for (const { database, databaseOid, oid } of files)
        if (database === object.database && family.has(oid)) wanted.add(`${databaseOid}/${oid}`);
    }
    // What was committed a moment ago lies in a segment that is not archived yet.
    if (window.to === undefined || context.clock.now().getTime() - window.to.getTime() < RECENT)
      await archiveNow(context).catch((error: unknown) => {
        if (!(error instanceof OpsError)) throw error;
        context.progress.say("info", `the newest WAL is not archived yet: ${error.message}`);
      });
    const archive = await openArchive(context);
    const found = await blame(context, archive, window, files, table.length > 0 ? wanted : undefined);
    return blameOutcome(found, { window, tables: table, top, color: context.color, archive });
  },
});

/** So long may a segment of WAL that is not full stay on the source, milliseconds. */
const RECENT = 3_600_000;

function windowFrom(now: Date, from: string, to: string | undefined) {
  const end = to === undefined ? undefined : parseInstant(to, now).at;
  return windowOf(parseInstant(from, now).at, end);
}
