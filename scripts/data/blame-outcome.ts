// What a blame says to people and leaves in evidence: transactions, tables and numbers of rows. No value of any row is in it.
import * as v from "valibot";
import { clusterFacts } from "../backup/memory";
import { shanghai, showInstant } from "../core/instant";
import type { Outcome } from "../core/outcome";
import { renderTable } from "../core/table";
import { type Facts, INSTANT } from "../evidence/facts";
import { type Blame, blameChecks, type Suspect, type TouchedTable } from "./blame";
import type { Archive } from "./wal/archive";
import type { Window } from "./wal/scan";
import { isoOf } from "./wal/time";

const COUNT = v.pipe(v.number(), v.integer());

const SUSPECT = v.object({
  xid: COUNT,
  lsn: v.string(),
  at: INSTANT,
  rows: COUNT,
  subtransactions: COUNT,
});

/** Read back by `ops data show`, which then knows where in WAL a transaction lies. */
export const BLAME_FACTS = v.object({
  suspects: v.array(SUSPECT),
});
export type BlameFacts = Facts<typeof BLAME_FACTS>;

interface Asked {
  window: Window;
  tables: readonly string[];
  top: number;
  color: boolean;
  archive: Archive;
}

export function blameOutcome(found: Blame, { window, tables, top, color, archive }: Asked): Outcome {
  const shown = found.suspects.slice(0, top);
  const rest = {
    transactions: found.others.transactions + found.suspects.length - shown.length,
    rows: found.others.rows + found.suspects.slice(top).reduce((sum, { rows }) => sum + rows, 0),
  };
  const facts: BlameFacts = { suspects: shown.map(suspectFact) };
  const lines = [
    `Window   ${showInstant(window.from)} to ${window.to ? showInstant(window.to) : "the end of what is archived"}`,
    shown.length > 0 ? tableOf(shown, color) : "No transaction of the window touched them.",
    ...(rest.transactions > 0 ? [`and ${rest.transactions} more transactions with ${rest.rows} rows`] : []),
    ...(shown[0] ? [`Its rows: ops data show ${shown[0].xid}`] : []),
  ];
  return {
    checks: blameChecks(found, window),
    measurements: [
      { name: "wal-read", value: found.scanned.bytes, unit: "B" },
      { name: "transactions", value: shown.length + rest.transactions, unit: "1" },
    ],
    artifacts: [],
    facts: { ...facts, ...clusterFacts(archive.set.systemIdentifier), tables, others: rest },
    summary: lines.join("\n"),
    json: { window, suspects: shown, others: rest },
  };
}

function suspectFact({ xid, lsn, at, rows, subtransactions }: Suspect): BlameFacts["suspects"][number] {
  return { xid, lsn, at: isoOf(at), rows, subtransactions };
}

function tableOf(suspects: readonly Suspect[], color: boolean): string {
  return renderTable({
    head: ["Transaction", "Committed (Shanghai)", "LSN", "Rows", "What it did"],
    rows: suspects.map(({ xid, subtransactions, at, lsn, rows, tables }) => [
      subtransactions > 0 ? `${xid} (+${subtransactions} sub)` : String(xid),
      shanghai(new Date(isoOf(at))),
      lsn,
      String(rows),
      tables.map(didTo).join("\n"),
    ]),
    color,
    maxWidths: [0, 0, 0, 0, 70],
  });
}

function didTo({ database, schema, name, inserted, updated, deleted, how }: TouchedTable): string {
  const counts = [
    [inserted, "inserted"],
    [updated, "updated"],
    [deleted, "deleted"],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  // Of what is gone, the catalogue has no name any more.
  const what = schema === "" ? `table with object id ${name} of database ${database}` : `${schema}.${name}`;
  return `${what}: ${[...(how ? [how] : []), ...parts].join(", ")}`;
}
