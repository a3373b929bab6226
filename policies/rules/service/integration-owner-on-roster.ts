// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { person, rosterExample } from "../../engine/service/examples";
import { rosterOfWorld } from "../../engine/service/questions";

const integration = (owner: string) => ({
  type: "integration",
  name: "sms",
  properties: { name: "sms", owner },
});

export default defineRule({
  id: "integration-owner-on-roster",
  severity: "high",
  applies: [{ surface: "service", types: ["integration"] }],
  clauses: ["MNT-OTHER", "SVC-TEAM"],
  title: "The owner of every integration is a role that somebody of the roster has",
  why: "An owner whom nobody can call does not renew the credential and does not answer the vendor.",
  remedy: "Name a role of policies/service/roster.yaml that a person has, or give a person the role.",
  check(subject, world) {
    const roster = rosterOfWorld(world);
    if (!roster)
      return [{ path: ["owner"], message: "there is no roster among the subjects", unknown: true }];
    const { owner } = subject.properties;
    const held = roster.people.flatMap(({ roles }) => roles);
    return typeof owner === "string" && held.includes(owner)
      ? []
      : finding("owner", `${String(owner)} is no role of a person on the roster`);
  },
  examples: {
    good: {
      subjects: [
        integration("messaging-engineer"),
        rosterExample({ people: [person(1, ["messaging-engineer"])] }),
      ],
    },
    bad: { subjects: [integration("somebody"), rosterExample()] },
  },
});
