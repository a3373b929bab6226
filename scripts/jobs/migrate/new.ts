// `ops migrate new`: a file to fill in, with the next free number.
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";
import { PHASES } from "../../migrate/compatibility";
import { createMigration } from "../../migrate/create";

export default defineCommand({
  summary: "Create a migration file with the sections and directives to fill in",
  arguments: {
    name: {
      kind: "text",
      positional: true,
      required: true,
      pattern: { form: /^[a-z][a-z0-9_]{2,60}$/, expected: "a name in snake_case, e.g. order_note" },
      description: "name of the migration, in snake_case",
    },
    phase: {
      kind: "choice",
      choices: PHASES,
      default: "expand",
      description: "phase of an expand and contract change",
    },
  },
  effect: "isolated",
  evidence: { none: "it writes a file that a pull request shows" },
  examples: [{ command: "ops migrate new order_note", what: "A file to fill in, with the next number." }],
  offline: true,
  plan: async () => ["take the next free number", "write a file with the sections and directives to fill in"],
  async run(context, { name, phase }) {
    const file = await createMigration(context, name, phase);
    return viewOnly({
      record: false,
      summary: `${file}\nFill it in, then: ops migrate lint, ops migrate rehearse`,
      json: { file },
    });
  },
});
