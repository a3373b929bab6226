// `ops data unrepair`: takes a repair back, where nobody changed its rows since.
import { unrepairedOutcome } from "../../data/repair/outcomes";
import { unrepair } from "../../data/repair/unrepair";
import { defineCommand } from "../../job";
import { REPAIR } from "./xids";

export default defineCommand({
  summary: "Take a repair back: each row that is still as the repair left it becomes what it was",
  clauses: ["DATA-MISTAKE"],
  effect: "writes",
  evidence: { kind: "data-unrepair" },
  arguments: {
    repair: REPAIR,
    database: {
      kind: "text",
      value: "name",
      description: "database that it was applied to (default: that of the platform's migrations)",
    },
    apply: { kind: "flag", description: "do it; otherwise nothing is written" },
  },
  examples: [
    {
      command: "ops data unrepair 20261123t023004-0a1b2c --apply",
      what: "The repair was wrong: back to before it.",
    },
  ],
  plan: async (_context, { repair }) => [
    `read what ops_quarantine keeps of ${repair}`,
    "put back each row that is still as the repair left it; name those that somebody changed since",
    "keep what is taken out in turn: it can be undone as well",
  ],
  async run(context, { repair, database, apply }) {
    const done = await unrepair(context, {
      id: repair,
      newId: context.newId(),
      database: database ?? context.platform.migrations?.database ?? context.platform.database.maintenance,
      write: apply,
    });
    return unrepairedOutcome(repair, apply, done);
  },
});
