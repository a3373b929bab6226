// How PostgreSQL is set up, whoever operates it: settings, accounts, the hosts that may connect. Pure data.

export const PORT = 5432;
export const DATABASE = "learning";

/** Evidence for SEC-CONFIG and ARC-EVENTS: what is slow, what locks, who came. Milliseconds where PostgreSQL counts in them. */
export const PARAMETERS: Readonly<Record<string, string>> = {
  log_min_duration_statement: "1000", // PERF: interactive operations average 1–2 s
  log_connections: "on",
  log_disconnections: "on",
  log_lock_waits: "on",
  log_statement: "ddl",
  idle_in_transaction_session_timeout: "600000",
  statement_timeout: "60000",
};

export interface Account {
  name: string;
  /** Key of the secret that holds its password. */
  secret: string;
  why: string;
  /** Owns the database; all others get what migrations grant. */
  owner?: boolean;
}

/** Least privilege: none is a superuser, and the application cannot change the structure. */
export const ACCOUNTS: readonly Account[] = [
  { name: "learning_owner", secret: "ownerPassword", why: "migrations", owner: true },
  { name: "learning_app", secret: "appPassword", why: "the application: reads and writes rows" },
  { name: "learning_audit", secret: "auditPassword", why: "inspections: reads catalogues and settings" },
  { name: "learning_dump", secret: "dumpPassword", why: "the nightly logical dump: reads everything" },
];
