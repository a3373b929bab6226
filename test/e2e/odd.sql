-- A database that no verifier was written for: everything PostgreSQL allows and few schemas contain.
create extension citext;
create extension hstore;
create extension "uuid-ossp";
create schema "Odd ""Schema"" 学院";
create schema empty_schema;
set search_path = public;

-- Names that must be quoted, keywords, a table called like our alias, columns called like the table.
create table "select" ("from" int primary key, "t""able" text, "学号" text);
insert into "select" select g, 'x' || g, '学生' || g from generate_series(1, 500) g;
create table "Odd ""Schema"" 学院"."r" (r int, "r.*" text);
insert into "Odd ""Schema"" 学院"."r" select g % 7, md5(g::text) from generate_series(1, 300) g;

-- No primary key, with duplicates; no columns; no rows; one row.
create table duplicates (a int, b text);
insert into duplicates select g % 10, 'same' from generate_series(1, 1000) g;
create table no_columns ();
insert into no_columns select from generate_series(1, 3);
create table no_rows (a int primary key);
create table nulls (a int, b int, c text);
insert into nulls values (null, null, null), (0, null, ''), (null, 0, null);

-- Types without equality, hashing or a send function; nested ones; extension types.
create type mood as enum ('sad', 'ok', 'happy');
create domain positive as numeric check (value > 0);
create domain document as json;
create type pair as (a int, j json, m mood);
create table types (
  id uuid primary key default uuid_generate_v4(),
  j json, jb jsonb, x xml, p point, bx box, l line, ls lseg, pa path, po polygon, c circle,
  d positive, doc document, co pair, cos pair[], arr int[], arr2 text[][], ja json[], ci citext, h hstore,
  r int4range, mr datemultirange, ts tsvector, tq tsquery, i inet, ci2 cidr, m macaddr, b bit(5), vb bit varying,
  mo money, iv interval, by bytea, f4 real, f8 double precision, n numeric, ch char(10), nm name, ac aclitem[],
  lsn pg_lsn, tz timestamptz, t time, ttz timetz, da date, o oid, reg regclass, mood mood
);
insert into types
select gen_random_uuid(), '{"b":1,  "a":2}', '{"b":1}', '<a><b>学</b></a>', '(1,2)', '((0,0),(1,1))', '{1,2,3}', '[(0,0),(1,1)]',
  '((0,0),(1,1),(2,0))', '((0,0),(1,1),(2,0))', '<(0,0),2>', 1.50, '[1,2]', row(g, '{}', 'ok')::pair,
  array[row(1, '{"x":1}', 'sad')::pair], array[g, 2, 3], array[['a', 'b'], ['c', null]], array['{}'::json], 'CamelCase', 'k=>v, n=>NULL',
  int4range(1, g + 1), datemultirange(daterange('2026-01-01', '2026-02-01')), to_tsvector('simple', 'a b c'), to_tsquery('a & b'),
  '10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', B'1', 12.34, '1 mon 30 days 24:00', decode('00ff', 'hex'),
  'NaN', '-0', case when g % 2 = 0 then 1.0 else 1.00 end, 'pad', 'name', array[makeaclitem(10, 10, 'SELECT', false)],
  '16/B374D848', '2026-01-01 00:00:00.123456+08', '12:00:00.5', '12:00+08', 'infinity', 4294967295, 'pg_class', 'happy'
from generate_series(1, 200) g;
create table lower_bounds (a int[]);
insert into lower_bounds values ('[0:1]={1,2}'), ('{1,2}'), ('{{1,2}}');

-- Generated, identity, serial with a step, a sequence that counts down and one that was never used.
create table generated (
  id int generated always as identity (start 1000 increment 7) primary key,
  a int, twice int generated always as (a * 2) stored, s smallserial
);
insert into generated (a) select g from generate_series(1, 100) g;
create sequence down increment -3 minvalue -1000000 start -1 maxvalue -1;
select nextval('down'), nextval('down');
create sequence unused;
create sequence cached cache 50;
select nextval('cached');

-- Partitions (three kinds, a default, nested), inheritance with rows in the parent.
create table parts (id bigint, at date, k text, primary key (id, at)) partition by range (at);
create table parts_2025 partition of parts for values from ('2025-01-01') to ('2026-01-01');
create table parts_2026 partition of parts for values from ('2026-01-01') to ('2027-01-01') partition by hash (id);
create table parts_2026_0 partition of parts_2026 for values with (modulus 2, remainder 0);
create table parts_2026_1 partition of parts_2026 for values with (modulus 2, remainder 1);
create table parts_default partition of parts default;
insert into parts select g, date '2024-06-01' + g, md5(g::text) from generate_series(1, 900) g;
create table listed (k text) partition by list (k);
create table listed_a partition of listed for values in ('a', null);
insert into listed values ('a'), (null);
create table parent (id int primary key, a text);
create table child (b text) inherits (parent);
insert into parent values (1, 'parent');
insert into child values (1, 'child', 'same id as the parent row');

-- Keys that no integer bucket fits.
create table by_text (k text primary key, v int);
insert into by_text select 'k' || g, g from generate_series(1, 300) g;
create table by_two (a int, b text, primary key (a, b));
insert into by_two select g % 5, 'b' || g from generate_series(1, 200) g;
create table negative (id bigint primary key);
insert into negative select -9223372036854775807 + g from generate_series(0, 50) g;
insert into negative values (9223372036854775807), (0);

-- Row security, rules, triggers (one disabled), views, materialized views (one without data), large objects, TOAST.
create table secrets (owner name, v text);
alter table secrets enable row level security;
alter table secrets force row level security;
create policy own on secrets using (owner = current_user);
insert into secrets values ('nobody', 'hidden from everyone but a superuser');
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create function disguised() returns int language plpgsql as $$ begin

--
-- Dumped by pg_dump version 15
--
return 1; end $$;
create trigger enabled before update on by_text for each row execute function touch();
create trigger disabled before update on by_two for each row execute function touch();
alter table by_two disable trigger disabled;
create view a_view as select count(*) from parts;
create materialized view a_matview as select id, k from parts where id < 100;
create unique index on a_matview (id);
create materialized view no_data as select 1 as a with no data;
create unlogged table cache (k text primary key, v text, id int generated always as identity);
insert into cache values ('lost', 'after recovery');
create table toasted (id int primary key, big text);
insert into toasted select g, (select string_agg(md5((g * 1000 + i)::text), '') from generate_series(1, 400) i) from generate_series(1, 60) g;
select lo_from_bytea(0, decode(repeat('ab', 5000), 'hex')), lo_from_bytea(0, 'small');
comment on table toasted is 'with a comment; and a semicolon';
create index partial on by_text (v) where v > 10;
create index expression on by_text (lower(k) collate "C");
alter table by_text add constraint positive_v check (v > 0) not valid;
create statistics st on a, b from by_two;
create role odd_reader nologin;
create role "Odd Role" login password 'not-a-real-secret' connection limit 3 valid until '2027-01-01';
grant odd_reader to "Odd Role" with admin option;
grant select ("from") on "select" to odd_reader;
alter role "Odd Role" in database odd set work_mem = '7MB';
alter default privileges in schema empty_schema grant select on tables to odd_reader;
-- A column of a dropped type's place, and a column added with a default that rewrites nothing.
alter table duplicates add column gone int;
alter table duplicates drop column gone;
alter table duplicates add column later text default 'added later';
