// `ops restore` masks what people will read: values that nobody could overlook are planted wherever a database keeps anything, and not
// one byte of them is in the directory that is handed over.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MaskedPlatform, MaskedTable } from "../../policies/data/masking";
import { backUpAndRecord } from "../../scripts/backup/backup";
import type { Context } from "../../scripts/context";
import type { Outcome } from "../../scripts/core/outcome";
import dataJob from "../../scripts/jobs/data";
import platformJob from "../../scripts/jobs/platform";
import restoreJob from "../../scripts/jobs/restore";
import { type RealContext, realContext } from "../e2e/context";

const PHONE = "13987650001";
const DEAD_PHONE = "13987650002";
const DELETED_PHONE = "13987650003";
const ID = "11010519491231002X";
const MAIL = "very.recognisable@planted-mail.cn";
const NAME = "独孤植入测";
const CARD = "6222020111122220009";
const OPENID = "oPLANTEDjqs9BhvzwPj5A-vTYAX3";
const TOAST = "PLANTED-IN-TOAST";
const COMPRESSED = "PLANTED-AND-COMPRESSED ";
const DROPPED = "PLANTED-IN-A-DROPPED-COLUMN";
const OBJECT = "PLANTED-IN-A-LARGE-OBJECT";
const LOGGED = "PLANTED-IN-A-LOG";
const ORPHAN = "PLANTED-IN-A-FILE-OF-NOBODY";
const PLANTED = [
  PHONE,
  DEAD_PHONE,
  DELETED_PHONE,
  ID,
  MAIL,
  NAME,
  CARD,
  OPENID,
  TOAST,
  COMPRESSED,
  DROPPED,
  OBJECT,
  LOGGED,
  ORPHAN,
];

const PLANT = `
  insert into learning.learners (id, name, phone, id_number, email, registered_at)
    values (900001, '${NAME}', '${PHONE}', '${ID}', '${MAIL}', now()), (900002, '${NAME}', '${DEAD_PHONE}', '${ID}', 'b${MAIL}', now()),
           (900003, '${NAME}', '${DELETED_PHONE}', '${ID}', 'c${MAIL}', now());
  update learning.learners set phone = '10000000000' where id = 900002;
  delete from learning.learners where id = 900003;
  create table learning.planted (
    id bigint generated always as identity primary key, phone varchar(11) unique, card text, openid text, long text, zipped text,
    contacts jsonb, phones text[], secret text, area text generated always as (left(phone, 3)) stored);
  alter table learning.planted alter long set storage external;
  insert into learning.planted (phone, card, openid, long, zipped, contacts, phones, secret)
    select '${PHONE}', '${CARD}', '${OPENID}', repeat('${TOAST}', 5000), repeat('${COMPRESSED}', 5000),
           '{"list": [{"phone": "${PHONE}", "n": 12345678901234567890}], "mail": "${MAIL}"}', array['${PHONE}', null], '${DROPPED}';
  alter table learning.planted drop secret;
  create table learning.dense (code text primary key);
  insert into learning.dense select lpad(g::text, 3, '0') from generate_series(0, 999) g;
  create table learning.audit (what text);
  create function learning.keep() returns trigger language plpgsql as
    $$ begin insert into learning.audit values (old.phone); return null; end $$;
  create trigger keep after update or delete on learning.planted for each row execute function learning.keep();
  alter table learning.planted enable always trigger keep;
  create materialized view learning.phones as select phone, name from learning.learners;
  create index on learning.planted (upper(card));
  create function learning.same(text) returns text language plpgsql immutable as $$ begin return $1; end $$;
  create table learning.hazardous (a text);
  insert into learning.hazardous values ('${MAIL}');
  create index on learning.hazardous (learning.same(a));
  create statistics learning.both on phone, name from learning.learners;
  select lo_from_bytea(0, '${OBJECT}');
  analyze;`;

