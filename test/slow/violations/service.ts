// Violations in what the service declares.
import type { Injected } from "./violation";

export const SERVICE: readonly Injected[] = [
  {
    rule: "integration-runbook-exists",
    clause: "MNT-OTHER",
    file: "policies/service/integrations/sms.yaml",
    find: "runbook: procedures/check-sms-platform",
    put: "runbook: procedures/check-sms-platfrom",
  },
  {
    rule: "waiver-in-order",
    clause: "SEC-CONFIG",
    file: "policies/waivers.yaml",
    find: "waivers:",
    put: "waivers:\n  - rule: key-rotates\n    subject: urn:nowhere\n    owner: security-engineer\n    reason: it was right a year ago, nobody knows why\n    expires: 2025-11-25\n",
    at: "expires: 2025-11-25",
  },
  {
    rule: "key-period-plan-exists",
    clause: "KEY-PLAN",
    file: "policies/service/key-periods/two-sessions-2027.yaml",
    find: "plan: runbooks/procedures/guard-key-period.md",
    put: "plan: runbooks/procedures/guard-the-period.md",
  },
];
