-- The content, drawn from ids only: no random(), no now(). One set-based statement a table. `sandbox.scale` is set by the
-- caller; scale 1 is 20,000 learners. The school year 2024-09-01 … 2025-08-31 (Shanghai) is over: the workload adds after it.
-- Nobody here exists: phones start with 100 (no mobile network), id numbers with 99 (no province), mail ends in .invalid.

INSERT INTO learning.learners (id, name, phone, id_number, email, profile, registered_at, updated_at)
SELECT g,
  (string_to_array('王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧', ' '))[1 + ops.pick(g, 1, 30)]
    || (string_to_array('伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平 子涵 浩然 欣怡 宇轩 梓萱 雨桐 思远 嘉怡 一诺 博文', ' '))[1 + ops.pick(g, 2, 30)],
  '100' || lpad(g::text, 8, '0'),
  '99' || lpad(ops.pick(g, 3, 10000)::text, 4, '0') || to_char(date '1980-01-01' + ops.pick(g, 4, 9000), 'YYYYMMDD')
    || lpad((g % 1000)::text, 3, '0') || (ARRAY['0','1','2','3','4','5','6','7','8','9','X'])[1 + ops.pick(g, 5, 11)],
  'learner' || g || '@campus.invalid',
  jsonb_build_object('gender', (ARRAY['男', '女'])[1 + ops.pick(g, 6, 2)],
    'city', (ARRAY['北京', '上海', '广州', '成都', '武汉', '西安', '杭州', '沈阳'])[1 + ops.pick(g, 7, 8)],
    'level', (ARRAY['高起专', '专升本', '高起本'])[1 + ops.pick(g, 8, 3)]),
  timestamptz '2024-08-01 00:00+08' + make_interval(secs => ops.pick(g, 9, 30 * 86400)),
  timestamptz '2024-08-31 00:00+08'
FROM generate_series(1, greatest(50, round(20000 * current_setting('sandbox.scale')::numeric))::bigint) g;

INSERT INTO learning.courses (id, code, title, teacher, price, tags, published_on)
SELECT g, 'C' || lpad(g::text, 4, '0'),
  (ARRAY['高等数学', '大学英语', '会计学基础', '市场营销', '管理学原理', '计算机应用', '数据库原理', '法律基础', '学前教育学', '心理学导论',
    '工程制图', '护理学'])[1 + (g - 1) % 12] || (ARRAY['（一）', '（二）', '实务', '专题', '习题课'])[1 + (g - 1) / 12],
  (ARRAY['王', '李', '张', '刘', '陈'])[1 + ops.pick(g, 31, 5)] || '老师',
  199 + 50 * ops.pick(g, 32, 20) + 0.9, ARRAY['必修', (ARRAY['经管', '理工', '文法'])[1 + ops.pick(g, 33, 3)]],
  date '2024-06-01' + ops.pick(g, 34, 60)
FROM generate_series(1, 60) g;

INSERT INTO learning.chapters (id, course_id, position, title, seconds)
SELECT (c.id - 1) * 12 + p, c.id, p, '第' || p || '章', 900 + ops.pick(c.id * 100 + p, 35, 2700)
FROM learning.courses c CROSS JOIN generate_series(1, 12) p;

-- Three different courses each: the step is below 30, so twice the step never comes round 60.
INSERT INTO learning.enrolments (id, learner_id, course_id, enrolled_at)
SELECT (l.id - 1) * 3 + k, l.id, 1 + (ops.pick(l.id, 41, 60) + (k - 1) * (1 + ops.pick(l.id, 42, 29))) % 60,
  timestamptz '2024-09-01 00:00+08' + make_interval(secs => ops.pick((l.id - 1) * 3 + k, 43, 300 * 86400))
FROM learning.learners l CROSS JOIN generate_series(1, 3) k;