const MORE: MaskedTable[] = [
  {
    table: "learning.planted",
    columns: {
      phone: "mobile",
      card: "bank-card",
      openid: "wechat-openid",
      long: "free-text",
      zipped: "free-text",
      contacts: { json: { "list[].phone": "mobile", mail: "mail" } },
      phones: { elements: "mobile" },
      area: { plain: "first digits of a pseudonym" },
    },
  },
  { table: "learning.dense", columns: { code: "code" } },
  { table: "learning.hazardous", columns: { a: "mail" } },
];

let real: RealContext;
let base = "";
const deferred: (() => Promise<void>)[] = [];

/** What the sandbox declares, and what is planted. */
function contextWith(more: readonly MaskedTable[], defer = true): Context {
  const declared = real.context.masking.declared() as MaskedPlatform;
  const databases = declared.databases.map((each) => ({ ...each, tables: [...each.tables, ...more] }));
  return {
    ...real.context,
    masking: { ...real.context.masking, declared: () => ({ ...declared, databases }) },
    ...(defer ? { defer: (_: string, cleanUp: () => Promise<void>) => deferred.push(cleanUp) } : {}),
  };
}

async function restore(
  context: Context,
  args: Partial<Parameters<typeof restoreJob.run>[1]>,
): Promise<Outcome> {
  try {
    return await restoreJob.run(context, { to: "latest", timeout: 600, ...args });
  } finally {
    for (const cleanUp of deferred.splice(0).reverse()) await cleanUp();
  }
}

const failed = (outcome: Outcome): string[] =>
  outcome.checks.filter(({ verdict }) => verdict === "fail").map(({ name, detail }) => `${name}: ${detail}`);

/** Files that hold any of the texts, by grep. */
function holding(directory: string, texts: readonly string[]): string[] {
  try {
    const args = ["-rlaF", ...texts.flatMap((text) => ["-e", text]), directory];
    return execFileSync("grep", args, { encoding: "utf8" }).trim().split("\n");
  } catch {
    return [];
  }
}

/** A copy that was handed over, started as whoever gets it would. */
async function started<T>(data: string, work: (socket: string) => Promise<T>): Promise<T> {
  const { context } = real;
  const bin = path.dirname(await context.host.program("postgres"));
  const socket = mkdtempSync(path.join(base, "s-"));
  chmodSync(socket, 0o777);
  const hba = path.join(base, "hba");
  writeFileSync(hba, "local all all trust\n");
  const options = `-k ${socket} -c listen_addresses= -c hba_file=${hba} -c shared_preload_libraries=`;
  const user = context.platform.backups.osUser;
  const ctl = (...args: string[]) =>
    context.host.run(path.join(bin, "pg_ctl"), ["-D", data, ...args], { user });
  expect((await ctl("-w", "-l", path.join(socket, "log"), "-o", options, "start")).exitCode).toBe(0);
  try {
    return await work(socket);
  } finally {
    await ctl("-m", "fast", "-w", "stop");
  }
}

/** Rows of a table of such a copy. */
const dumped = (data: string, table: string): Promise<string> =>
  started(data, async (socket) => {
    const { port, user } = real.context.platform.database;
    const pg_dump = await real.context.host.program("pg_dump");
    const args = ["-h", socket, "-p", String(port), "-U", user, "-t", table, "--data-only", "learning"];
    return execFileSync(pg_dump, args, { encoding: "utf8" });
  });

beforeAll(async () => {
  real = await realContext();
  base = mkdtempSync("/tmp/opsk-");
  chmodSync(base, 0o755);
  const { context } = real;
  await context.sandbox!.prepare({ scale: 0.02 });
  const source = context.servers.source(context.platform, "change");
  await source.query("learning", PLANT);
  // A server that crashed while it made a table leaves its file behind.
  await source.query("learning", `create table learning.orphan as select '${ORPHAN}' as what; checkpoint`);
  const [row] = await source.query<{ file: string }>(
    "learning",
    "select pg_relation_filepath('learning.orphan') as file",
  );
  const data = context.platform.database.dataDirectory!;
  mkdirSync(path.join(data, "log"), { recursive: true });
  writeFileSync(path.join(data, "log/postgresql-Mon.log"), `DETAIL: ${LOGGED}\n`);
  const orphan = path.join(data, path.dirname(row!.file), "999999");
  copyFileSync(path.join(data, row!.file), orphan);
  await source.query("learning", "drop table learning.orphan");
  execFileSync("chown", ["-R", `${context.platform.backups.osUser}:`, path.join(data, "log"), orphan]);
  await backUpAndRecord(context, "full");
}, 120_000);
afterAll(async () => {
  await real.close();
  rmSync(base, { recursive: true, force: true });
});

