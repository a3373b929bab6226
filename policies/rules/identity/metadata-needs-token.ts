// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPES = ["alicloud:ecs/instance:Instance", "alicloud:cs/nodePool:NodePool"];

export default defineRule({
  id: "metadata-needs-token",
  severity: "high",
  applies: [{ surface: "stack", types: TYPES }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  title: "Servers and nodes give their role only to whoever holds a token",
  why: "A page that can be made to fetch any address would hand out the server's role (SSRF).",
  remedy: "Set httpTokens: required (servers), instanceMetadataOptions.httpTokens: required (node pools).",
  check: (subject) =>
    equals(
      subject,
      subject.type === TYPES[0] ? "httpTokens" : "instanceMetadataOptions.httpTokens",
      "required",
    ),
  examples: {
    good: { subjects: [{ type: TYPES[0]!, name: "media", properties: { httpTokens: "required" } }] },
    bad: { subjects: [{ type: TYPES[1]!, name: "nodes", properties: {} }] },
  },
});
