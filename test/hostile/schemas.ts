// Random schemas of a role that means harm: types, casts, functions, operators, indexes and policies of its own, each of which tells
// when it runs with a superuser's rights. Everything is made by that role alone, as any application's owner can.

/** What a canary writes to the server's log when a superuser calls it. */
export const CANARY = "CANARY";

export type Random = () => number;

/** Repeatable: mulberry32. */
export function randomFrom(seed: number): Random {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Type {
  name: string;
  /** An expression of this type; another one when `other`. */
  value(other: boolean): string;
  /** Casts of domains are ignored by PostgreSQL, of the others they are not. */
  castable: boolean;
  ordered: boolean;
}

/** Body of a function that tells, then returns what is given. */
function body(what: string, result: string): string {
  return `$c$ begin if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    raise log '${CANARY} %', '${what}'; end if; return ${result}; end $c$`;
}

function baseTypes(s: string): Type[] {
  const int = (other: boolean): string => (other ? "2" : "1");
  return [
    {
      name: `${s}.acl_pair`,
      value: (o) => `row(null, ${int(o)})::${s}.acl_pair`,
      castable: true,
      ordered: false,
    },
    { name: `${s}.pair`, value: (o) => `row(${int(o)}, 'x')::${s}.pair`, castable: true, ordered: true },
    {
      name: `${s}.nested`,
      value: (o) => `row(row(${int(o)}, 'x')::${s}.pair, true)::${s}.nested`,
      castable: true,
      ordered: true,
    },
    { name: `${s}.mood`, value: (o) => `'${o ? "sad" : "glad"}'::${s}.mood`, castable: true, ordered: true },
    {
      name: `${s}.pair_domain`,
      value: (o) => `row(${int(o)}, 'x')::${s}.pair::${s}.pair_domain`,
      castable: false,
      ordered: true,
    },
    {
      name: `${s}.mood_domain`,
      value: (o) => `'${o ? "sad" : "glad"}'::${s}.mood::${s}.mood_domain`,
      castable: false,
      ordered: true,
    },
    { name: `${s}.int_domain`, value: (o) => `${int(o)}::${s}.int_domain`, castable: false, ordered: true },
    {
      name: `${s}.text_domain`,
      value: (o) => `'${int(o)}'::${s}.text_domain`,
      castable: false,
      ordered: true,
    },
    {
      name: `${s}.pairs`,
      value: (o) => `${s}.pairs(row(0, '')::${s}.pair, row(${int(o)}, 'x')::${s}.pair)`,
      castable: true,
      ordered: true,
    },
  ];
}

const TARGETS = [
  "text",
  "int4",
  "int8",
  "bytea",
  "json",
  "jsonb",
  "varchar",
  "numeric",
  "timestamptz",
  "text[]",
  "bool",
];
const VALUES: Readonly<Record<string, string>> = {
  int4: "1",
  int8: "1",
  bytea: "'x'::bytea",
  json: "'1'::json",
  jsonb: "'1'::jsonb",
  numeric: "1",
  timestamptz: "'2000-01-01Z'::timestamptz",
  "text[]": "array['x']",
  bool: "true",
};
const CONTEXTS = ["", " as assignment", " as implicit"];

/** Types, and everything that could be called for a value of them. */
function types(s: string, random: Random): string[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const lines = [
    `create type ${s}.acl_pair as (a aclitem, n int)`,
    `create type ${s}.pair as (a int, b text)`,
    `create type ${s}.nested as (p ${s}.pair, yes bool)`,
    `create type ${s}.mood as enum ('glad', 'sad')`,
    `create function ${s}.ok(v anyelement) returns bool language plpgsql immutable as ${body("domain check", "true")}`,
    `create domain ${s}.pair_domain as ${s}.pair check (${s}.ok(value))`,
    `create domain ${s}.mood_domain as ${s}.mood check (${s}.ok(value))`,
    `create domain ${s}.int_domain as int4 check (${s}.ok(value))`,
    `create domain ${s}.text_domain as text collate "C" check (${s}.ok(value))`,
    `create type ${s}.pairs as range (subtype = ${s}.pair)`,
  ];
  let n = 0;
  for (const type of baseTypes(s).filter(({ castable }) => castable))
    for (const target of TARGETS.filter((target) => random() < (target === "text" ? 0.9 : 0.4))) {
      const name = `${s}.cast_${++n}`;
      const constant = VALUES[target] ?? "'constant'";
      lines.push(
        `create function ${name}(v ${type.name}) returns ${target} language plpgsql immutable as ${body(`cast of ${type.name} to ${target}`, constant)}`,
        `create cast (${type.name} as ${target}) with function ${name}(${type.name})${pick(CONTEXTS)}`,
      );
    }
  for (const type of baseTypes(s).filter(() => random() < 0.5))
    for (const operator of ["=", "<>", "<", "#", "||", ">="].filter(() => random() < 0.4)) {
      const name = `${s}.op_${++n}`;
      lines.push(
        `create function ${name}(l ${type.name}, r ${type.name}) returns bool language plpgsql immutable as ${body(`operator ${operator}`, "true")}`,
        `create operator ${s}.${operator} (leftarg = ${type.name}, rightarg = ${type.name}, function = ${name})`,
      );
    }
  // Namesakes of what we call, in a schema that a setting may put first.
  const shadows = [
    "hashtextextended(t text, s int8) returns int8",
    "hashint4extended(t int4, s int8) returns int8",
    "record_send(r record) returns bytea",
    "enum_send(e anyenum) returns bytea",
    "octet_length(b bytea) returns int4",
  ];
  for (const shadow of shadows.filter(() => random() < 0.5))
    lines.push(`create function ${s}.${shadow} language plpgsql immutable as ${body("namesake", "null")}`);
  return lines;
}

/** Ways in which planning or reading a table could call a function of its owner. `$t` the table, `$s` its schema. */
const TRAPS: readonly string[] = [
  "create index on $t (($s.f(1) + id))",
  "create index on $t (id) where $s.f(1) = 1",
  "create index on $t (($s.inlined(id)))",
  "create index on $t (($s.none() + id))",
  "create index on $t using hash (($s.f(id)))",
  "create unique index on $t (id, ($s.f(2)))",
  "create index on $t ((1 operator($s.<#>) 2))",
  "create statistics $s.st_$na on ($s.f(3) + id), id from $t",
  "create statistics $s.st_$nb on id, ($s.inlined(4)) from $t",
  "alter table $t add check ($s.f(5) = 1 and id > 0)",
  "alter table $t add g int generated always as ($s.f(id)) stored",
  "alter table $t alter id set default $s.f(6)",
  "alter table $t enable row level security; alter table $t force row level security; create policy p on $t using ($s.f(7) = 1)",
  "create rule r as on update to $t do also select $s.f(8)",
  "create trigger t before insert or update or delete on $t for each row execute function $s.trigger()",
  "create table $t_child (extra int default $s.f(9)) inherits ($t)",
  "create view $s.v_$n as select *, $s.f(10) from $t",
  "create materialized view $s.m_$n as select id from $t; create index on $s.m_$n (id)",
  "create materialized view $s.mt_$n as select id from $t; create index on $s.mt_$n (($s.f(11) + id))",
  "cluster $t using $pkey",
  'alter table $t add column "r" int; alter table $t add column "format" text; alter table $t add column "record_send" bytea',
];

function functions(s: string): string[] {
  return [
    `create function ${s}.f(i int) returns int language plpgsql immutable as ${body("function", "1")}`,
    `create function ${s}.none() returns int language plpgsql immutable as ${body("function without arguments", "1")}`,
    `create function ${s}.inlined(i int) returns int language sql immutable as 'select ${s}.f(12) + i'`,
    `create function ${s}.plus(l int, r int) returns int language plpgsql immutable as ${body("operator", "1")}`,
    `create operator ${s}.<#> (leftarg = int, rightarg = int, function = ${s}.plus)`,
    `create function ${s}.trigger() returns trigger language plpgsql as $c$ begin
       if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then raise log '${CANARY} trigger'; end if;
       return coalesce(new, old); end $c$`,
  ];
}

export interface HostileSchema {
  sql: string;
  /** A statement for each table that holds a value of a type of its own, which changes that value. */
  changes: { table: string; sql: string }[];
}

/** @param s name of the schema, which exists and belongs to who runs this */
export function hostileSchema(s: string, random: Random): HostileSchema {
  const lines = [...functions(s), ...types(s, random)];
  const changes: HostileSchema["changes"] = [];
  const all = baseTypes(s);
  // Of a type without a binary form there is one; it is as likely as the others together are.
  const kinds = [...all, ...all.filter(({ ordered }) => !ordered).flatMap((type) => [type, type, type])];
  const tables = 1 + Math.floor(random() * 4);
  for (let n = 0; n < tables; n++) {
    const t = `${s}.t${n}`;
    const type = kinds[Math.floor(random() * kinds.length)]!;
    const array = random() < 0.3;
    const column = array ? `${type.name}[]` : type.name;
    const value = (other: boolean): string => (array ? `array[${type.value(other)}]` : type.value(other));
    lines.push(
      `create table ${t} (id int primary key, v ${column}${random() < 0.5 ? " not null" : ""})`,
      `insert into ${t} select g, ${value(false)} from generate_series(1, 20) g`,
    );
    if (random() < 0.4)
      lines.push(
        `create function ${t}_text(v ${t}) returns text language plpgsql immutable as ${body("cast of a row", "'constant'")}`,
        `create cast (${t} as text) with function ${t}_text(${t})${random() < 0.5 ? " as implicit" : ""}`,
      );
    for (const trap of TRAPS.filter(() => random() < 0.12))
      lines.push(
        trap
          .replaceAll("$pkey", `t${n}_pkey`)
          .replaceAll("$t", t)
          .replaceAll("$s", s)
          .replaceAll("$n", `${n}`),
      );
    changes.push({ table: `t${n}`, sql: `update ${t} set v = ${value(true)} where id = 7` });
  }
  return { sql: lines.join(";\n"), changes };
}
