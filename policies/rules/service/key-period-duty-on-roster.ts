// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { rosterExample } from "../../engine/service/examples";
import { notOnRoster, texts } from "../../engine/service/questions";

const period = (duty: readonly string[]) => ({
  type: "key-period",
  name: "autumn",
  properties: { name: "autumn", duty },
});

export default defineRule({
  id: "key-period-duty-on-roster",
  severity: "high",
  applies: [{ surface: "service", types: ["key-period"] }],
  clauses: ["KEY-WATCH"],
  title: "At least two named people of the roster watch every key period",
  why: "Real-time watching is promised; one person cannot watch for days, and an unknown one not at all.",
  remedy: "Name two or more people of policies/service/roster.yaml under `duty`.",
  check(subject, world) {
    const named = new Set(texts(valueAt(subject, "duty"))).size;
    const few = named < 2 ? finding("duty", `${named} named for the watch; expected at least 2`) : [];
    return [...few, ...notOnRoster(subject, world, "duty")];
  },
  examples: {
    good: { subjects: [period(["person-3", "person-4"]), rosterExample()] },
    bad: { subjects: [period(["person-3", "nobody"]), rosterExample()] },
  },
});