describe("a copy that people will read", () => {
  let into = "";

  it("is restored, compared, and then masked", async () => {
    into = path.join(base, "copy");
    const outcome = await restore(contextWith(MORE), { into });
    expect(failed(outcome)).toEqual([]);
    for (const name of ["content", "masked", "masked-traces", "amcheck", "page-checksums"])
      expect(outcome.checks.find((check) => check.name === name)).toMatchObject({ verdict: "pass" });
    expect(outcome.facts.masking).toMatchObject({ masked: true });
    expect(JSON.stringify(outcome)).not.toMatch(new RegExp(PLANTED.join("|")));
    expect(outcome.summary).toMatch(/Contents {4}masked/);
  }, 120_000);

  it("holds not one byte of what was planted; an unmasked one does", () => {
    expect(readdirSync(path.join(into, "data"))).toContain("PG_VERSION");
    expect(holding(into, PLANTED)).toEqual([]);
    const source = real.context.platform.database.dataDirectory!;
    for (const text of PLANTED.filter((each) => each !== COMPRESSED))
      expect(holding(source, [text])).not.toEqual([]);
  });

  it("has kept its form, its joins and its key outside", async () => {
    const { context } = real;
    const { port, user } = context.platform.database;
    await started(path.join(into, "data"), async (socket) => {
      const rows = async <T>(sql: string): Promise<T[]> => {
        const { Client } = await import("pg");
        const client = new Client({ host: socket, port, user, database: "learning" });
        await client.connect();
        try {
          return (await client.query(sql)).rows as T[];
        } finally {
          await client.end();
        }
      };
      const [one] = await rows<Record<string, unknown>>(
        `select p.phone, p.card, p.openid, p.contacts, p.phones, p.area, length(p.long) as long, length(p.zipped) as zipped,
                p.long ~ 'PLANTED' or p.zipped ~ 'PLANTED' as left_over, l.phone as same, l.email
           from learning.planted p join learning.learners l on l.id = 900001`,
      );
      expect(one).toMatchObject({
        long: TOAST.length * 5000,
        zipped: COMPRESSED.length * 5000,
        left_over: false,
      });
      // The same number in a column, an array and JSON, and in two tables.
      const phone = one!.phone as string;
      expect(one).toMatchObject({ same: phone, phones: [phone, null], area: phone.slice(0, 3) });
      expect(one!.contacts).toMatchObject({ list: [{ phone }], mail: one!.email });
      const [counts] = await rows<Record<string, number>>(
        `select (select count(*) from learning.dense)::int as dense, (select count(*) from learning.audit)::int as audited,
                (select count(*) from pg_largeobject_metadata)::int as objects,
                (select count(*) from learning.sms_messages)::int as messages,
                (select count(*) from learning.sms_messages m join learning.learners l on l.id = m.learner_id and l.phone = m.phone)::int as joined,
                (select count(*) from learning.learners)::int as learners,
                (select count(*) from learning.phones p join learning.learners using (phone, name))::int as viewed`,
      );
      expect(counts).toMatchObject({ dense: 1000, audited: 0, objects: 0 });
      expect(counts!.messages).toBeGreaterThan(1000);
      expect(counts).toMatchObject({ joined: counts!.messages, viewed: counts!.learners });
      expect(await rows("select from pg_temp.ops_rows").catch(() => "gone")).toBe("gone");
      const [trigger] = await rows<{ state: string }>(
        "select tgenabled::text as state from pg_trigger where tgname = 'keep'",
      );
      expect(trigger).toEqual({ state: "A" });
    });
    const key = path.join(real.home, "keys/masking-sandbox.key");
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const secret = (await context.masking.key()).toString("hex");
    expect(holding(into, [secret])).toEqual([]);
  }, 120_000);

  it("is not kept where something personal is not declared", async () => {
    const place = path.join(base, "undeclared");
    const outcome = await restore(contextWith([]), { into: place });
    expect(failed(outcome).join("\n")).toMatch(
      /masked: not masked: learning: .*learning\.planted\.phone looks like mobile by its name/,
    );
    expect(outcome.facts.masking).toMatchObject({ masked: false });
    expect(outcome.summary).not.toContain("To use it");
    expect(readdirSync(base)).not.toContain("undeclared");
  }, 120_000);

  it("one table is taken out of it masked", async () => {
    const place = path.join(base, "one");
    const outcome = await restore(contextWith(MORE), { into: place, only: "learning.learning.learners" });
    expect(failed(outcome)).toEqual([]);
    const pg_restore = await real.context.host.program("pg_restore");
    const text = execFileSync(pg_restore, ["-f", "-", path.join(place, "learning.learning.learners.dump")], {
      encoding: "utf8",
    });
    expect(text).toContain("@masked.invalid");
    for (const each of [PHONE, ID, MAIL, NAME]) expect(text).not.toContain(each);
  }, 120_000);
});

