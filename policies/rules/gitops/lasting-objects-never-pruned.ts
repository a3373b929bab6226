// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

const OPTIONS = "argocd.argoproj.io/sync-options";
const CLAIM = "v1/PersistentVolumeClaim";

export default defineRule({
  id: "lasting-objects-never-pruned",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: [CLAIM, "v1/Namespace"] }],
  clauses: ["DR-RESTORE", "ARC-EVENTS"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "Volumes and namespaces outlive their manifests",
  why: "A claim that is pruned takes its data along, and a namespace everything in it: evidence cannot be made again.",
  remedy: `Annotate ${OPTIONS}: Delete=false,Prune=false; remove the object by hand when it is really to go.`,
  check: (subject) =>
    expectValue(
      subject,
      ["metadata", "annotations", OPTIONS],
      (value) => {
        const options = typeof value === "string" ? value.split(",").map((option) => option.trim()) : [];
        return options.includes("Prune=false") && options.includes("Delete=false");
      },
      "Delete=false,Prune=false",
    ),
  examples: {
    good: { subjects: object(CLAIM, { annotations: `${OPTIONS}: Delete=false,Prune=false` }) },
    bad: { subjects: object(CLAIM, { annotations: `${OPTIONS}: ServerSideApply=true` }) },
  },
});
