// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

/** Where images of ours come from. */
const REGISTRIES = ["registry.example/netedu/"];

export default defineRule({
  id: "image-registry-allowed",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-RELEASE", "SEC-VULN"],
  title: "Images come from our own registry",
  why: "Only there are they scanned and kept; elsewhere an image can vanish or be exchanged under us.",
  remedy: `Copy the image to one of ${REGISTRIES.join(", ")} and name it there.`,
  check: (subject) =>
    eachContainer(subject, (path) =>
      expectValue(
        subject,
        [...path, "image"],
        (value) => REGISTRIES.some((registry) => String(value).startsWith(registry)),
        `an image of ${REGISTRIES.join(" or ")}`,
      ),
    ),
  examples: {
    good: { subjects: deployment({ container: "image: registry.example/netedu/web" }) },
    bad: { subjects: deployment({ container: "image: docker.io/library/nginx" }) },
  },
});
