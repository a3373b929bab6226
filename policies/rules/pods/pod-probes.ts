// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, present, valueAt } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { LONG_RUNNING, mainContainersOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

export default defineRule({
  id: "pod-probes",
  severity: "high",
  applies: [{ surface: "kubernetes", types: LONG_RUNNING }],
  clauses: ["SLA-P1", "SEC-RELEASE"],
  title: "Long-running containers say when they are ready and when they are stuck",
  why: "Without readiness a release sends users to pods that are still starting; without liveness a hung pod stays.",
  remedy:
    "Add readinessProbe and livenessProbe. They must differ: one that asks dependencies may not restart the pod.",
  check: (subject) =>
    mainContainersOf(subject).flatMap((path) => {
      const probe = (name: string) => valueAt(subject, [...path, name]);
      const [ready, live] = [probe("readinessProbe"), probe("livenessProbe")];
      const same =
        isRecord(ready) && isRecord(live) && ready.httpGet !== undefined
          ? JSON.stringify(ready.httpGet) === JSON.stringify(live.httpGet)
          : false;
      return [
        ...present(subject, [...path, "readinessProbe"], "a probe"),
        ...present(subject, [...path, "livenessProbe"], "a probe"),
        ...(same
          ? finding(
              [...path, "livenessProbe"],
              "asks the same as the readinessProbe; expected one without dependencies",
            )
          : []),
      ];
    }),
  examples: {
    good: {
      subjects: deployment({
        container:
          "readinessProbe: { httpGet: { path: /healthz, port: 8080 } }\nlivenessProbe: { httpGet: { path: /livez, port: 8080 } }",
      }),
    },
    bad: {
      subjects: deployment({ container: "readinessProbe: { httpGet: { path: /healthz, port: 8080 } }" }),
    },
  },
});
