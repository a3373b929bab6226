// pg_amcheck on a running copy: gets its extension there, runs it, and tells what it found from what it could not look at.
import { OpsError, refusedByServer } from "../../core/errors";
import type { Container } from "../../isolation/port";
import type { Host } from "../../machine/port";
import { quote } from "../fingerprint";
import type { Amchecked, Database, Session } from "../port";
import { tookTooLong } from "./too-long";

/** @param options PGOPTIONS of its sessions. @throws OpsError missing (no pg_amcheck of the server's version), unavailable */
export async function amcheck(
  host: Host,
  container: Container,
  database: Database,
  databases: readonly string[],
  options: string,
): Promise<Amchecked> {
  const program = await host.program("pg_amcheck", await database.major());
  const until = performance.now() + container.limitSeconds * 1000;
  const result: Amchecked = { problems: [], unable: [], detail: `${databases.length} database(s)` };
  for (const name of databases) {
    const session = await database.session(name);
    try {
      const added = await install(session);
      const left = Math.max((until - performance.now()) / 1000, LEAST_SECONDS);
      const { output, cut } = await run(container, program, database, name, { options, left });
      if (cut) result.unable.push(tookTooLong(`pg_amcheck of ${name}`, container.limitSeconds).message);
      for (const finding of amcheckFindings(output))
        (isInability(finding) ? result.unable : result.problems).push(finding);
      if (added) await change(session, "drop extension amcheck");
    } catch (error) {
      if (!(error instanceof OpsError) && !refusedByServer(error)) throw error;
      result.unable.push(`${name}: amcheck is not there and cannot be installed: ${error.message}`);
    } finally {
      await session.close();
    }
  }
  return result;
}

/** @returns whether it was not there before: then it goes again, because the copy may be handed over */
async function install(session: Session): Promise<boolean> {
  const [row] = await session.query<{ there: boolean }>(
    "select exists (select from pg_extension where extname = 'amcheck') as there",
  );
  if (row?.there) return false;
  await change(session, "create extension amcheck with schema pg_catalog");
  return true;
}

/**
 * DDL on a copy, whatever forbids it there: a default of read-only transactions, event triggers of every kind. They are put to
 * sleep for this transaction alone; commands on event triggers fire none.
 */
async function change(session: Session, statement: string): Promise<void> {
  await session.query("begin read write");
  try {
    const triggers = await session.query<{ name: string; enabled: string }>(
      "select evtname::text as name, evtenabled::text as enabled from pg_event_trigger where evtenabled <> 'D'",
    );
    for (const { name } of triggers) await session.query(`alter event trigger ${quote(name)} disable`);
    await session.query(statement);
    for (const { name, enabled } of triggers)
      await session.query(`alter event trigger ${quote(name)} ${ENABLE[enabled] ?? "enable"}`);
    await session.query("commit");
  } catch (error) {
    await session.query("rollback").catch(() => {});
    throw error;
  }
}

const ENABLE: Readonly<Record<string, string>> = { O: "enable", A: "enable always", R: "enable replica" };

/** What the last of many databases gets, when those before it have taken all the time that there was for all. */
const LEAST_SECONDS = 1;

/** @returns what it said; empty when everything is sound, or when its time was up and it had found nothing */
async function run(
  container: Container,
  program: string,
  database: Database,
  name: string,
  { options, left }: { options: string; left: number },
): Promise<{ output: string; cut: boolean }> {
  const { address, maintenance } = database;
  const args = [
    `--host=${address.host}`,
    `--port=${address.port}`,
    `--username=${await database.user()}`,
    "--no-password",
    "--heapallindexed",
    `--maintenance-db=${maintenance}`,
    "--jobs=2",
    "--database",
    escapePattern(name),
  ];
  const result = await container.run(program, args, { env: { PGOPTIONS: options }, timeoutSeconds: left });
  if (result.exitCode === 0) return { output: "", cut: false };
  const output = `${result.stdout}\n${result.stderr}`;
  if (result.timedOut) return { output, cut: true };
  return { output: output.trim() === "" ? `pg_amcheck exited ${result.exitCode}` : output, cut: false };
}

/** pg_amcheck reads --database as a pattern; double quotes make it literal. */
function escapePattern(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * pg_amcheck names an object on one line and indents what is wrong with it on the next ones; its hints are about
 * arguments of functions that nobody called.
 * @param output stdout and stderr
 */
export function amcheckFindings(output: string): string[] {
  const findings: string[] = [];
  for (const line of output.split("\n").filter((text) => text.trim() !== "")) {
    if (!/^\s/.test(line) || findings.length === 0) findings.push(line.trim());
    else if (!/^\s*HINT:/.test(line))
      findings[findings.length - 1] += ` ${line.trim().replace(/^ERROR: +/, "")}`;
  }
  return findings;
}

/** What kept it from looking, and says nothing of the data: no right, no library, no connection, no memory, no time. */
const INABILITY =
  /permission denied|must be (?:owner|superuser)|could not (?:access file|load library)|could not open extension|extension "amcheck"|read-only transaction|connection to server|server closed the connection|out of (?:shared )?memory|canceling statement|query failed: (?:FATAL|ERROR):\s+(?:function|schema|relation) .* does not exist|too many clients/i;

export function isInability(finding: string): boolean {
  return INABILITY.test(finding);
}
