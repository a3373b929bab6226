// `ops migrate down`: takes the newest migrations back.
import { defineCommand } from "../../job";
import { migrateDown } from "../../migrate/apply";
import { PATIENCE } from "./patience";

export default defineCommand({
  summary: "Revert the newest migration, or all after --to",
  arguments: {
    to: { kind: "whole", description: "number of the migration that stays the newest; 0 = none" },
    ...PATIENCE,
  },
  examples: [{ command: "ops migrate down", what: "Revert the newest one." }],
  plan: async () => [
    "refuse what has no down section, was edited, or whose down section was never rehearsed",
    "take the advisory lock; write and archive a checkpoint",
    "undo the newest migration, or all after --to, with the same care",
  ],
  run: (context, { to, ...patience }) => migrateDown(context, to, patience),
});
