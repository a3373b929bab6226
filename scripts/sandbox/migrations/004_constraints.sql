-- Everything that keeps the content right from now on: keys, checks, triggers, indexes, views, grants.

-- Sequences continue after the filled ids.
DO $$
DECLARE
  owned record;
BEGIN
  FOR owned IN
    SELECT t.oid::regclass AS tab, a.attname AS col, s.oid::regclass AS seq
    FROM pg_depend d
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE d.deptype IN ('a', 'i') AND t.relnamespace = 'learning'::regnamespace
  LOOP
    EXECUTE format('SELECT setval(%L, (SELECT max(%I) FROM %s))', owned.seq, owned.col, owned.tab);
  END LOOP;
END
$$;

SET LOCAL ROLE learning_owner;

ALTER TABLE learning.learners ADD PRIMARY KEY (id),
  ADD CHECK (phone ~ '^1[0-9]{10}$'), ADD CHECK (length(id_number) = 18);
ALTER TABLE learning.courses ADD PRIMARY KEY (id), ADD UNIQUE (code);
ALTER TABLE learning.chapters ADD PRIMARY KEY (id), ADD UNIQUE (course_id, position), ADD CHECK (seconds > 0),
  ADD FOREIGN KEY (course_id) REFERENCES learning.courses;
ALTER TABLE learning.enrolments ADD PRIMARY KEY (id), ADD UNIQUE (learner_id, course_id),
  ADD FOREIGN KEY (learner_id) REFERENCES learning.learners, ADD FOREIGN KEY (course_id) REFERENCES learning.courses;
ALTER TABLE learning.study_records ADD PRIMARY KEY (id, studied_at),
  ADD CHECK (progress BETWEEN 0 AND 100), ADD CHECK (seconds > 0), ADD CHECK (device IN ('pc', 'app', 'wechat')),
  ADD FOREIGN KEY (enrolment_id) REFERENCES learning.enrolments, ADD FOREIGN KEY (chapter_id) REFERENCES learning.chapters;
ALTER TABLE learning.exams ADD PRIMARY KEY (id), ADD FOREIGN KEY (course_id) REFERENCES learning.courses;
ALTER TABLE learning.exam_results ADD PRIMARY KEY (id), ADD UNIQUE (exam_id, learner_id), ADD CHECK (score BETWEEN 0 AND 100),
  ADD FOREIGN KEY (exam_id) REFERENCES learning.exams, ADD FOREIGN KEY (learner_id) REFERENCES learning.learners;
ALTER TABLE learning.orders ADD PRIMARY KEY (id),
  ADD FOREIGN KEY (learner_id) REFERENCES learning.learners, ADD FOREIGN KEY (course_id) REFERENCES learning.courses;
ALTER TABLE learning.payments ADD PRIMARY KEY (id), ADD UNIQUE (order_id), ADD UNIQUE (transaction_number),
  ADD CHECK (channel IN ('wechat', 'alipay', 'unionpay')), ADD FOREIGN KEY (order_id) REFERENCES learning.orders;
ALTER TABLE learning.invoices ADD PRIMARY KEY (id), ADD UNIQUE (payment_id), ADD UNIQUE (number),
  ADD FOREIGN KEY (payment_id) REFERENCES learning.payments;
ALTER TABLE learning.sms_messages ADD PRIMARY KEY (id), ADD FOREIGN KEY (learner_id) REFERENCES learning.learners;
ALTER TABLE learning.session_cache ADD PRIMARY KEY (token), ADD FOREIGN KEY (learner_id) REFERENCES learning.learners;

CREATE INDEX learners_phone ON learning.learners (phone);
CREATE UNIQUE INDEX learners_email ON learning.learners (lower(email));
CREATE INDEX learners_profile ON learning.learners USING gin (profile jsonb_path_ops);
CREATE INDEX study_records_enrolment ON learning.study_records (enrolment_id, studied_at);
CREATE INDEX exam_results_learner ON learning.exam_results (learner_id);
CREATE INDEX orders_learner ON learning.orders (learner_id, created_at);
CREATE INDEX orders_pending ON learning.orders (created_at) WHERE status = 'pending';
CREATE INDEX sms_messages_learner ON learning.sms_messages (learner_id, sent_at);

CREATE FUNCTION learning.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
CREATE TRIGGER touch BEFORE UPDATE ON learning.learners FOR EACH ROW EXECUTE FUNCTION learning.touch();

CREATE FUNCTION learning.payment_settles_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM learning.orders o WHERE o.id = NEW.order_id AND o.status = 'paid' AND o.amount = NEW.amount) THEN
    RAISE EXCEPTION 'payment % does not settle order %', NEW.id, NEW.order_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER payment_settles_order AFTER INSERT OR UPDATE ON learning.payments
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION learning.payment_settles_order();

CREATE VIEW learning.learner_progress AS
SELECT e.id AS enrolment_id, e.learner_id, e.course_id, max(s.progress) AS progress, sum(s.seconds) AS seconds
FROM learning.enrolments e LEFT JOIN learning.study_records s ON s.enrolment_id = e.id
GROUP BY e.id;

CREATE MATERIALIZED VIEW learning.course_revenue AS
SELECT c.id AS course_id, c.title, count(p.id) AS payments, coalesce(sum(p.amount), 0)::numeric(12, 2) AS amount
FROM learning.courses c
LEFT JOIN learning.orders o ON o.course_id = c.id
LEFT JOIN learning.payments p ON p.order_id = o.id
GROUP BY c.id;
CREATE UNIQUE INDEX course_revenue_course ON learning.course_revenue (course_id);

GRANT SELECT ON ALL TABLES IN SCHEMA learning TO learning_app;
GRANT INSERT ON learning.learners, learning.enrolments, learning.study_records, learning.exam_results, learning.orders,
  learning.payments, learning.invoices, learning.sms_messages TO learning_app;
GRANT UPDATE ON learning.learners TO learning_app;
GRANT UPDATE (status) ON learning.orders TO learning_app;
GRANT INSERT, UPDATE, DELETE ON learning.session_cache TO learning_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA learning TO learning_app;

-- Reports never see who somebody is.
GRANT SELECT ON learning.courses, learning.chapters, learning.enrolments, learning.exams, learning.exam_results,
  learning.orders, learning.payments, learning.learner_progress, learning.course_revenue TO learning_readonly;
GRANT SELECT (id, registered_at) ON learning.learners TO learning_readonly;
