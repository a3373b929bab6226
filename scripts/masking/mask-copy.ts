// Masks a restored copy: every database of it, until nothing in it is as it was. It changes what it is given and nothing else: it
// never hears of the source.
import type { MaskedPlatform } from "../../policies/data/masking";
import { OpsError } from "../core/errors";
import type { PhaseProgress } from "../core/progress";
import { listDatabases } from "../postgres/databases";
import { qualified } from "../postgres/fingerprint";
import type { Database, Session } from "../postgres/port";
import { askNow } from "../postgres/read-shared";
import { listMaskable } from "./catalogue";
import { resolve } from "./declared";
import type { Mask } from "./mask";
import { QUIET, refused, rewrite } from "./rewrite";
import { showSuspect, survey } from "./survey";
import { endWhatHolds, type OwnFiles, ownFiles, refreshViews, removeLargeObjects, writeAnew } from "./traces";

export interface Masked {
  databases: number;
  tables: number;
  columns: number;
  rows: number;
  values: number;
  largeObjects: number;
  /** Materialized views that could not be computed anew. */
  emptied: string[];
}

/** New databases are made from it, and so are things that somebody put there. */
const TEMPLATE = "template1";

/** @throws OpsError fail: then the copy is as good as unmasked */
export async function maskCopy(
  server: Database,
  platform: MaskedPlatform,
  mask: Mask,
  progress: PhaseProgress,
): Promise<Masked> {
  const { content, leftOut } = await listDatabases(askNow(server));
  const shut = leftOut.filter(({ unread }) => unread).map(({ name }) => name);
  if (shut.length > 0)
    throw new OpsError("fail", `databases that let nobody in cannot be masked: ${shut.join(", ")}`);
  const names = [...content, TEMPLATE];
  await requireDeclared(server, platform, names);
  const done: Masked = {
    databases: names.length,
    tables: 0,
    columns: 0,
    rows: 0,
    values: 0,
    largeObjects: 0,
    emptied: [],
  };
  const session = (name: string): Promise<Session> => server.session(name);
  await within(server, server.maintenance, (one) => endWhatHolds(one, session));
  for (const name of names)
    await within(server, name, (one) => maskDatabase(one, name, platform, mask, done, progress));
  return done;
}

async function within<T>(server: Database, name: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await server.session(name);
  try {
    return await work(session);
  } catch (error) {
    throw refused(error, name);
  } finally {
    await session.close();
  }
}

/** What nobody has declared would stay as it is. */
async function requireDeclared(
  server: Database,
  platform: MaskedPlatform,
  names: readonly string[],
): Promise<void> {
  const problems: string[] = [];
  for (const name of names) {
    const declared = platform.databases.find(({ database }) => database === name);
    const found = await within(server, name, (session) => survey(session, declared, { trusted: true }));
    problems.push(
      ...[...found.problems, ...found.undeclared.map(showSuspect)].map((each) => `${name}: ${each}`),
    );
  }
  for (const { database } of platform.databases)
    if (!names.includes(database)) problems.push(`${database} is declared and does not exist`);
  if (problems.length === 0) return;
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : "";
  throw new OpsError("fail", `not masked: ${problems.slice(0, 5).join("; ")}${more}`, {
    expected: "every personal column declared, and every declared one there",
    todo: "see `ops data mask --check`; declare it in policies/data/masking.yaml",
  });
}

async function maskDatabase(
  session: Session,
  name: string,
  platform: MaskedPlatform,
  mask: Mask,
  done: Masked,
  progress: PhaseProgress,
): Promise<void> {
  const declared = platform.databases.find(({ database }) => database === name);
  for (const statement of QUIET) await session.query(statement);
  const { tables } = resolve(declared, await listMaskable(session));
  for (const each of tables) {
    const before = done.rows;
    const rewritten = await rewrite(session, each, mask, (rows) =>
      progress.update(before + rows, undefined, "rows"),
    );
    if (rewritten.unchanged.length > 0)
      throw new OpsError(
        "fail",
        `${qualified(each.table)} holds values as they were: ${rewritten.unchanged.join(", ")}`,
      );
    done.tables++;
    done.columns += each.masked.length;
    done.rows += rewritten.rows;
    done.values += rewritten.values;
  }
  if (declared?.largeObjects === undefined) done.largeObjects += await removeLargeObjects(session);
  done.emptied.push(...(await refreshViews(session)));
  await writeAnew(session);
}

/** Files of every database that was masked, once nothing changes any more. */
export async function filesOf(server: Database): Promise<OwnFiles[]> {
  const { content } = await listDatabases(askNow(server));
  const own: OwnFiles[] = [];
  for (const name of [...content, TEMPLATE]) own.push(await within(server, name, ownFiles));
  return own;
}
