// `ops data query`: reviewed questions, asked safely and answered with masked personal columns.
import { listQueries, QUERY_FORMATS, QUERY_KIND, runQuery } from "../../data/query/run-query";
import { defineCommand } from "../../job";

export default defineCommand({
  summary:
    "List the reviewed queries, or ask one: bound parameters, masked personal columns, every use in evidence",
  clauses: ["DATA-CLEAN", "CONF-PLEDGE"],
  effect: "reads",
  evidence: { kind: QUERY_KIND },
  arguments: {
    id: { kind: "text", positional: true, description: "the query; without it all are listed" },
    param: {
      kind: "pairs",
      value: "name=value",
      needs: "id",
      description: "values of its parameters; personal ones belong into the file that --params names",
    },
    params: {
      kind: "text",
      value: "file",
      needs: "id",
      description: "a file of lines name=value: they then stand in no list of processes",
    },
    format: {
      kind: "choice",
      choices: QUERY_FORMATS,
      default: "csv",
      description: "format of what is given out",
    },
    output: {
      kind: "text",
      value: "file",
      needs: "id",
      description: "write it to this file, readable for you alone, instead of standard output",
    },
  },
  examples: [
    { command: "ops data query", what: "The queries, their parameters and columns." },
    { command: "ops data query learner-by-number --param learner=7", what: "One learner, as CSV, masked." },
    {
      command:
        "ops data query orders-of-a-day --param day=2024-10-01,status=paid --format xlsx --output orders.xlsx",
      what: "Paid orders of a day as a workbook.",
    },
    {
      command:
        "ops data query revenue-by-course --params period.txt --format json --platform prod --env prod",
      what: "With parameters from a file, on production.",
    },
  ],
  plan: async ({ platform }, { id, format, output }) =>
    id === undefined
      ? ["list the reviewed queries of policies/data/queries"]
      : [
          `read ${id} from policies/data/queries, and refuse parameters that are not of its kinds`,
          `ask it of ${platform.name}, read-only, guarded, within its limits; let go as soon as anybody waits for us`,
          "mask every column that is declared personal, and what looks personal elsewhere",
          `write ${format} ${output === undefined ? "to standard output" : `to ${output}`}`,
          "leave evidence: who, which query, digests of the values, number of rows, digest of the output",
        ],
  run: async (context, { id, param, params, format, output }) =>
    id === undefined
      ? listQueries(context)
      : runQuery(context, { id, parameters: param, parameterFile: params, format, output }),
});
