// `ops migrate lint`: what each statement locks, for how long, and what is hazardous.
import { defineCommand } from "../../job";
import { lintMigrations } from "../../migrate/run-lint";

export default defineCommand({
  summary: "Show what each pending statement locks and for how long, its hazards and the safe form",
  arguments: {
    name: { kind: "text", positional: true, description: "only this migration" },
    offline: { kind: "flag", description: "read every file, ask no database" },
  },
  effect: "reads",
  examples: [
    { command: "ops migrate lint", what: "Locks, durations, hazards and safe forms of what is pending." },
    { command: "ops migrate lint --offline", what: "Every file, without asking a database." },
  ],
  offlineFor: ({ offline }) => offline,
  plan: async () => [
    "parse every file with PostgreSQL's own grammar; ask squawk",
    "ask the database for sizes, rate of writes, lock holders, foreign keys, publications (not with --offline)",
    "say of each statement what it locks, for how long, what is hazardous and the safe form; leave evidence",
  ],
  run: (context, { name, offline }) => lintMigrations(context, { offline, only: name }),
});
