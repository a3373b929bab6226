// A live database as its facts: one big busy shop, one small table, one partitioned, one published.
import type { LiveFacts, LiveTable } from "../../../scripts/migrate/live";

const table = (more: Partial<LiveTable> = {}): LiveTable => ({
  bytes: 5e9,
  indexBytes: 1e9,
  rows: 40e6,
  writesPerSecond: 30,
  oldestHolderSeconds: 0,
  waiting: 0,
  columns: {},
  notNullChecks: [],
  checked: false,
  indexed: ["id"],
  keys: ["id"],
  referencedBy: [],
  publications: [],
  partitions: 0,
  ...more,
});

export const FACTS: LiveFacts = {
  tables: {
    "learning.orders": table({
      indexed: ["id", "learner_id"],
      referencedBy: ["learning.payments"],
      columns: {
        note: { type: "character varying(20)", notNull: false },
        course_id: { type: "integer", notNull: true },
      },
    }),
    "learning.learners": table(),
    "learning.payments": table({ publications: ["warehouse"] }),
    "learning.sms_messages": table(),
    "learning.courses": table({ bytes: 60e3, indexBytes: 40e3, rows: 60 }),
    "learning.study_records": table({ partitions: 13 }),
    "learning.study_records_202409": table(),
    "learning.course_revenue": table(),
    "learning.old_orders": table(),
  },
  indexes: { "learning.orders_learner_idx": "learning.orders" },
  standbys: 1,
};
