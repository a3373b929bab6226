// Wrong data of every kind, each with the rule that is meant for it, and how a test plants it.
import type { DataRule } from "../../policies/data/quality";
import type { RuleResult } from "../../scripts/data/quality/result";
import { LEARNING, runOn } from "../scripts/data/learning";
import type { Cluster } from "./cluster";

/** Triggers and foreign keys are off, as in a bad import. */
export const IMPORT = "set session_replication_role = replica;";
const BILL = (rows: object[]): Record<string, string> => ({ "sms-bill": JSON.stringify(rows) });

export interface Planted {
  what: string;
  rule: string;
  sql: string;
  statements?: Record<string, string>;
  /** Others that rightly find it too. */
  also?: string[];
}

export const PLANTED: readonly Planted[] = [
  {
    what: "a payment whose order is gone, behind a foreign key that is NOT VALID",
    rule: "orphaned-rows",
    sql: `alter table learning.payments drop constraint payments_order_id_fkey;
          insert into learning.payments (order_id, amount, channel, transaction_number, paid_at) values (999999, 1, 'wechat', 'T-x', now());
          alter table learning.payments add foreign key (order_id) references learning.orders not valid`,
  },
  {
    what: "an enrolment whose learner is gone, behind a foreign key that was checked",
    rule: "orphaned-rows",
    sql: "insert into learning.enrolments (learner_id, course_id, enrolled_at) values (999999, 1, now())",
  },
  {
    what: "a value that a CHECK forbids, which is NOT VALID",
    rule: "forbidden-values",
    sql: `alter table learning.chapters drop constraint chapters_seconds_check;
          update learning.chapters set seconds = -5 where id = 3;
          alter table learning.chapters add check (seconds > 0) not valid`,
  },
  {
    what: "a row in the wrong partition",
    rule: "misplaced-rows",
    sql: `create table learning.study_wrong (like learning.study_records including defaults including constraints);
          insert into learning.study_wrong (enrolment_id, studied_at, chapter_id, seconds, progress, device)
            select s.enrolment_id, s.studied_at, s.chapter_id, 99, 1, 'pc' from learning.study_records s order by s.studied_at desc limit 1;
          alter table learning.study_wrong add constraint bound
            check (studied_at is not null and studied_at >= '2031-01-01 00:00+00' and studied_at < '2032-01-01 00:00+00') not valid;
          update pg_constraint set convalidated = true where conname = 'bound';
          alter table learning.study_records attach partition learning.study_wrong for values from ('2031-01-01 00:00+00') to ('2032-01-01 00:00+00')`,
    also: ["forbidden-values"],
  },
  {
    what: "a sequence that was set back",
    rule: "sequence-behind",
    sql: "select setval('learning.invoice_number', 100010)",
  },
  {
    what: "an index that is invalid",
    rule: "invalid-index",
    sql: "update pg_index set indisvalid = false where indexrelid = 'learning.orders_learner'::regclass",
  },
  {
    what: "a row twice in a table without a key",
    rule: "duplicated-rows",
    sql: "create table learning.notes (a int, b text); insert into learning.notes values (1, 'x'), (1, 'x'), (2, null)",
  },
  {
    what: "a copy of a table that was left over",
    rule: "leftover-table",
    sql: "create table learning.orders_bak_20260101 as select * from learning.orders",
  },
  {
    what: "dead rows",
    rule: "dead-rows",
    sql: `create table learning.busy (n int primary key) with (autovacuum_enabled = off);
          insert into learning.busy select generate_series(1, 20000); delete from learning.busy; select pg_stat_force_next_flush()`,
  },
  {
    what: "a paid order without payment",
    rule: "paid-order-has-no-payment",
    sql: "delete from learning.invoices; delete from learning.payments where id = (select min(id) from learning.payments)",
  },
  {
    what: "a payment of a cancelled order",
    rule: "payment-of-unpaid-order",
    sql: "update learning.orders set status = 'cancelled' where id = (select min(order_id) from learning.payments)",
  },
  {
    what: "a payment of another amount",
    rule: "payments-differ-from-order",
    sql: "update learning.payments set amount = amount + 1 where id = (select min(id) from learning.payments)",
  },
  {
    what: "a payment dated before its order",
    rule: "payment-before-order",
    sql: "update learning.payments set paid_at = '2020-01-01' where id = (select min(id) from learning.payments)",
  },
  {
    what: "a course paid twice",
    rule: "course-paid-twice",
    sql: `with o as (insert into learning.orders (learner_id, course_id, amount, status, created_at)
            select learner_id, course_id, amount, status, created_at from learning.orders where status = 'paid' order by id limit 1 returning *)
          insert into learning.payments (order_id, amount, channel, transaction_number, paid_at)
            select id, amount, 'wechat', 'T-again', created_at from o`,
  },
  {
    what: "a transaction number twice, once with a space behind it",
    rule: "transaction-number-twice",
    sql: `update learning.payments p set channel = q.channel, transaction_number = lower(q.transaction_number) || ' '
            from (select * from learning.payments order by id limit 1) as q
           where p.id = (select max(id) from learning.payments)`,
  },
  {
    what: "an invoice above its payment",
    rule: "invoice-above-payment",
    sql: "update learning.invoices set amount = 99999 where id = (select min(id) from learning.invoices)",
  },
  {
    what: "an invoice issued before its payment",
    rule: "invoice-before-payment",
    sql: "update learning.invoices set issued_at = '2020-01-01' where id = (select min(id) from learning.invoices)",
  },
  {
    what: "an invoice number twice, after its unique index was lost",
    rule: "invoice-number-twice",
    sql: `alter table learning.invoices drop constraint invoices_number_key;
          update learning.invoices set number = (select min(number) from learning.invoices) where id = (select max(id) from learning.invoices)`,
  },
  {
    what: "a paid course without enrolment",
    rule: "paid-without-enrolment",
    sql: `update learning.orders o set course_id = (select c.id from learning.courses c where not exists (
            select from learning.enrolments e where e.learner_id = o.learner_id and e.course_id = c.id) limit 1)
          where o.id = (select min(order_id) from learning.payments)`,
  },
  {
    what: "study before the enrolment",
    rule: "study-before-enrolment",
    sql: "update learning.study_records set studied_at = '2019-01-01' where id = 1",
  },
  {
    what: "study of a chapter of another course",
    rule: "study-of-another-course",
    sql: "update learning.study_records set chapter_id = chapter_id % 720 + 12 - 12 * (chapter_id / 709) where id = 1",
  },
  {
    what: "study recorded twice",
    rule: "study-recorded-twice",
    sql: `insert into learning.study_records (enrolment_id, studied_at, chapter_id, seconds, progress, device)
            select enrolment_id, studied_at, chapter_id, seconds, progress, device from learning.study_records order by id limit 1`,
  },
  {
    what: "study that lasted two days",
    rule: "study-longer-than-possible",
    sql: "update learning.study_records set seconds = 172800 where id = 2",
  },
  {
    what: "an order of next year",
    rule: "dated-in-the-future",
    sql: "update learning.orders set created_at = now() + interval '1 year' where id = (select min(id) from learning.orders where status = 'pending')",
  },
  {
    what: "an exam result of a learner who is not enrolled",
    rule: "exam-without-enrolment",
    sql: `insert into learning.exam_results (exam_id, learner_id, score, taken_at)
            select x.id, l.id, 80, now() from learning.exams x cross join learning.learners l
             where not exists (select from learning.enrolments e where e.learner_id = l.id and e.course_id = x.course_id)
               and not exists (select from learning.exam_results r where r.exam_id = x.id and r.learner_id = l.id) limit 1`,
  },
  {
    what: "a score above 100",
    rule: "score-out-of-range",
    sql: `alter table learning.exam_results drop constraint exam_results_score_check;
          update learning.exam_results set score = 250 where id = (select min(id) from learning.exam_results)`,
  },
  {
    what: "two results of one exam",
    rule: "exam-taken-twice",
    sql: `alter table learning.exam_results drop constraint exam_results_exam_id_learner_id_key;
          insert into learning.exam_results (exam_id, learner_id, score, taken_at)
            select exam_id, learner_id, 90, taken_at from learning.exam_results order by id limit 1`,
  },
  {
    what: "an identity number with a wrong check digit",
    rule: "identity-number-wrong",
    sql: "update learning.learners set id_number = '110101199003070014' where id = 7",
  },
  {
    what: "an identity number of a day that does not exist",
    rule: "identity-number-wrong",
    sql: "update learning.learners set id_number = '110101199002300015' where id = 7",
  },
  {
    what: "a mobile number of no network",
    rule: "mobile-number-wrong",
    sql: "update learning.learners set phone = '12012345678', updated_at = now() where id = 9",
  },
  {
    what: "one person twice",
    rule: "learner-stands-twice",
    sql: "update learning.learners set id_number = (select id_number from learning.learners where id = 3) where id = 4",
  },
  {
    what: "a message to somebody else's number",
    rule: "message-to-another-number",
    sql: "update learning.sms_messages set phone = '10099999999' where id = 5",
  },
  {
    what: "more messages billed than sent",
    rule: "messages-sent-and-billed",
    sql: "select 1",
    statements: BILL([{ day: "2024-10-01", billed: "100000" }]),
  },
  {
    what: "sessions of two years ago",
    rule: "stale-session",
    sql: "update learning.session_cache set expires_at = '2010-01-01' where learner_id = 10",
  },
  {
    what: "a bot session that ends before it begins",
    rule: "bot-session-ends-before-it-begins",
    sql: `alter table learning.bot_sessions drop constraint bot_sessions_check;
          update learning.bot_sessions set ended_at = started_at - interval '1 hour' where id = 2`,
  },
];

/** Looks for one of them in a database of its own. @param rules that look */
export async function lookFor(
  cluster: Cluster,
  { sql, statements = {} }: Planted,
  rules: readonly DataRule[],
): Promise<RuleResult[]> {
  const name = `planted_${PLANTED.findIndex((one) => one.sql === sql)}`;
  await cluster.psql("postgres", `create database ${name} template ${LEARNING}`);
  try {
    await cluster.psql(name, `set allow_system_table_mods = on; ${IMPORT} ${sql}`);
    return await runOn(cluster.database, name, { statements }, rules);
  } finally {
    await cluster.psql("postgres", `drop database ${name}`);
  }
}
