// Asks a reviewed query of the source, which never waits for it: guarded as rules are, bound values, masked columns, bounded rows; and what
// evidence keeps of each use: who asked what, by names and digests, and what was given out, by number of rows and digest.
import { createHash } from "node:crypto";
import * as v from "valibot";
import type { DataQuery } from "../../../policies/data/queries";
import { oneOf } from "../../../policies/engine/suggest";
import { OpsError } from "../../core/errors";
import { pass } from "../../core/finding";
import type { Outcome } from "../../core/outcome";
import { renderTable } from "../../core/table";
import type { Core, Operated, Terminal } from "../../core/tools";
import { viewOnly } from "../../core/view-only";
import { type Facts, SHA256 } from "../../evidence/facts";
import type { MachineTools } from "../../machine/port";
import { quote } from "../../postgres/fingerprint";
import { readInPeace } from "../../postgres/let-go";
import type { Database, PostgresTools, Row } from "../../postgres/port";
import type { DataTools } from "../port";
import { guardedQuery, openGuarded, Unable } from "../quality/guarded-read";
import { digested } from "../quality/keys";
import { type Mask, strictMask } from "../quality/masking";
import { bindNamed } from "../quality/parameters";
import { bindArguments, expectedOf, readParameterFile } from "./arguments";
import { csvOf, given, jsonOf, type ResultTable } from "./table";

export const QUERY_KIND = "data-query";
export const QUERY_FORMATS = ["csv", "json", "xlsx"] as const;

export const DATA_QUERY_FACTS = v.object({
  dataQuery: v.object({
    query: v.string(),
    /** Digest of each value, by the parameter's name, keyed: nobody else can try values out. */
    parameters: v.record(v.string(), v.string()),
    rows: v.number(),
    truncated: v.boolean(),
    format: v.picklist(QUERY_FORMATS),
    output: SHA256,
  }),
});
export type DataQueryFacts = Facts<typeof DATA_QUERY_FACTS>;

export interface QueryRequest {
  id: string;
  parameters: Readonly<Record<string, string>>;
  /** With more of them. */
  parameterFile: string | undefined;
  format: (typeof QUERY_FORMATS)[number];
  output: string | undefined;
}

export type QueryTools = Pick<Core, "clock" | "random" | "signal" | "progress"> &
  Pick<Operated, "platform"> &
  DataTools &
  MachineTools &
  PostgresTools;

/** @throws OpsError usage before anything is asked, inconclusive when it may not or cannot be run */
export async function runQuery(
  context: QueryTools,
  request: QueryRequest,
  mask: Mask = strictMask,
): Promise<Outcome> {
  const { data, host, progress, servers, platform } = context;
  const query = queryOf(data.queries(), request.id);
  const { format, output } = request;
  if (format === "xlsx" && output === undefined)
    throw new OpsError("usage", "a workbook is no text for a terminal", { expected: "--output <file>.xlsx" });
  const typed =
    request.parameterFile === undefined ? {} : readParameterFile(await host.readInput(request.parameterFile));
  const bound = bindArguments(query, { ...typed, ...request.parameters });
  const secret = await data.digestSecret();
  const { done: table } = await progress.phase(query.id, () =>
    readInPeace(
      context,
      servers.source(platform),
      (watched) => ask(watched, query, bound, mask),
      (what) => progress.say("info", what),
    ),
  );
  const content = format === "xlsx" ? await data.workbook(table) : (format === "csv" ? csvOf : jsonOf)(table);
  const facts: DataQueryFacts = {
    dataQuery: {
      query: query.id,
      parameters: Object.fromEntries(
        Object.entries(bound).map(([name, { value }]) => [name, digested(value, secret)]),
      ),
      rows: table.rows.length,
      truncated: table.truncated,
      format,
      output: createHash("sha256").update(content).digest("hex"),
    },
  };
  // Whoever may read the file is for its owner to say.
  if (output !== undefined) await host.writeOutput(output, content, { mode: 0o600 });
  const { rows } = table;
  const told = `${rows.length} rows${table.truncated ? ", and there are more: ask for less, or for parts" : ""}`;
  return {
    checks: [{ name: "query-answered", ...pass(`${query.id}: ${told}; personal columns masked`) }],
    measurements: [{ name: "rows", value: rows.length, unit: "rows" }],
    artifacts: [],
    facts: { ...facts },
    json: facts,
    summary: `${query.title.zh} / ${query.title.en}: ${told}${output === undefined ? "" : `\n${output}`}`,
    ...(output === undefined ? { document: String(content) } : {}),
  };
}

/** @throws OpsError usage */
function queryOf(all: readonly DataQuery[], id: string): DataQuery {
  const query = all.find((one) => one.id === id);
  if (query) return query;
  const known = all.map((one) => one.id);
  throw new OpsError("usage", `no query is called ${id}`, { expected: oneOf(id, known) });
}

async function ask(
  source: Database,
  query: DataQuery,
  bound: Readonly<Record<string, { type: string; value: string }>>,
  mask: Mask,
): Promise<ResultTable> {
  const { columns, rows: most, seconds, database, id } = query;
  const { text, values } = bindNamed(query.sql, bound);
  // Printed by the output functions of their types: a cast would ask for casts that somebody else may have made.
  const shown = columns.map(
    ({ name }, i) =>
      `case when r.${quote(name)} is not null then format('%s', r.${quote(name)}) end as c${i}`,
  );
  const sql = `select ${shown.join(", ")} from (${text}) as r limit ${most + 1}`;
  const reader = await openGuarded(source, database, undefined);
  try {
    const rows = await guardedQuery<Row>(reader, sql, values, seconds);
    return {
      query,
      truncated: rows.length > most,
      rows: rows
        .slice(0, most)
        .map((row) => columns.map(({ kind }, i) => given(kind, row[`c${i}`] as string | null, mask))),
    };
  } catch (error) {
    if (!(error instanceof Unable)) throw error;
    throw new OpsError("inconclusive", `${id} was not answered: ${error.message}`, {
      expected: "tables that are what the query was reviewed for, free, and read within its limit",
      todo: "look at the table that is named; a query that takes long is asked for less",
    });
  } finally {
    await reader.close();
  }
}

export function listQueries({ data, color }: DataTools & Pick<Terminal, "color">): Outcome {
  const all = data.queries();
  const rows = all.map(({ id, title, parameters, columns, owner }) => [
    id,
    `${title.zh}; ${title.en}`,
    Object.entries(parameters)
      .map(
        ([name, one]) => `${name}${one.default === undefined ? "" : ` (${one.default})`}: ${expectedOf(one)}`,
      )
      .join("\n"),
    columns
      .map(({ title: heading, kind }) => (["plain", "number"].includes(kind) ? heading : `${heading}*`))
      .join(" "),
    owner,
  ]);
  const head = ["Query", "What it tells", "Parameters", "Columns (* masked)", "Owner"];
  const json = all.map(({ sql: _, ...query }) => query);
  return viewOnly({
    record: false,
    summary: renderTable({ head, rows, color, maxWidths: [0, 34, 36, 34, 0] }),
    json,
  });
}
