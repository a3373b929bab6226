-- One conversation for every second learner, drawn from ids like the rest.
INSERT INTO learning.bot_sessions (id, learner_id, channel, started_at, ended_at, transcript, satisfaction)
SELECT l.id / 2, l.id, (ARRAY['pc', 'app', 'wechat'])[1 + ops.pick(l.id, 81, 3)], e.enrolled_at + interval '1 day',
  e.enrolled_at + interval '1 day' + make_interval(secs => 30 + ops.pick(l.id, 82, 600)),
  jsonb_build_array(
    jsonb_build_object('from', 'learner', 'text', (ARRAY['课程视频打不开', '怎么申请发票', '考试时间是什么时候', '忘记密码了'])[1 + ops.pick(l.id, 83, 4)]),
    jsonb_build_object('from', 'bot', 'text', '您好，正在为您查询，请稍候。')),
  nullif(ops.pick(l.id, 84, 6), 0)
FROM learning.learners l JOIN learning.enrolments e ON e.id = (l.id - 1) * 3 + 1
WHERE l.id % 2 = 0
ORDER BY l.id;

SELECT setval('learning.bot_sessions_id_seq', max(id)) FROM learning.bot_sessions;