describe("an unmasked copy", () => {
  const phrase = "show personal data of sandbox in sandbox";

  it.each([
    [{ unmasked: "yes", reason: "because" }, 'not "show personal data of sandbox in sandbox"'],
    [{ unmasked: phrase }, "--reason is missing"],
  ])("needs both proofs: %o", async (args, says) => {
    await expect(
      restore(contextWith(MORE), { into: path.join(base, "refused"), ...args }),
    ).rejects.toMatchObject({
      exit: "proofs",
      message: expect.stringContaining(says),
    });
  });

  it("is what it was, and evidence says who wanted it why", async () => {
    const into = path.join(base, "unmasked");
    const outcome = await restore(contextWith(MORE), { into, unmasked: phrase, reason: "court order 7" });
    expect(failed(outcome)).toEqual([]);
    expect(outcome.facts.masking).toEqual({ masked: false, reason: "court order 7" });
    expect(outcome.summary).toMatch(/Contents {4}unmasked personal data/);
    expect(holding(into, [PHONE])).not.toEqual([]);
  }, 120_000);

  it("where nothing is declared nothing is restored without them", async () => {
    const context = { ...contextWith(MORE), masking: { ...real.context.masking, declared: () => undefined } };
    await expect(restore(context, { into: path.join(base, "nothing") })).rejects.toMatchObject({
      exit: "config",
    });
    expect(readdirSync(base)).not.toContain("nothing");
  });
});

