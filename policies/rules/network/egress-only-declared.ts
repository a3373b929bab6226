// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { egressBlocks, isPublic } from "../../engine/kubernetes/network";
import { annotationOf } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";
import type { Subject, World } from "../../engine/subject";
import { isRecord } from "../../engine/value";

const POLICY = "networking.k8s.io/v1/NetworkPolicy";
/** `payment=openapi.alipay.com,sms=…`: which integrations the open port is for. */
const HOSTS = "netedu.example/egress-hosts";
/** For controllers, whose partners are no integrations of ours: why they need the Internet. */
const REASON = "netedu.example/egress-why";

/** Hosts of a declared integration, over all environments. */
function hostsOf(integration: Subject): string[] {
  const { endpoints } = integration.properties;
  return Object.values(isRecord(endpoints) ? endpoints : {}).flatMap((url) =>
    typeof url === "string" && URL.canParse(url) ? [new URL(url).host] : [],
  );
}

function undeclared(pair: string, world: World): string | undefined {
  const [name = "", host = ""] = pair.split("=");
  const integrations = world.of("service", "integration");
  if (integrations.length === 0) return undefined; // only manifests are looked at
  const integration = integrations.find((each) => each.name === name);
  if (!integration) return `no integration is called ${name}`;
  return hostsOf(integration).includes(host) ? undefined : `${name} is not reached at ${host}`;
}

export default defineRule({
  id: "egress-only-declared",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [POLICY] }],
  clauses: ["MNT-OTHER", "MNT-PAYMENT", "MNT-INVOICE", "MNT-SMS", "MNT-BOT", "CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.1" }],
  title: "Only who declares its integrations reaches the Internet",
  why: "Any other pod with a way out is a way for learners' data to leave.",
  remedy: `Name the integrations (policies/service/integrations) in ${HOSTS}, or say in ${REASON} why a controller must.`,
  check: (subject, world) => {
    const open = egressBlocks(subject).filter(isPublic);
    if (open.length === 0 || annotationOf(subject, REASON)) return [];
    const declared = annotationOf(subject, HOSTS);
    if (!declared)
      return open.flatMap(({ path, cidr }) =>
        finding(path, `${cidr} is open and no integration is named; expected ${HOSTS} or ${REASON}`),
      );
    return declared.split(",").flatMap((pair) => {
      const wrong = undeclared(pair, world);
      return wrong
        ? finding(["metadata", "annotations", HOSTS], `${wrong}; expected a declared integration`)
        : [];
    });
  },
  examples: {
    good: {
      subjects: object(POLICY, {
        annotations: `${HOSTS}: sms=dysmsapi.aliyuncs.com`,
        spec: "podSelector: {}\negress: [{ to: [{ ipBlock: { cidr: 0.0.0.0/0, except: [10.0.0.0/8] } }] }]",
      }),
    },
    bad: {
      subjects: object(POLICY, {
        spec: "podSelector: {}\negress: [{ to: [{ ipBlock: { cidr: 0.0.0.0/0, except: [10.0.0.0/8] } }] }]",
      }),
    },
  },
});
