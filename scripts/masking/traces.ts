// What is left of old values once rows are rewritten: dead rows, statistics, large objects, materialized views, WAL, logs, files
// that nothing refers to any more. Pure but for the session and the container that it is given.
import { OpsError } from "../core/errors";
import type { Container } from "../isolation/port";
import { literal, qualified } from "../postgres/fingerprint";
import type { Session } from "../postgres/port";

/** Locks that one transaction may take: each large object is locked. */
const LARGE_OBJECTS_AT_ONCE = 500;

/** @returns how many there were */
export async function removeLargeObjects(session: Session): Promise<number> {
  for (let removed = 0; ; ) {
    const [row] = await session.query<{ n: string }>(
      `select count(lo_unlink(oid))::text as n from (select oid from pg_largeobject_metadata limit ${LARGE_OBJECTS_AT_ONCE}) as few`,
    );
    if (row?.n === "0") return removed;
    removed += Number(row?.n);
  }
}

/**
 * Computed anew from masked rows, in the order in which they were made; what cannot be is emptied.
 * @returns names of those
 */
export async function refreshViews(session: Session): Promise<string[]> {
  const views = await session.query<{ schema: string; name: string }>(
    `select n.nspname::text as schema, c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'm' and c.relispopulated order by c.oid`,
  );
  const emptied: string[] = [];
  for (const view of views) {
    try {
      await session.query(`refresh materialized view ${qualified(view)}`);
    } catch (error) {
      if (error instanceof OpsError) throw error;
      await session.query(`refresh materialized view ${qualified(view)} with no data`);
      emptied.push(qualified(view));
    }
  }
  return emptied;
}

/** What keeps dead rows alive, in any database of the cluster. */
export async function endWhatHolds(
  session: Session,
  others: (database: string) => Promise<Session>,
): Promise<void> {
  await session.query("select pg_drop_replication_slot(slot_name) from pg_replication_slots");
  const prepared = await session.query<{ database: string; gid: string }>(
    "select database::text as database, gid from pg_prepared_xacts",
  );
  for (const { database, gid } of prepared) {
    const other = await others(database);
    await other.query(`rollback prepared ${literal(gid)}`).finally(() => other.close());
  }
}

/** Every table and index is written anew, without dead rows and dropped columns; statistics are of pseudonyms afterwards. */
export async function writeAnew(session: Session): Promise<void> {
  await session.query("delete from pg_statistic");
  await session.query("delete from pg_statistic_ext_data");
  await session.query("vacuum (full)");
  await session.query("analyze");
}

/** Files that relations have, of one database; whatever else lies beside them is a leftover. */
export interface OwnFiles {
  database: string;
  /** Filenodes. */
  files: ReadonlySet<string>;
}

export async function ownFiles(session: Session): Promise<OwnFiles> {
  const [row] = await session.query<{ oid: string; files: string[] }>(
    `select (select oid::text from pg_database where datname = current_database()) as oid,
            array(select pg_relation_filenode(oid)::text from pg_class where pg_relation_filenode(oid) is not null) as files`,
  );
  return { database: row!.oid, files: new Set(row!.files) };
}

/** What a data directory has of its own, and the settings of whoever made it. Logs, dumps, keys and the rest go. */
const KEPT =
  "PG_VERSION base global pg_commit_ts pg_dynshmem pg_logical pg_multixact pg_notify pg_replslot pg_serial pg_snapshots pg_stat pg_stat_tmp pg_subtrans pg_tblspc pg_twophase pg_wal pg_xact conf.d ops-source-settings";

/** Inside the container, as the copy's own user, of a server that was stopped cleanly. */
const CLEAN = `cd -- "$1" || exit 1
for name in * .[!.]*; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  case " ${KEPT} " in *" $name "*) continue;; esac
  case "$name" in *.conf) continue;; esac
  rm -rf -- "$name" || exit 1
done
find pg_stat pg_stat_tmp pg_replslot pg_snapshots pg_logical/mappings pg_logical/snapshots -mindepth 1 -delete || exit 1
find pg_wal/ -maxdepth 1 -type f ! -name '*.history' ! -name '????????????????????????' -delete || exit 1
find -L base pg_tblspc -depth -name 'pgsql_tmp*' -exec rm -rf -- {} + || exit 1
"$2" -D . >/dev/null || exit 1`;

const LIST = `cd -- "$1" && find -L base pg_tblspc -type f -path '*/[0-9]*/*' -printf '%p\\0'`;
const REMOVE = `cd -- "$1" && xargs -0 --no-run-if-empty rm -f --`;

/**
 * @param own of every database that was looked at
 * @returns how many files of no relation there were. @throws OpsError fail
 */
export async function removeTraces(
  container: Container,
  directory: string,
  resetwal: string,
  own: readonly OwnFiles[],
): Promise<number> {
  const listed = await shell(container, LIST, [directory]);
  const leftover = listed.split("\0").filter((file) => isLeftover(file, own));
  await shell(container, REMOVE, [directory], leftover.map((file) => `${file}\0`).join(""));
  await shell(container, CLEAN, [directory, resetwal]);
  return leftover.length;
}

/** `base/16384/16399_fsm.1` is of filenode 16399 in database 16384. Pure. */
export function isLeftover(file: string, own: readonly OwnFiles[]): boolean {
  const [, database, name] = /\/(\d+)\/([^/]+)$/.exec(file) ?? [];
  if (database === undefined || name === undefined) return false;
  const known = own.find((each) => each.database === database);
  if (!known || /^(PG_VERSION|pg_filenode\.map|pg_internal\.init)$/.test(name)) return false;
  const [, node] = /^(\d+)(?:_(?:fsm|vm|init))?(?:\.\d+)?$/.exec(name) ?? [];
  return node === undefined || !known.files.has(node);
}

async function shell(
  container: Container,
  text: string,
  args: readonly string[],
  input = "",
): Promise<string> {
  const result = await container.run("/bin/sh", ["-c", text, "sh", ...args], { input, env: { LC_ALL: "C" } });
  if (result.exitCode === 0) return result.stdout;
  throw new OpsError(
    "fail",
    `traces of the values before cannot be removed: ${result.stderr.trim().slice(0, 200)}`,
    {
      expected: "a data directory that the copy's own user may write",
      todo: "restore again; if it repeats, look at the owner and mode of the files in the backup",
    },
  );
}
