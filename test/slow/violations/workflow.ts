// Violations in the workflows of GitHub.
import type { Injected } from "./violation";

const WORKFLOWS = ".github/workflows";

export const WORKFLOW: readonly Injected[] = [
  {
    rule: "workflow-actions-pinned",
    clause: "SEC-VULN",
    file: `${WORKFLOWS}/nightly-backup-verification.yaml`,
    find: "actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1",
    put: "actions/checkout@v6",
  },
  {
    rule: "workflow-no-injection",
    clause: "SEC-VULN",
    file: `${WORKFLOWS}/nightly-backup-verification.yaml`,
    find: './ops coverage --env "$TARGET"',
    put: `./ops coverage --env \${{ inputs.environment }}`,
  },
  {
    rule: "workflow-jobs-end",
    clause: "SEC-RELEASE",
    file: `${WORKFLOWS}/apply.yaml`,
    find: "    timeout-minutes: 90\n",
    put: "",
    at: "  apply:",
  },
  {
    rule: "workflow-deploys-take-turns",
    clause: "DATA-CHANGE",
    file: `${WORKFLOWS}/apply.yaml`,
    find: "cancel-in-progress: false",
    put: "cancel-in-progress: true",
    at: "  apply:",
  },
  {
    rule: "workflow-checkout-keeps-no-token",
    clause: "CONF-PLEDGE",
    file: `${WORKFLOWS}/release.yaml`,
    find: "persist-credentials: false",
    put: "persist-credentials: true",
  },
  {
    rule: "workflow-runner-named",
    clause: "SEC-CONFIG",
    file: `${WORKFLOWS}/housekeeping.yaml`,
    find: "runs-on: ubuntu-24.04",
    put: "runs-on: ubuntu-latest",
  },
  {
    rule: "workflow-no-write-all",
    clause: "SEC-CONFIG",
    file: `${WORKFLOWS}/dr-drill.yaml`,
    find: "permissions:\n  contents: read",
    put: "permissions: write-all",
  },
  {
    rule: "workflow-no-untrusted-checkout",
    clause: "CONF-PLEDGE",
    file: `${WORKFLOWS}/label.yaml`,
    put: `on: pull_request_target
permissions: {}
jobs:
  label:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8
        with:
          persist-credentials: false
          ref: \${{ github.event.pull_request.head.sha }}
`,
    at: "- uses: actions/checkout",
  },
];
