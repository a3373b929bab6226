// `ops migrate status`: the files against the database's history, and what is ready.
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";
import { migrator } from "../../migrate/login";
import { readiness } from "../../migrate/readiness";
import { loadMigrations, readStates } from "../../migrate/set";
import { showStates } from "../../migrate/show";

export default defineCommand({
  summary: "Show what is applied, pending, edited, out of order or half-applied",
  arguments: {},
  effect: "reads",
  evidence: { none: "it only shows; lint, rehearsal and changes leave evidence of their own" },
  examples: [
    { command: "ops migrate status", what: "Applied, pending, edited, out of order, half-applied." },
  ],
  plan: async () => [
    "compare the files with the database's history, and lint and rehearsal with what is pending",
  ],
  async run(context) {
    const migrations = await loadMigrations(context);
    const rows = await readStates(context, migrations, migrator(context));
    const { linted, rehearsed } = await readiness(context);
    const lines = [
      showStates(rows, context.color),
      `Linted     ${linted.detail}`,
      `Rehearsed  ${rehearsed.detail}`,
    ];
    const json = {
      migrations: rows.map(({ number, name, state, detail }) => ({ number, name, state, detail })),
      linted,
      rehearsed,
    };
    return viewOnly({ record: false, summary: lines.join("\n"), json });
  },
});
