// The place on the source that a rescued object is loaded into: new, marked while it is incomplete, removed when the load
// fails. Nothing that exists is ever loaded over, whatever proofs there are.
import { OpsError } from "../../core/errors";
import type { Core } from "../../core/tools";
import { literal, quote } from "../../postgres/fingerprint";
import { type LoadTarget, type ObjectName, showTarget } from "../../postgres/object-name";
import type { Database } from "../../postgres/port";

export interface Target extends LoadTarget {
  newDatabase: boolean;
}

const INCOMPLETE = "ops: being loaded, incomplete, since ";

/**
 * @throws OpsError proofs when it exists, usage when a schema is given for a whole database, unavailable
 */
export async function newTarget(source: Database, object: ObjectName, wanted: LoadTarget): Promise<Target> {
  if (!object.table && wanted.schema !== undefined) {
    throw new OpsError("usage", `--load-into ${showTarget(wanted)} for a whole database`, {
      expected: "a new database for a database; a new schema for a table",
    });
  }
  const [database] = await source.query<{ comment: string | null }>(
    source.maintenance,
    "select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1",
    [wanted.database],
  );
  if (!database) return { ...wanted, newDatabase: true };
  if (wanted.schema === undefined) throw exists(`database ${wanted.database}`, database.comment);
  const [schema] = await source.query<{ comment: string | null }>(
    wanted.database,
    "select obj_description(oid, 'pg_namespace') as comment from pg_namespace where nspname = $1",
    [wanted.schema],
  );
  if (schema) throw exists(`schema ${wanted.schema} of database ${wanted.database}`, schema.comment);
  return { ...wanted, newDatabase: false };
}

function exists(what: string, comment: string | null): OpsError {
  const left = comment?.startsWith(INCOMPLETE) === true;
  return new OpsError("proofs", `${what} exists on the source${left ? `: ${comment}` : ""}`, {
    expected: "a new database, or for a table a new schema: <database>.<schema>",
    todo: left
      ? "a load was interrupted there: inspect it and drop it"
      : "choose a name that is not in use; ops never overwrites data",
  });
}

export interface MadeTarget {
  /** Says that it is complete, and from what; after this it stays. */
  keep(from: string): Promise<void>;
  /** Removes it unless it is kept. */
  drop(): Promise<void>;
}

/**
 * @param like database on the copy whose encoding and collations a new one gets
 * @throws OpsError unavailable
 */
export async function makeTarget(
  context: Pick<Core, "clock" | "defer">,
  source: Database,
  target: Target,
  like: { copy: Database; database: string },
): Promise<MadeTarget> {
  const { database, schema, newDatabase } = target;
  const [place, kind, name] = newDatabase
    ? [source.maintenance, "database", quote(database)]
    : [database, "schema", quote(schema!)];
  const comment = (text: string): Promise<unknown> =>
    source.query(place, `comment on ${kind} ${name} is ${literal(text)}`);
  let kept = false;
  const drop = async (): Promise<void> => {
    if (kept) return;
    kept = true;
    await source.query(
      place,
      newDatabase ? `drop database ${name} with (force)` : `drop schema ${name} cascade`,
    );
  };
  await source.query(place, newDatabase ? await createDatabase(like, name) : `create schema ${name}`);
  context.defer(`drop ${kind} ${name}`, drop);
  await comment(`${INCOMPLETE}${context.clock.now().toISOString()}`);
  // Unmasked personal data: every new database is otherwise open to every role.
  if (newDatabase) await source.query(place, `revoke all on database ${name} from public`);
  return {
    drop,
    async keep(from) {
      await comment(`ops: restored ${from}`);
      kept = true;
    },
  };
}

/** The statement that makes a database with the encoding and collations of another one. */
export async function createDatabase(
  like: { copy: Database; database: string },
  name: string,
): Promise<string> {
  const [row] = await like.copy.query<{ d: Record<string, string | null>; encoding: string }>(
    like.copy.maintenance,
    "select to_jsonb(d) as d, pg_encoding_to_char(encoding) as encoding from pg_database d where datname = $1",
    [like.database],
  );
  const d = row!.d;
  // PostgreSQL 17 renamed daticulocale.
  const icu = d.daticulocale ?? d.datlocale;
  const options = [
    "template template0",
    `encoding ${literal(row!.encoding)}`,
    `lc_collate ${literal(d.datcollate ?? "C")}`,
    `lc_ctype ${literal(d.datctype ?? "C")}`,
    ...(d.datlocprovider === "i" && icu ? ["locale_provider icu", `icu_locale ${literal(icu)}`] : []),
  ];
  return `create database ${name} ${options.join(" ")}`;
}
