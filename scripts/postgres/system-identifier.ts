// What tells one cluster from another: a number that initdb draws, and that its copies, standbys and WAL bear too.
import type { Database } from "./port";

/** Decimal: it does not fit a JavaScript number. @throws OpsError unavailable */
export async function systemIdentifierOf(server: Database): Promise<string | undefined> {
  const [row] = await server.query<{ id: string }>(
    server.maintenance,
    "select system_identifier::pg_catalog.text as id from pg_catalog.pg_control_system()",
  );
  return row?.id;
}
