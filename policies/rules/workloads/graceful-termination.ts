// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, finding, valueAt } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { LONG_RUNNING, mainContainersOf, podSpecOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

/** Seconds left for requests in flight when the pause before stopping is over. */
const IN_FLIGHT = 10;

export default defineRule({
  id: "graceful-termination",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: LONG_RUNNING }],
  clauses: ["SEC-RELEASE", "PERF-INTERACT"],
  title: "A pod has time to finish what it began",
  why: "Killed early, every release cuts off requests and leaves half-done work of the workers behind.",
  remedy: `Set terminationGracePeriodSeconds to the preStop pause plus ${IN_FLIGHT} s or more.`,
  check: (subject) => {
    const path = [...podSpecOf(subject), "terminationGracePeriodSeconds"];
    const pauses = mainContainersOf(subject).map((container) =>
      Number(valueAt(subject, [...container, "lifecycle", "preStop", "sleep", "seconds"]) ?? 0),
    );
    const needed = Math.max(0, ...pauses) + IN_FLIGHT;
    return valueAt(subject, path) === undefined
      ? finding(path, `is not set; expected at least ${needed} s, decided for this app`)
      : atLeast(subject, path, needed, "s");
  },
  examples: {
    good: {
      subjects: deployment({
        pod: "terminationGracePeriodSeconds: 60",
        container: "lifecycle: { preStop: { sleep: { seconds: 15 } } }",
      }),
    },
    bad: {
      subjects: deployment({
        pod: "terminationGracePeriodSeconds: 10",
        container: "lifecycle: { preStop: { sleep: { seconds: 15 } } }",
      }),
    },
  },
});
