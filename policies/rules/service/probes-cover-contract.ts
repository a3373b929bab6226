// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { records } from "../../engine/service/questions";
import type { World } from "../../engine/subject";

/** What the contract names as the ways to the platform. */
const SURFACES = ["pc-site", "mobile-api", "wechat"];

const CLAUSES = ["PERF-INTERACT", "PERF-SIMPLE", "PERF-COMPLEX"];

/** Clauses with response times, from the contract when it is among the subjects. */
function measured(world: World): string[] {
  const found = world.of("service", "clause").map(({ properties }) => String(properties.id));
  return found.length === 0 ? CLAUSES : found.filter((id) => id.startsWith("PERF-"));
}

const text = (surfaces: readonly string[]): string => `
classes: [{ name: interactive, clause: PERF-INTERACT }, { name: simple, clause: PERF-SIMPLE }, { name: complex, clause: PERF-COMPLEX }]
operations:
${surfaces.flatMap((surface) => ["interactive", "simple", "complex"].map((each) => `  - { surface: ${surface}, class: ${each} }`)).join("\n")}
`;

export default defineRule({
  id: "probes-cover-contract",
  severity: "high",
  applies: [{ surface: "service", types: ["probe-catalogue"] }],
  clauses: ["PERF-INTERACT", "PERF-SIMPLE", "PERF-COMPLEX"],
  title: "Every class of response times is measured on every surface",
  why: "A surface that is not probed is slow for its learners before anybody of us knows.",
  remedy: "Add an operation of the class on the surface to policies/service/probes.yaml.",
  check(subject, world) {
    const classes = records(valueAt(subject, "classes"));
    const operations = records(valueAt(subject, "operations"));
    return measured(world).flatMap((clause) => {
      const names = classes.filter(({ of }) => of.clause === clause).map(({ of }) => of.name);
      return SURFACES.filter(
        (surface) => !operations.some(({ of }) => of.surface === surface && names.includes(of.class ?? "")),
      ).flatMap((surface) => finding("operations", `${clause} is not measured on ${surface}`));
    });
  },
  examples: { good: { subjects: text(SURFACES) }, bad: { subjects: text(["pc-site", "mobile-api"]) } },
});
