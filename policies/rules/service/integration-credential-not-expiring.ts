// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { daysUntil } from "../../engine/service/questions";

/** Days that a vendor and a change of ours may take together. */
const AHEAD = 30;

export default defineRule({
  id: "integration-credential-not-expiring",
  severity: "high",
  applies: [{ surface: "service", types: ["integration"] }],
  clauses: ["MNT-PAYMENT", "MNT-INVOICE", "MNT-SMS", "MNT-BOT", "MNT-OTHER"],
  title: "No credential of an integration has expired or will within 30 days",
  why: "Payments, invoices or codes stop at midnight of that day, and the vendor's renewal takes days.",
  remedy:
    "Renew the credential at the vendor, put it in KMS, and write its new day under credential.expires.",
  check(subject, world) {
    const expires = valueAt(subject, "credential.expires");
    if (typeof expires === "string" && expires.startsWith("none: ")) return [];
    const days = daysUntil(world, expires);
    if (days === undefined)
      return finding("credential.expires", `${String(expires)} is no day; expected one, or "none: <why>"`);
    if (days < 0)
      return finding("credential.expires", `the credential expired ${-days} days ago, on ${String(expires)}`);
    return days < AHEAD
      ? finding("credential.expires", `the credential expires in ${days} days; expected at least ${AHEAD}`)
      : [];
  },
  examples: {
    good: { subjects: "name: sms\ncredential: { expires: 2027-06-30 }\n" },
    bad: { subjects: "name: sms\ncredential: { expires: 2026-12-10 }\n" },
  },
});
