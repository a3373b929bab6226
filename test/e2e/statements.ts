// What tests ask of a server again and again: an instant by its own clock, and a transaction with its number.
import type { Session } from "../../scripts/postgres/port";

/** Later than every commit before it, and earlier than every one after: nobody commits within a twentieth of a second. */
export async function instantOf(session: Session): Promise<string> {
  await session.query("select pg_sleep(0.05)");
  const [row] = await session.query<{ at: string }>(
    `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, pg_sleep(0.05)`,
  );
  return row!.at;
}

/** Runs statements in one transaction. @returns its number, 32 bits */
export async function commit(session: Session, ...statements: string[]): Promise<number> {
  await session.query("begin");
  for (const statement of statements) await session.query(statement);
  const xid = await xidOf(session);
  await session.query("commit");
  return xid;
}

/** Of the transaction that is under way. */
export async function xidOf(session: Session): Promise<number> {
  const [row] = await session.query<{ xid: string }>("select pg_current_xact_id()::text as xid");
  return Number(row!.xid);
}
