// What `ops migrate new` writes. Pure text.
import type { Phase } from "./compatibility";

const CONTRACT = "-- ops:requires-release >= 0.0.0\n";

/** A file that says what must be filled in; it does not pass as it is. */
export function template(phase: Phase): string {
  return `-- Why this change, and which release uses it.
-- ops:phase ${phase}
${phase === "contract" ? CONTRACT : ""}
-- Up Migration
-- Directives stand on the line before their statement:
--   \`-- ops:new-transaction\`          commit what came before
--   \`-- ops:no-transaction\`           CREATE INDEX CONCURRENTLY and its like
--   \`-- ops:backfill table=s.t key=id batch=1000\`   UPDATE … WHERE id > $1 AND id <= $2
--   \`-- ops:allow rule "reason"\`      answer for a hazard that lint names


-- Down Migration
-- Undo it; or delete this section and put at the top \`-- ops:forward-fix "why, and what instead"\`.

`;
}