describe("`ops data mask --check`", () => {
  const check = (context: Context): Promise<Outcome> =>
    dataJob.subcommands.mask.run(context, { check: true });
  const verdicts = (outcome: Outcome) =>
    Object.fromEntries(outcome.checks.map(({ name, verdict }) => [name, verdict]));

  it("passes where everything is declared, with the rights of a reader; what it must not read is named", async () => {
    const grant = { role: "ops_reader", "hold-writers": false, apply: true };
    await platformJob.subcommands.grant.run(real.context, grant);
    const { platform } = real.context;
    const reader = { ...platform, database: { ...platform.database, user: "ops_reader" } };
    const declared = MORE.filter(({ table }) => table !== "learning.hazardous");
    for (const [more, seen] of [
      [MORE, "pass"],
      [declared, "inconclusive"],
    ] as const) {
      const outcome = await check({ ...contextWith(more), platform: reader });
      expect(outcome.checks.map(({ detail }) => detail).join("\n")).toMatch(
        seen === "pass"
          ? /none that looks personal/
          : /"learning"."hazardous": reading it may run code of theirs/,
      );
      expect(verdicts(outcome)).toEqual({
        "personal-columns-declared": "pass",
        "declared-columns-exist": "pass",
        "everything-looked-at": seen,
      });
    }
  }, 120_000);

  it("names what is undeclared and what is gone, and shows no value", async () => {
    const gone: MaskedTable[] = [
      { table: "learning.nothing", columns: { a: "name" } },
      {
        table: "learning.planted",
        columns: { id: "wechat-openid", contacts: "free-text", long: { json: { a: "name" } } },
      },
    ];
    const outcome = await check(contextWith(gone));
    expect(verdicts(outcome)).toMatchObject({
      "personal-columns-declared": "fail",
      "declared-columns-exist": "fail",
    });
    expect(outcome.facts).toMatchObject({
      undeclared: expect.arrayContaining([
        "learning: learning.planted.phone looks like mobile by its name",
        "learning: learning.planted.phones looks like free-text-numbers by its values",
      ]),
      problems: expect.arrayContaining([
        "learning: learning.nothing is declared and does not exist",
        'learning: "learning"."planted".contacts is jsonb, which cannot be masked as free-text',
        'learning: "learning"."planted".long is text, declared as json',
      ]),
    });
    expect(JSON.stringify(outcome)).not.toMatch(new RegExp(PLANTED.join("|")));
  }, 120_000);

  it("without --check it shows what is declared, and asks nobody", async () => {
    const nobody = { ...real.context, servers: undefined as never };
    const outcome = await dataJob.subcommands.mask.run(nobody, { check: false });
    expect(outcome.summary).toMatch(/learning\.learners +│ id_number +│ national-id/);
    const missing = { ...nobody, masking: { ...real.context.masking, declared: () => undefined } };
    await expect(dataJob.subcommands.mask.run(missing, { check: false })).rejects.toMatchObject({
      exit: "config",
    });
  });
});

