// Remembers that somebody's deletion was asked for. It deletes nothing on the source: the application does, and copies follow.
import type { MaskedPlatform } from "../../policies/data/masking";
import { OpsError } from "../core/errors";
import { qualified } from "../postgres/fingerprint";
import { openReader } from "../postgres/hold";
import { nameParts } from "../postgres/object-name";
import type { Database } from "../postgres/port";
import { isNamed, listMaskable } from "./catalogue";
import { kindByValues } from "./detect";
import { declaredRows, type Forgotten, SURROGATE } from "./forgotten";
import { isNationalId } from "./national-id";
import { isCard, isMobile } from "./numbers";

export interface Request {
  /** `<database>.<schema>.<table>`. */
  table: string;
  key: string;
  reason: string;
}

/** Reads the catalogue alone, no row. @throws OpsError usage, config, unavailable */
export async function requestOf(
  source: Database,
  platform: MaskedPlatform | undefined,
  { table, key, reason }: Request,
  at: Date,
): Promise<Forgotten> {
  const [database, schema, name, ...more] = nameParts(table) ?? [];
  if (database === undefined || schema === undefined || name === undefined || more.length > 0)
    throw new OpsError("usage", `--table ${table}`, {
      expected: "<database>.<schema>.<table>, quoted as in SQL",
    });
  refusePersonal(key, reason);
  const of = platform?.databases.find((each) => each.database === database);
  const declared = of?.forget?.find((each) => isNamed({ schema, name, parents: [] }, each.table));
  if (!declared || !declaredRows(platform, { database, table: declared.table }))
    throw new OpsError("config", `${table} is no table of people`, {
      expected: "one under `forget` of its database in policies/data/masking.yaml, with what depends on it",
      todo: "declare it first: a copy has to know what goes with a row",
    });
  const session = await openReader(source, database);
  try {
    const [found] = (await listMaskable(session)).filter(
      (each) => each.schema === schema && each.name === name,
    );
    const type = found?.columns.find((column) => column.name === found.key[0])?.base;
    if (found?.key.length !== 1 || !["int2", "int4", "int8", "uuid"].includes(type ?? ""))
      throw new OpsError(
        "config",
        `${qualified({ schema, name })} has no primary key that is one number or UUID`,
        {
          expected: "a key that tells nothing of anybody",
          todo: "such rows cannot be named in evidence: let the application keep a number for each",
        },
      );
  } finally {
    await session.close();
  }
  return { database, table: declared.table, key, at: at.toISOString() };
}

const looksPersonal = (key: string): boolean => isMobile(key) || isNationalId(key) || isCard(key);

/** Evidence is kept for years and read by outsiders. */
function refusePersonal(key: string, reason: string): void {
  if (!SURROGATE.test(key) || looksPersonal(key))
    throw new OpsError("usage", "--key is no row's own number", {
      expected: "the primary key: a whole number or a UUID, which tells nothing of anybody",
      todo: "look the row up in the application; do not give a phone number, an id or a name",
    });
  if (kindByValues([reason]) !== undefined || /\d{11,}/.test(reason))
    throw new OpsError("usage", "--reason holds what looks personal", {
      expected: "the number of the request, and no name, number or address of a person",
      todo: "say where the request is filed",
    });
}
