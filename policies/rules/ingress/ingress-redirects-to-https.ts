// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

const INGRESS = "networking.k8s.io/v1/Ingress";
const REDIRECT = "alb.ingress.kubernetes.io/ssl-redirect";

export default defineRule({
  id: "ingress-redirects-to-https",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [INGRESS] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.2.2" }],
  title: "Who comes over HTTP is sent to HTTPS",
  why: "The listener on port 80 would otherwise serve the site, and links people typed by hand stay in clear text.",
  remedy: `Annotate ${REDIRECT}: "true".`,
  check: (subject) => equals(subject, ["metadata", "annotations", REDIRECT], "true"),
  examples: {
    good: { subjects: object(INGRESS, { annotations: `${REDIRECT}: "true"` }) },
    bad: { subjects: object(INGRESS) },
  },
});