INSERT INTO learning.study_records (id, enrolment_id, studied_at, chapter_id, seconds, progress, device)
SELECT (e.id - 1) * 10 + p, e.id,
  e.enrolled_at + make_interval(secs => p * 400000 + ops.pick((e.id - 1) * 10 + p, 51, 300000)),
  (e.course_id - 1) * 12 + p, 60 + ops.pick((e.id - 1) * 10 + p, 52, 3000), 10 * p,
  (ARRAY['pc', 'app', 'wechat'])[1 + ops.pick((e.id - 1) * 10 + p, 53, 3)]
FROM learning.enrolments e CROSS JOIN generate_series(1, 10) p;

INSERT INTO learning.exams (id, course_id, title, paper)
SELECT (c.id - 1) * 2 + n, c.id, (ARRAY['期中考试', '期末考试'])[n], jsonb_build_object('minutes', 60 * n, 'questions', 20 + 10 * n)
FROM learning.courses c CROSS JOIN generate_series(1, 2) n;

INSERT INTO learning.exam_results (id, exam_id, learner_id, score, taken_at)
SELECT (e.id - 1) * 2 + n, (e.course_id - 1) * 2 + n, e.learner_id, 40 + ops.pick((e.id - 1) * 2 + n, 61, 121) / 2.0,
  e.enrolled_at + make_interval(days => 25 * n, secs => ops.pick(e.id, 62, 7200))
FROM learning.enrolments e CROSS JOIN generate_series(1, 2) n
WHERE ops.pick(e.id * 2 + n, 63, 10) < 6;

-- The first two courses of everybody were ordered; eight orders in ten were paid, ten minutes before the enrolment.
INSERT INTO learning.orders (id, learner_id, course_id, amount, status, created_at)
SELECT e.id, e.learner_id, e.course_id, c.price,
  (ARRAY['pending', 'cancelled', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid'])[1 + ops.pick(e.id, 71, 10)]::learning.order_status,
  e.enrolled_at - interval '10 minutes'
FROM learning.enrolments e JOIN learning.courses c ON c.id = e.course_id
WHERE e.id % 3 <> 0
ORDER BY e.id;

INSERT INTO learning.payments (id, order_id, amount, channel, transaction_number, paid_at)
SELECT o.id, o.id, o.amount, (ARRAY['wechat', 'alipay', 'unionpay'])[1 + ops.pick(o.id, 72, 3)],
  'T' || lpad(o.id::text, 12, '0') || lpad(ops.pick(o.id, 73, 1000000)::text, 6, '0'), o.created_at + interval '5 minutes'
FROM learning.orders o WHERE o.status = 'paid'
ORDER BY o.id;

INSERT INTO learning.invoices (id, payment_id, number, title, amount, issued_at)
SELECT p.id, p.id, 100000 + p.id, l.name, CASE WHEN ops.pick(p.id, 74, 5) = 0 THEN round(p.amount * 0.8, 2) ELSE p.amount END,
  p.paid_at + make_interval(hours => 1 + ops.pick(p.id, 75, 72))
FROM learning.payments p JOIN learning.orders o ON o.id = p.order_id JOIN learning.learners l ON l.id = o.learner_id
WHERE ops.pick(p.id, 76, 10) < 4
ORDER BY p.id;

INSERT INTO learning.sms_messages (id, learner_id, phone, template, body, sent_at)
SELECT e.id, e.learner_id, l.phone, 'enrolled', '【网络教育学院】' || l.name || '，您已成功报名《' || c.title || '》，请按时学习。', e.enrolled_at
FROM learning.enrolments e JOIN learning.learners l ON l.id = e.learner_id JOIN learning.courses c ON c.id = e.course_id
ORDER BY e.id;

INSERT INTO learning.session_cache (token, learner_id, expires_at)
SELECT md5('session ' || l.id)::uuid, l.id, timestamptz '2025-09-01 00:00+08'
FROM learning.learners l WHERE l.id % 10 = 0;
