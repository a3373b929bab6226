// `ops data check`: what is redundant, wrong or contradicts itself in the data, as work with owner and deadline.
import { checkData, WHERE } from "../../data/quality/check";
import { CHECK_KIND } from "../../data/quality/facts";
import { defineCommand } from "../../job";
import { withDrillLock } from "../../restore/lock";

export default defineCommand({
  summary: "Find redundant, wrong and contradicting data by declared rules; findings have owner and deadline",
  clauses: ["DATA-CLEAN", "DATA-INTEGRITY"],
  cadence: "daily",
  effect: "isolated",
  evidence: { kind: CHECK_KIND },
  arguments: {
    on: {
      kind: "choice",
      choices: WHERE,
      default: "source",
      description:
        "what is read: the source, which never waits for us, a restored copy of the last backup, or a declared standby",
    },
    rule: { kind: "list", description: "only these rules; such a run leaves no evidence" },
    module: { kind: "list", description: "only rules of these modules; such a run leaves no evidence" },
    statement: {
      kind: "pairs",
      value: "name=file",
      description: "statements of other parties that rules are held against, as CSV",
    },
    timeout: {
      kind: "amount",
      value: "seconds",
      default: 1800,
      description: "limit of the whole run, seconds; rules that it does not come to are inconclusive",
    },
  },
  examples: [
    { command: "ops data check", what: "Every rule that is due, on the sandbox." },
    { command: "ops data check --platform prod --env prod --json", what: "As the nightly CronJob runs it." },
    {
      command: "ops data check --on copy",
      what: "On a copy of the last backup, which is proven equal first.",
    },
    {
      command: "ops data check --module orders,payments",
      what: "What concerns trade, at once, without evidence.",
    },
    {
      command: "ops data check --rule messages-sent-and-billed --statement sms-bill=bill.csv",
      what: "The messages that were sent against the provider's bill.",
    },
  ],
  report: true,
  plan: async (context, { on, rule, module }) => [
    `read the rules of ${context.platform.name} (${context.platform.data?.rules.join(", ") ?? "none"})${rule.length + module.length > 0 ? ", narrowed" : ""}, and what the last check left`,
    on === "copy"
      ? "restore the last backup into an isolated copy, prove its content, and read it as a role that only reads"
      : `export a snapshot of each database of the ${on}; let go as soon as anybody waits for us`,
    "parse each rule, look at what its tables would call, run it read-only within its limit; name what may not be run",
    "count what is wrong, keep keys of a sample (personal ones as digests), compare with the last check",
    "give findings an owner and a deadline; fail for errors and for what is overdue; leave evidence unless narrowed",
  ],
  run: (context, { on, rule, module, statement, timeout: limitSeconds }) => {
    const request = { on, rules: rule, modules: module, statements: statement, limitSeconds };
    return on === "copy"
      ? withDrillLock(context, "data check", () => checkData(context, request))
      : checkData(context, request);
  },
});
