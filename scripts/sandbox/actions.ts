// What the learning platform's users do, as single SQL statements: each is one transaction, so the business is consistent at
// every commit, even when the machine's clock is set back: each takes the time once, and nothing is dated before what it
// follows from. `$1`, where it occurs, is uniform in [0, 1). Data for the workload.

export interface Action {
  name: string;
  /** Share of all actions, relative to the others. */
  weight: number;
  sql: string;
}

/** A row of `table` chosen by $1; ids have gaps, so the next one above is taken. */
const some = (table: string): string =>
  `(SELECT id FROM learning.${table} WHERE id >= $1::float8 * (SELECT max(id) FROM learning.${table}) ORDER BY id LIMIT 1)`;

/** A number from 0 to below `n` that does not follow from the row chosen by $1. */
const below = (n: number): string => `floor($1::float8 * 7919 * ${n})::bigint % ${n}`;

/** Nobody pays twice for a course: neither again, nor for an order that still waits for its payment. */
const NOT_ORDERED = `NOT EXISTS (
          SELECT FROM learning.orders o WHERE o.learner_id = l.id AND o.course_id = c.id AND o.status <> 'cancelled')`;

export const ACTIONS: readonly Action[] = [
  {
    name: "study",
    weight: 60,
    sql: `INSERT INTO learning.study_records (enrolment_id, studied_at, chapter_id, seconds, progress, device)
      SELECT e.id, greatest(now(), e.enrolled_at), c.id, 60 + ${below(3000)}, ${below(101)}, 'app'
      FROM learning.enrolments e
      JOIN learning.chapters c ON c.course_id = e.course_id AND c.position = 1 + ${below(12)}
      WHERE e.id = ${some("enrolments")}`,
  },
  {
    name: "purchase",
    weight: 15,
    sql: `WITH chosen AS (
        SELECT l.id AS learner_id, l.name, l.phone, c.id AS course_id, c.title, c.price
        FROM learning.learners l JOIN learning.courses c ON c.id = 1 + ${below(60)}
        WHERE l.id = ${some("learners")} AND ${NOT_ORDERED}
      ), ordered AS (
        INSERT INTO learning.orders (learner_id, course_id, amount, status, created_at)
        SELECT learner_id, course_id, price, 'paid', now() FROM chosen RETURNING id, amount
      ), paid AS (
        INSERT INTO learning.payments (order_id, amount, channel, transaction_number, paid_at)
        SELECT id, amount, 'wechat', 'T' || lpad(id::text, 12, '0'), now() FROM ordered RETURNING id, amount
      ), invoiced AS (
        INSERT INTO learning.invoices (payment_id, title, amount, issued_at)
        SELECT paid.id, chosen.name, paid.amount, now() FROM paid, chosen WHERE ${below(10)} < 4
      ), enrolled AS (
        INSERT INTO learning.enrolments (learner_id, course_id, enrolled_at)
        SELECT learner_id, course_id, now() FROM chosen ON CONFLICT DO NOTHING
      )
      INSERT INTO learning.sms_messages (learner_id, phone, template, body, sent_at)
      SELECT learner_id, phone, 'paid', '【网络教育学院】您已成功购买《' || title || '》。', now() FROM chosen`,
  },
  {
    name: "order without payment",
    weight: 5,
    sql: `INSERT INTO learning.orders (learner_id, course_id, amount, status, created_at)
      SELECT l.id, c.id, c.price, 'pending', now()
      FROM learning.learners l JOIN learning.courses c ON c.id = 1 + ${below(60)}
      WHERE l.id = ${some("learners")} AND ${NOT_ORDERED}`,
  },
  {
    name: "late payment",
    weight: 4,
    sql: `WITH settled AS (
        UPDATE learning.orders SET status = 'paid'
        WHERE id = (SELECT id FROM learning.orders WHERE status = 'pending' ORDER BY created_at DESC LIMIT 1)
        RETURNING id, learner_id, course_id, amount, created_at
      ), enrolled AS (
        INSERT INTO learning.enrolments (learner_id, course_id, enrolled_at)
        SELECT learner_id, course_id, greatest(now(), created_at) FROM settled ON CONFLICT DO NOTHING
      )
      INSERT INTO learning.payments (order_id, amount, channel, transaction_number, paid_at)
      SELECT id, amount, 'alipay', 'L' || lpad(id::text, 12, '0'), greatest(now(), created_at) FROM settled`,
  },
  {
    name: "reminder",
    weight: 8,
    sql: `INSERT INTO learning.sms_messages (learner_id, phone, template, body, sent_at)
      SELECT id, phone, 'reminder', '【网络教育学院】' || name || '，本周还有未完成的课程。', now()
      FROM learning.learners WHERE id = ${some("learners")}`,
  },
  {
    name: "question to the bot",
    weight: 4,
    sql: `INSERT INTO learning.bot_sessions (learner_id, channel, started_at, ended_at, transcript, satisfaction)
      SELECT ${some("learners")}, 'wechat', at, at + interval '40 seconds',
        jsonb_build_array(jsonb_build_object('from', 'learner', 'text', '怎么申请发票')), 1 + ${below(5)}
      FROM now() AS at`,
  },
  {
    name: "registration",
    weight: 3,
    sql: `INSERT INTO learning.learners (id, name, phone, id_number, email, registered_at)
      SELECT n, '新生' || n, '100' || lpad(n::text, 8, '0'), '99000020000101' || lpad((n % 10000)::text, 4, '0'),
        'learner' || n || '@campus.invalid', now()
      FROM nextval('learning.learners_id_seq') AS n`,
  },
  {
    name: "sign-in",
    weight: 1,
    sql: `INSERT INTO learning.session_cache (token, learner_id, expires_at)
      SELECT gen_random_uuid(), ${some("learners")}, now() + interval '1 day'`,
  },
];

const TOTAL = ACTIONS.reduce((sum, action) => sum + action.weight, 0);

/** The action that a uniform number in [0, 1) stands for. */
export function chooseAction(uniform: number): Action {
  let left = uniform * TOTAL;
  for (const action of ACTIONS) {
    left -= action.weight;
    if (left < 0) return action;
  }
  return ACTIONS[0]!;
}

/** Committed once a second; what it returns is kept outside the database. */
export const HEARTBEAT = `INSERT INTO ops.heartbeat DEFAULT VALUES
  RETURNING n::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`;
