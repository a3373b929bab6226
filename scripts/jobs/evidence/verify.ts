// `ops evidence verify`: is every entry there, unaltered and in order?
import { ledgerCheck, renderVerification } from "../../evidence/verification";
import { defineCommand } from "../../job";

export default defineCommand({
  summary: "Check that every entry is there, unaltered and in order",
  arguments: {},
  examples: [{ command: "ops evidence verify", what: "Is every entry there, unaltered and in order?" }],
  offline: true,
  beginsLedger: false,
  plan: async ({ ledger }) => [
    `check signature, chain, day roots, artifacts and head of ${ledger.location}`,
    "print every place that was changed; exit 20 when there is one",
    "append evidence of the verification",
  ],
  async run({ ledger, clock, color, progress }) {
    const started = clock.seconds();
    const found = await progress.phase("verify the ledger", () => ledger.verify());
    const check = ledgerCheck(found);
    progress.check(check);
    const { entries, root, key, problems, extendable } = found;
    return {
      checks: [check],
      measurements: [
        { name: "entries", value: entries, unit: "1" },
        { name: "problems", value: problems.length, unit: "1", target: 0 },
        { name: "verification", value: clock.seconds() - started, unit: "s" },
      ],
      artifacts: [],
      facts: { entries, root, key: key ?? null, problems },
      // On a damaged end nothing can be appended, and a look at nothing begins no ledger: the exit code has to do.
      record: extendable && entries > 0,
      summary: renderVerification(ledger, found, color),
      json: found,
      ...(problems.length > 0 ? { exit: "evidence" as const } : {}),
    };
  },
});
