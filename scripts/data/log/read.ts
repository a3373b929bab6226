// Reads logs of the server, piece by piece, for who may have made transactions. Of their statements nothing is kept.
import { OpsError } from "../../core/errors";
import type { Core } from "../../core/tools";
import type { MachineTools } from "../../machine/port";
import type { Suspect } from "../blame";
import { type Correlated, Correlator } from "./correlate";
import { LogLexer } from "./lexer";
import { instantOf, type LogLine, lineOfCsv, lineOfJson, offsetOfZone } from "./line";

export interface Logs {
  files: readonly string[];
  /** Minutes east of Greenwich that hold for every line; undefined: what the lines themselves say. */
  offset: number | undefined;
}

/** @throws OpsError usage when a file cannot be read, holds no line of such a log, or its times could be of several zones */
export async function correlate(
  context: Pick<Core, "progress" | "signal"> & MachineTools,
  suspects: readonly Suspect[],
  { files, offset }: Logs,
): Promise<Correlated> {
  const correlator = new Correlator(suspects);
  let lost = 0;
  for (const file of files)
    lost += await context.progress.phase("read the log", () => readOne(context, correlator, file, offset));
  return correlator.result(lost);
}

/** @returns places that could not be read */
async function readOne(
  { host, signal }: Pick<Core, "signal"> & MachineTools,
  correlator: Correlator,
  file: string,
  offset: number | undefined,
): Promise<number> {
  const zones = new Set<string>();
  let [foreign, lines, first]: [number, number, Buffer | undefined] = [0, 0, undefined];
  const take = (line: LogLine | undefined): void => {
    if (!line) {
      foreign++;
      return;
    }
    lines++;
    zones.add(line.zone);
    if (offset !== undefined && zones.size > 1) throw severalZones(file, zones);
    correlator.add(line, instantOf(line, offset ?? certainOffset(file, line.zone)));
  };
  const lexer = new LogLexer({
    onCsv: (fields) => take(lineOfCsv(fields)),
    onJson: (head, tail) => take(lineOfJson(head, tail)),
  });
  for await (const chunk of host.readPieces(file)) {
    signal.throwIfAborted();
    first ??= chunk;
    lexer.add(chunk);
  }
  lexer.end();
  if (lines === 0) throw noLog(file, first);
  return foreign + lexer.lost;
}

function certainOffset(file: string, zone: string): number {
  const offset = offsetOfZone(zone);
  if (offset !== undefined) return offset;
  throw new OpsError("usage", `the times of ${file} are in ${zone}, which may be one of several zones`, {
    expected: "UTC, GMT or an offset, or the zone given: SHOW log_timezone tells it",
    todo: "for example --log-zone Asia/Shanghai, or --log-zone -05:00",
  });
}

function severalZones(file: string, zones: ReadonlySet<string>): OpsError {
  return new OpsError(
    "usage",
    `the times of ${file} are in ${[...zones].join(" and ")}: one --log-zone is not both`,
    {
      expected: "a log of one zone",
      todo: "cut the log where summer time begins or ends, and name the parts one by one",
    },
  );
}

/** Of what is there only its kind is told: the file may hold anything. */
function noLog(file: string, first: Buffer | undefined): OpsError {
  const found =
    first === undefined
      ? "is empty"
      : first[0] === 0x1f && first[1] === 0x8b
        ? "is packed by gzip"
        : "holds no line of csvlog or jsonlog";
  return new OpsError("usage", `${file} ${found}`, {
    expected: "a log that PostgreSQL wrote with log_destination csvlog or jsonlog, unpacked",
    todo: "the plain log (stderr) tells neither number nor user for certain: fetch the .csv or .json file beside it",
  });
}
