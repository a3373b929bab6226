// As whom a restored copy is read: a superuser of its own, whatever he is called, and not the source's reader.
import { OpsError } from "../../core/errors";
import { type Address, openSession } from "./session";

/** Of those who may log in the first that was made: as a rule the one that initdb made, who is never dropped. */
const SUPERUSERS =
  "select rolname::text as name from pg_roles where rolsuper and rolcanlogin order by oid limit 1";

/**
 * Everybody may read who is a superuser, so any role that is there will do to ask. Asked once, and again until it is answered.
 * @param options what a superuser says when he connects; others may not
 * @returns what throws OpsError unavailable while nobody of the `known` is let in
 */
export function superuserOf(
  address: Omit<Address, "user" | "options">,
  known: readonly string[],
  options: string,
  signal: AbortSignal | undefined,
): () => Promise<string> {
  let found: string | undefined;
  return async () => {
    found ??= await firstAnswer(
      known.flatMap((user) => [
        { ...address, user, options },
        { ...address, user },
      ]),
      signal,
    );
    return found;
  };
}

async function firstAnswer(ways: readonly Address[], signal: AbortSignal | undefined): Promise<string> {
  const refused: unknown[] = [];
  for (const way of ways) {
    const session = await openSession(way, way.maintenance, signal).catch((error: unknown) => {
      refused.push(error);
    });
    if (!session) continue;
    try {
      const [row] = await session.query<{ name: string }>(SUPERUSERS);
      if (row) return row.name;
    } finally {
      await session.close();
    }
    throw new OpsError("unavailable", "the restored cluster has no superuser who may log in", {
      expected: "one, to read every row and every definition",
      todo: "give one the right to log in on the source (ALTER ROLE … LOGIN), and take a backup",
    });
  }
  throw refused[0];
}
