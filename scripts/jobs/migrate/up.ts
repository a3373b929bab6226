// `ops migrate up`: applies what was rehearsed.
import { defineCommand } from "../../job";
import { migrateUp } from "../../migrate/apply";
import { PATIENCE } from "./patience";

export default defineCommand({
  summary: "Apply the rehearsed migrations",
  arguments: PATIENCE,
  examples: [
    { command: "ops migrate up", what: "Apply every pending migration that was linted and rehearsed." },
  ],
  plan: async () => [
    "refuse what is edited, out of order, hazardous, not rehearsed within 24 h, or too long for business hours",
    "take the advisory lock on a direct connection; write and archive a checkpoint to go back to",
    "run each step with a short lock timeout and bounded retries; backfills in batches; record each with its step",
  ],
  run: (context, patience) => migrateUp(context, patience),
});
