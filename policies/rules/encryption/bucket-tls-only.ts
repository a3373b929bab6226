// One rule; what a rule is stands in policies/engine/rule.ts.
import { among, each, equals, finding, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:oss/bucket:Bucket";

const HTTPS = "alicloud:oss/bucketHttpsConfig:BucketHttpsConfig";

export default defineRule({
  id: "bucket-tls-only",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.8" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "5.4" },
  ],
  title: "Every bucket refuses TLS older than 1.2",
  why: "Downloads of course material carry signed links: whoever reads one can use it.",
  remedy: "Declare an oss.BucketHttpsConfig with enable true and tlsVersions TLSv1.2 and TLSv1.3.",
  check: (subject, world) => {
    const settings = world.referrers(subject, HTTPS, "bucket");
    if (settings.length === 0) return finding("", "no TLS setting takes its bucket from here; expected one");
    return settings.flatMap((setting) =>
      [
        ...equals(setting, "enable", true),
        ...present(setting, "tlsVersions", "TLSv1.2 and TLSv1.3"),
        ...each(setting, "tlsVersions", (_, path) => among(setting, path, ["TLSv1.2", "TLSv1.3"])),
      ].map((found) => ({ ...found, path: [] })),
    );
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "courses", properties: {} },
        {
          type: HTTPS,
          name: "courses-tls",
          properties: { enable: true, tlsVersions: ["TLSv1.2", "TLSv1.3"] },
          references: { bucket: ["courses"] },
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "courses", properties: {} },
        {
          type: HTTPS,
          name: "courses-tls",
          properties: { enable: true, tlsVersions: ["TLSv1.0", "TLSv1.2"] },
          references: { bucket: ["courses"] },
        },
      ],
    },
  },
});
