// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { person, rosterExample } from "../../engine/service/examples";
import { noRoster, rosterOf } from "../../engine/service/questions";

/** Roles that approve what goes to production. */
const APPROVERS = ["service-lead", "release-engineer"];

export default defineRule({
  id: "roster-approvers-can-sign",
  severity: "high",
  applies: [{ surface: "service", types: ["roster"] }],
  clauses: ["SEC-RELEASE"],
  title: "Whoever may approve a release has a signing key on the roster",
  why: "An approval without a signature that can be checked is only a name that somebody typed.",
  remedy: "Add the person's ssh-ed25519 public key to `signingKeys`.",
  check(subject) {
    const roster = rosterOf(subject);
    if (!roster) return noRoster();
    return roster.people.flatMap(({ name, roles, signingKeys }, index) =>
      signingKeys.length === 0 && roles.some((role) => APPROVERS.includes(role))
        ? finding(["people", index, "signingKeys"], `${name} approves releases and has no signing key`)
        : [],
    );
  },
  examples: {
    good: { subjects: [rosterExample()] },
    bad: { subjects: [rosterExample({ people: [{ ...person(1, ["service-lead"]), signingKeys: [] }] })] },
  },
});
