// What a blame says to people and leaves in evidence: transactions, tables and numbers of rows. No value of any row is in it.
import * as v from "valibot";
import { clusterFacts } from "../backup/memory";
import { shanghai, showInstant } from "../core/instant";
import type { Outcome } from "../core/outcome";
import { renderTable } from "../core/table";
import { type Facts, INSTANT } from "../evidence/facts";
import { type Blame, blameChecks, type Suspect, type TouchedTable } from "./blame";
import { type Correlated, countsOf, whoText } from "./log/correlate";
import type { Matching } from "./matching";
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
  /** Where rows were looked into: the columns that conditions are about, and what was found. */
  where?: { columns: readonly string[]; matching: Matching } | undefined;
  /** Where a log of the server was read. */
  who?: Correlated | undefined;
}

/** A suspect as it is shown. */
type Shown = Suspect & { matched?: number };

export function blameOutcome(found: Blame, asked: Asked): Outcome {
  const { window, tables, top, color, archive, where, who } = asked;
  const shown: readonly Shown[] = where?.matching.suspects ?? found.suspects.slice(0, top);
  const rest = {
    transactions: found.others.transactions + Math.max(0, found.suspects.length - top),
    rows: found.others.rows + found.suspects.slice(top).reduce((sum, { rows }) => sum + rows, 0),
  };
  const facts: BlameFacts = { suspects: shown.map(suspectFact) };
  const lines = [
    `Window   ${showInstant(window.from)} to ${window.to ? showInstant(window.to) : "the end of what is archived"}`,
    shown.length > 0 ? tableOf(shown, who, color) : nothing(where),
    ...(rest.transactions > 0 && !where
      ? [`and ${rest.transactions} more transactions with ${rest.rows} rows`]
      : []),
    ...(where ? [lookedInto(where.matching)] : []),
    ...(who && shown.length > 0 ? [CORRELATION] : []),
    ...(shown[0] ? [`Its rows: ops data show ${shown[0].xid}`] : []),
  ];
  return {
    checks: [...blameChecks(found, window), ...(where?.matching.checks ?? []), ...(who?.checks ?? [])],
    measurements: [
      { name: "wal-read", value: found.scanned.bytes, unit: "B" },
      { name: "transactions", value: found.suspects.length + found.others.transactions, unit: "1" },
    ],
    artifacts: [],
    facts: {
      ...{ ...facts, ...clusterFacts(archive.cluster), tables, others: rest },
      ...(where ? { where: where.columns, lookedInto: where.matching.lookedInto } : {}),
      ...(who ? { correlated: countsOf(who, shown) } : {}),
    },
    summary: lines.join("\n"),
    json: {
      ...{ window, others: rest },
      suspects: shown.map((each) => ({ ...each, ...(who ? { correlation: who.of(each) } : {}) })),
      ...(where
        ? { lookedInto: where.matching.lookedInto, left: Object.fromEntries(where.matching.left) }
        : {}),
    },
  };
}

const CORRELATION =
  "Who is a correlation with the server's log, and no proof: what that log does not hold is no candidate.";

function nothing(where: Asked["where"]): string {
  return where
    ? "Of the transactions that were looked into, none touched such rows."
    : "No transaction of the window touched them.";
}

function lookedInto({ lookedInto, left }: Matching): string {
  const rest = [...left].map(([why, count]) => `${count} ${why}`);
  return `Looked into ${lookedInto} transactions${rest.length > 0 ? `; not looked into: ${rest.join(", ")}` : ""}`;
}

function suspectFact({ xid, lsn, at, rows, subtransactions }: Suspect): BlameFacts["suspects"][number] {
  return { xid, lsn, at: isoOf(at), rows, subtransactions };
}

function tableOf(suspects: readonly Shown[], who: Correlated | undefined, color: boolean): string {
  const matched = suspects.some((each) => each.matched !== undefined);
  return renderTable({
    head: [
      ...["Transaction", "Committed (Shanghai)", "LSN", "Rows"],
      ...(matched ? ["That match"] : []),
      "What it did",
      ...(who ? ["Who (correlation)"] : []),
    ],
    rows: suspects.map((suspect) => {
      const { xid, subtransactions, at, lsn, rows, tables } = suspect;
      return [
        subtransactions > 0 ? `${xid} (+${subtransactions} sub)` : String(xid),
        ...[shanghai(new Date(isoOf(at))), lsn, String(rows)],
        ...(matched ? [String(suspect.matched)] : []),
        tables.map(didTo).join("\n"),
        ...(who ? [whoText(who.of(suspect))] : []),
      ];
    }),
    color,
    maxWidths: [0, 0, 0, 0, ...(matched ? [0] : []), 70, 40],
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
