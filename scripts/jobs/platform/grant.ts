// `ops platform grant`: the role that reading needs, printed as SQL, or made.
import { OpsError } from "../../core/errors";
import { judge } from "../../core/finding";
import { connectCommand, holdsControls } from "../../core/text/pasted";
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";
import { contentDatabases } from "../../postgres/databases";
import { beyondGrants, type Grants, grantsOf } from "../../postgres/grants";
import type { Database } from "../../postgres/port";

export default defineCommand({
  summary: "Print, or with --apply make, the role that every reading job needs on the source",
  arguments: {
    role: {
      kind: "text",
      value: "name",
      pattern: { form: /^[a-z_][a-z0-9_]{0,62}$/, expected: "a role's name: a-z, 0-9 and _, at most 63" },
      default: "ops_reader",
      description: "name of the role",
    },
    "hold-writers": {
      kind: "flag",
      description: "let it hold writers for up to 100 ms; before PostgreSQL 17 that is the right to write",
    },
    apply: {
      kind: "flag",
      description: "make it, connected as the platform's `database.user`; otherwise nothing is changed",
    },
  },
  examples: [
    { command: "ops platform grant --platform sandbox", what: "Print what a superuser would run." },
    { command: "ops platform grant --platform sandbox --role ops_reader --apply", what: "Make the role." },
  ],
  plan: async ({ platform }, { role, apply }) => [
    `ask ${platform.name} for its version and its databases`,
    apply
      ? `make the role ${role} and grant it what reading needs`
      : "print the statements; nothing is changed",
  ],
  async run(context, { role, apply, "hold-writers": holdWriters }) {
    const source = context.servers.source(context.platform, apply ? "change" : "read");
    const databases = [...new Set([source.maintenance, ...(await contentDatabases(source))])];
    const version = await source.major();
    const grants = grantsOf({ role, version, databases, holdWriters });
    // What is printed is piped into psql, or pasted: by a superuser.
    const printed = databases.filter((name) => !holdsControls(name));
    const script = [
      scriptOf(printed, grantsOf({ role, version, databases: printed, holdWriters })),
      ...databases.filter(holdsControls).map(leftOutOfScript),
      ...beyondGrants(version).map((line) => `-- ${line}`),
    ];
    // Not by the name `cluster`, under which evidence says what a run was about.
    const facts = { role, version, databases, once: grants.cluster, inEach: grants.database };
    if (!apply)
      return viewOnly({
        record: false,
        summary: [...script, "-- nothing was changed; --apply runs it"].join("\n"),
        json: facts,
      });
    await make(source, databases, role, grants);
    const missing = await missingOf(source, databases, role);
    return {
      checks: [
        {
          name: "role-can-read",
          ...judge(missing, `${role} may read ${databases.length} databases, and write none`),
        },
      ],
      measurements: [],
      artifacts: [],
      facts,
      summary: [
        ...script,
        `-- set \`database.user: ${role}\` in the platform file, and a password by \\password`,
      ].join("\n"),
    };
  },
});

/** What the server says that the role lacks, or has too much. */
async function missingOf(source: Database, databases: readonly string[], role: string): Promise<string[]> {
  const lacks: string[] = [];
  for (const database of databases) {
    const [row] = await source.query<{ reads: boolean; marks: boolean; rules: boolean }>(
      database,
      `select pg_has_role($1, 'pg_read_all_data', 'usage') and has_database_privilege($1, current_database(), 'connect') as reads,
              has_function_privilege($1, 'pg_create_restore_point(text)', 'execute') as marks,
              (select rolsuper or rolcreaterole or rolcreatedb or rolreplication from pg_roles where rolname = $1) as rules`,
      [role],
    );
    if (!row?.reads) lacks.push(`${role} cannot read ${database}`);
    if (!row?.marks) lacks.push(`${role} cannot write a restore point in ${database}`);
    if (row?.rules !== false) lacks.push(`${role} has rights of an administrator`);
  }
  return lacks;
}

/** The role exists afterwards with all that it needs, or not at all. */
async function make(
  source: Database,
  databases: readonly string[],
  role: string,
  grants: Grants,
): Promise<void> {
  const there = await source.query(source.maintenance, "select from pg_roles where rolname = $1", [role]);
  if (there.length > 0)
    throw new OpsError("usage", `a role ${role} exists already`, {
      expected: "the name of a role that is to be made",
      todo: "name another with --role, or run what is missing of the printed statements by hand",
    });
  await source.query(source.maintenance, `begin; ${grants.cluster.join("; ")}; commit`);
  for (const database of databases)
    await source.query(database, `begin; ${grants.database.join("; ")}; commit`);
}

function leftOutOfScript(name: string): string {
  return `-- not for the database ${JSON.stringify(name)}: its name holds a line break or the like, after which psql would run what it says; --apply grants there too`;
}

function scriptOf(databases: readonly string[], { cluster, database }: Grants): string {
  const lines = [...cluster.map((line) => `${line};`)];
  for (const name of databases) lines.push(connectCommand(name), ...database.map((line) => `${line};`));
  return lines.join("\n");
}