describe("`ops data forget`", () => {
  const TABLE = "learning.learning.learners";
  const forget = (args: Record<string, string>): Promise<Outcome> =>
    dataJob.subcommands.forget.run(contextWith(MORE), {
      table: TABLE,
      key: "900001",
      reason: "request 2026-17",
      ...args,
    });

  it.each([
    [{ key: PHONE }, "usage", /--key is no row/],
    [{ key: NAME }, "usage", /--key is no row/],
    [{ key: "1 or true" }, "usage", /--key is no row/],
    [{ reason: `asked by ${PHONE}` }, "usage", /looks personal/],
    [{ table: "learners" }, "usage", /--table learners/],
    [{ table: "learning.learning.courses" }, "config", /no table of people/],
  ])("refuses %o", async (args, exit, says) => {
    await expect(forget(args)).rejects.toMatchObject({ exit, message: expect.stringMatching(says) });
  });

  it("a copy of a time before has the row no more, nor what depends on it; one of nobody is untouched", async () => {
    const { context } = real;
    const source = context.servers.source(context.platform, "change");
    await source.query(
      "learning",
      `insert into learning.orders (id, learner_id, course_id, amount, status, created_at) values (900001, 900001, 1, 5, 'paid', now());
       insert into learning.payments (id, order_id, amount, channel, transaction_number, paid_at) values (900001, 900001, 5, 'wechat', 'T-900001', now());
       insert into learning.invoices (id, payment_id, title, amount, issued_at) values (900001, 900001, '${NAME}', 5, now());
       insert into learning.sms_messages (learner_id, phone, template, body, sent_at) values (900001, '${PHONE}', 'x', '${NAME}', now())`,
    );
    await backUpAndRecord(context, "incr");
    const wanted = await forget({});
    expect(wanted.facts).toMatchObject({
      forget: { database: "learning", table: "learning.learners", key: "900001" },
    });
    await real.record(contextWith(MORE), "data", wanted);
    const into = path.join(base, "forgotten");
    const args = { into, unmasked: "show personal data of sandbox in sandbox", reason: "a test" };
    const outcome = await restore(contextWith(MORE), args);
    expect(failed(outcome)).toEqual([]);
    expect(outcome.checks.find(({ name }) => name === "forgotten")).toMatchObject({
      verdict: "pass",
      // The sandbox's work has given the learner more of everything meanwhile.
      detail: expect.stringMatching(
        /^1 requests carried out again: [1-9]\d* rows deleted, [1-9]\d* masked for good$/,
      ),
    });
    // The name was 900002's too, who did not ask; the number and the mail were nobody else's.
    const tables = path.join(into, "data/base");
    const pg_dump = async (table: string): Promise<string> => dumped(path.join(into, "data"), table);
    expect(readdirSync(tables).length).toBeGreaterThan(2);
    const learners = await pg_dump("learning.learners");
    expect(learners).not.toContain(`\t${PHONE}\t`);
    expect(learners).toMatch(new RegExp(`^900002\\t${NAME}\\t`, "m"));
    expect(learners).toMatch(/^900001\t/m);
    expect(await pg_dump("learning.sms_messages")).not.toContain(PHONE);
    expect(await pg_dump("learning.invoices")).not.toContain(NAME);
    expect(/^900001\t900001\t/m.test(await pg_dump("learning.orders"))).toBe(true);
  }, 150_000);

  it("where its declaration does not fit, nothing is handed over", async () => {
    const context = contextWith(MORE);
    const declared = context.masking.declared()!;
    const databases = declared.databases.map((each) => ({
      ...each,
      forget: [{ table: "learning.learners", how: "delete" as const }],
    }));
    const other = {
      ...context,
      masking: { ...context.masking, declared: () => ({ ...declared, databases }) },
    };
    const into = path.join(base, "dangling");
    const outcome = await restore(other, { into });
    expect(failed(outcome).join("\n")).toMatch(/forgotten: .*still points at a row of "learning"."learners"/);
    expect(outcome.summary).toMatch(/not handed over: somebody who asked to be deleted/);
    expect(readdirSync(base)).not.toContain("dangling");
  }, 120_000);
});

describe("`--over-source`", () => {
  it("recovers the source as it was, unmasked, but for who asked to be deleted", async () => {
    const context = contextWith(MORE);
    const { platform, host } = context;
    const data = platform.database.dataDirectory!;
    const user = platform.backups.osUser;
    const run = async (name: string, ...args: string[]) =>
      host.run(await host.program(name), ["-D", data, ...args], { user });
    const control = await run("pg_controldata");
    const overSource = /system identifier:\s+(\d+)/.exec(control.stdout)![1]!;
    expect((await run("pg_ctl", "-m", "fast", "-w", "stop")).exitCode).toBe(0);
    // As where PostgreSQL's own account owns what its data lie in; the sandbox's belongs to whoever made it.
    execFileSync("chown", [user, path.dirname(data)]);
    const outcome = await restore(context, { overSource, phrase: "replace sandbox in sandbox" });
    expect(failed(outcome)).toEqual([]);
    expect(outcome.summary).toMatch(/In place/);
    expect(outcome.facts.masking).toEqual({ masked: false, reason: "it recovers the source" });
    expect(outcome.checks.find(({ name }) => name === "forgotten")).toMatchObject({ verdict: "pass" });
    expect(outcome.checks.map(({ name }) => name)).not.toContain("masked");
    expect((await run("pg_ctl", "-w", "-l", "/dev/null", "start")).exitCode).toBe(0);
    const rows = await context.servers
      .source(platform)
      .query("learning", "select id::int, phone, name from learning.learners where id > 900000 order by id");
    expect(rows[1]).toMatchObject({ id: 900002, name: NAME });
    expect(rows[0]).not.toMatchObject({ phone: PHONE });
    expect(rows[0]).not.toMatchObject({ name: NAME });
  }, 150_000);
});
