// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { itemsAt, textAt } from "../../engine/kubernetes/objects";
import { eachContainer, PODS } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

/** Names that credentials go by, whole words of a variable's name. */
const NAMES = /(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|APIKEY|API_KEY|ACCESS_KEY(_ID|_SECRET)?|PRIVATE_KEY)$/;
/** A URL with a password: scheme://user:password@host */
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;

export default defineRule({
  id: "no-credential-in-variables",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.8" }],
  title: "No variable of a container holds a credential",
  why: "It stands in git, in the API server and in every description of the pod, readable by whoever may look.",
  remedy: "Change the credential, put it into KMS, and mount it through an ExternalSecret.",
  check: (subject) =>
    eachContainer(subject, (container) =>
      itemsAt(subject, [...container, "env"]).flatMap(({ path }) => {
        const name = textAt(subject, [...path, "name"]) ?? "";
        const value = textAt(subject, [...path, "value"]) ?? "";
        const suspicious =
          (NAMES.test(name) && value !== "" && !value.startsWith("/")) || URL_WITH_PASSWORD.test(value);
        // The value itself is never shown.
        return suspicious
          ? finding([...path, "value"], `${name} holds a credential; expected a mounted file`)
          : [];
      }),
    ),
  examples: {
    good: {
      subjects: deployment({ container: "env: [{ name: SMS_TOKEN, value: /var/run/credentials/sms }]" }),
    },
    bad: {
      subjects: deployment({
        container: "env: [{ name: DATABASE_URL, value: 'postgres://app:example@db/learning' }]",
      }),
    },
  },
});
