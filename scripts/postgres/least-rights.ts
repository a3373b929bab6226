// Runs declared SQL on a copy with rights that can read everything and do nothing else: what it calls may be theirs.
import { quote } from "./fingerprint";
import type { Database, RestoredServer } from "./port";

/**
 * On a copy that takes writes. Where its login is a superuser, a role that only reads is made, connected as, and removed again.
 * @param name of that role; not in use
 * @throws what `work` throws
 */
export async function withReaderOnCopy<T>(
  server: Pick<RestoredServer, "database" | "as">,
  databases: readonly string[],
  name: string,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const { database } = server;
  const ask = (sql: string): Promise<unknown> => database.query(database.maintenance, sql);
  const [login] = await database.query<{ super: boolean }>(
    database.maintenance,
    "select rolsuper as super from pg_roles where rolname = current_user",
  );
  if (!login?.super) return work(database);
  const role = quote(name);
  const of = [...new Set(databases)].map(quote).join(", ");
  await ask(`create role ${role} login nosuperuser bypassrls in role pg_read_all_data`);
  try {
    if (of !== "") await ask(`grant connect on database ${of} to ${role}`);
    return await work(server.as(name));
  } finally {
    if (of !== "") await ask(`revoke connect on database ${of} from ${role}`);
    await ask(`drop role ${role}`);
  }
}
