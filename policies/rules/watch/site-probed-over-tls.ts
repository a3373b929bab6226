// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isList } from "../../engine/value";

const TYPE = "alicloud:cms/siteMonitor:SiteMonitor";

export default defineRule({
  id: "site-probed-over-tls",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["PERF-INTERACT", "SVC-PATROL"],
  title: "Sites are probed from several places, over TLS 1.2 or newer",
  why: "One probe tells its own network's troubles; an http probe proves nothing of the certificate.",
  remedy: "Give an https address, optionJson.minTlsVersion tlsv1.2 and at least two ispCities.",
  check: (subject) => [
    ...expectValue(
      subject,
      "address",
      (address) => typeof address === "string" && address.startsWith("https://"),
      "an https address",
    ),
    ...expectValue(
      subject,
      "ispCities",
      (places) => isList(places) && places.length >= 2,
      "two places or more",
    ),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            address: "https://learn.netedu.example/healthz",
            ispCities: [{ city: "4" }, { city: "546" }],
          },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            address: "http://learn.netedu.example/healthz",
            ispCities: [{ city: "4" }, { city: "546" }],
          },
        },
      ],
    },
  },
});
