// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "image-by-digest",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-RELEASE"],
  title: "Images are named by their digest",
  why: "A tag can be moved: what was tested is then not what runs, and going back gives something else again.",
  remedy:
    "Write name@sha256:<64 hexadecimal digits>; policies/service/releases names the version for people.",
  check: (subject) =>
    eachContainer(subject, (path) =>
      expectValue(
        subject,
        [...path, "image"],
        (value) => typeof value === "string" && /^[^\s@]+@sha256:[0-9a-f]{64}$/.test(value),
        "an image with @sha256:<digest>",
      ),
    ),
  examples: {
    good: {
      subjects: deployment({ container: `image: registry.example/netedu/web@sha256:${"0".repeat(64)}` }),
    },
    bad: { subjects: deployment({ container: "image: registry.example/netedu/web:latest" }) },
  },
});
