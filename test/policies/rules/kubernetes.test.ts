// Every rule over manifests is shown to fire on the real ones: one thing changed in what is committed, one finding more.
import { existsSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate, worldOf } from "../../../policies/engine/evaluate";
import { subjectsOf } from "../../../policies/engine/examples";
import { readManifests } from "../../../policies/engine/kubernetes/read";
import type { Rule } from "../../../policies/engine/rule";
import { loadRules } from "../../../policies/engine/rules";
import type { Subject } from "../../../policies/engine/subject";
import { changed, isRendered, renderedFiles, subjectsIn } from "../engine/kubernetes/rendered";
import { ROOT } from "../repository";

type Steps = (string | number)[];
/** Rule, file below k8s/rendered/prod, what is set there (`undefined` = removed). */
type Mutation = [rule: string, file: string, at: Steps, value: unknown];

const web = (kind: string, suffix = ""): string => `learning-web/${kind}-learning-web${suffix}.yaml`;
const ROLLOUT = web("rollout");
const POD: Steps = ["spec", "template", "spec"];
const CONTAINER: Steps = [...POD, "containers", 0];
const VERIFY = "ops/cronjob-verify.yaml";
const HPA = web("horizontalpodautoscaler");
const POLICY = web("networkpolicy");
const DENY = "namespaces/networkpolicy-default-deny.yaml";
const PROJECT = "argocd/appproject-workloads.yaml";
const SET = "argocd/applicationset-workloads.yaml";
const ALERTS = "monitoring/prometheusrule-contract.yaml";
const ALERT: Steps = ["spec", "groups", 0, "rules", 0];

const MUTATIONS: Mutation[] = [
  ["pod-not-privileged", ROLLOUT, [...CONTAINER, "securityContext", "privileged"], true],
  [
    "pod-no-privilege-escalation",
    ROLLOUT,
    [...CONTAINER, "securityContext", "allowPrivilegeEscalation"],
    true,
  ],
  ["pod-runs-as-non-root", ROLLOUT, [...CONTAINER, "securityContext", "runAsNonRoot"], false],
  ["pod-runs-as-non-root", ROLLOUT, [...POD, "securityContext", "runAsUser"], 0],
  [
    "pod-seccomp-profile",
    ROLLOUT,
    [...CONTAINER, "securityContext", "seccompProfile"],
    { type: "Unconfined" },
  ],
  [
    "pod-capabilities-dropped",
    ROLLOUT,
    [...CONTAINER, "securityContext", "capabilities"],
    { add: ["NET_RAW"] },
  ],
  ["pod-read-only-root", ROLLOUT, [...CONTAINER, "securityContext", "readOnlyRootFilesystem"], undefined],
  ["pod-no-host-namespaces", ROLLOUT, [...POD, "hostPID"], true],
  ["pod-volume-types", ROLLOUT, [...POD, "volumes", "-"], { name: "n", hostPath: { path: "/" } }],
  ["pod-no-host-ports", ROLLOUT, [...CONTAINER, "ports", 0, "hostPort"], 80],
  ["pod-proc-mount-default", ROLLOUT, [...CONTAINER, "securityContext", "procMount"], "Unmasked"],
  [
    "pod-sysctls-safe",
    ROLLOUT,
    [...POD, "securityContext", "sysctls"],
    [{ name: "kernel.msgmax", value: "1" }],
  ],
  ["pod-no-probe-host", ROLLOUT, [...CONTAINER, "livenessProbe", "httpGet", "host"], "100.100.100.200"],
  ["pod-resources", VERIFY, ["spec", "jobTemplate", ...POD, "containers", 0, "resources", "limits"], {}],
  ["pod-temporary-space-bounded", ROLLOUT, [...POD, "volumes", "-"], { name: "more", emptyDir: {} }],
  ["pod-probes", ROLLOUT, [...CONTAINER, "livenessProbe"], undefined],
  ["image-by-digest", ROLLOUT, [...CONTAINER, "image"], "registry.example/netedu/learning-web:1.0.0"],
  ["image-registry-allowed", ROLLOUT, [...CONTAINER, "image"], "docker.io/library/nginx"],
  ["service-account-token-declared", ROLLOUT, [...POD, "automountServiceAccountToken"], true],
  ["manifest-valid", ROLLOUT, ["spec", "replica"], 2],
  ["api-version-served", web("poddisruptionbudget"), ["apiVersion"], "policy/v1beta1"],
  ["required-labels", ROLLOUT, ["metadata", "labels", "owner"], undefined],
  ["required-labels", ROLLOUT, ["metadata", "labels", "environment"], "staging"],
  ["replicas-in-production", HPA, ["spec", "minReplicas"], 1],
  ["disruption-budget-exists", web("poddisruptionbudget"), ["spec", "selector", "matchLabels"], { app: "x" }],
  ["disruption-budget-lets-drain", web("poddisruptionbudget"), ["spec", "maxUnavailable"], 0],
  ["spread-over-zones", ROLLOUT, [...POD, "topologySpreadConstraints", 0, "topologyKey"], "rack"],
  ["autoscaler-target-exists", HPA, ["spec", "scaleTargetRef", "kind"], "Deployment"],
  ["autoscaler-bounds", HPA, ["spec", "maxReplicas"], 2],
  ["autoscaler-owns-replicas", ROLLOUT, ["spec", "replicas"], 3],
  ["autoscaler-measures-requests", ROLLOUT, [...CONTAINER, "resources", "requests", "cpu"], undefined],
  ["selector-matches-pods", ROLLOUT, ["spec", "selector", "matchLabels"], { app: "x" }],
  ["service-account-exists", ROLLOUT, [...POD, "serviceAccountName"], "default"],
  ["graceful-termination", ROLLOUT, [...POD, "terminationGracePeriodSeconds"], 15],
  ["cron-job-time-zone", VERIFY, ["spec", "timeZone"], undefined],
  ["cron-job-no-overlap", VERIFY, ["spec", "concurrencyPolicy"], "Allow"],
  ["cron-job-ends", VERIFY, ["spec", "jobTemplate", "spec", "activeDeadlineSeconds"], undefined],
  ["cron-job-history-kept", VERIFY, ["spec", "failedJobsHistoryLimit"], 0],
  ["pod-references-exist", web("externalsecret"), ["spec", "target", "name"], "other"],
  ["pod-references-exist", ROLLOUT, [...POD, "priorityClassName"], "lerners"],
  ["namespace-default-deny", DENY, ["spec", "policyTypes"], ["Ingress"]],
  ["namespace-default-deny", DENY, ["spec", "egress"], [{}]],
  ["network-policy-selects-pods", POLICY, ["spec", "podSelector", "matchLabels"], { app: "x" }],
  ["network-policy-names-peers", POLICY, ["spec", "egress", 0, "to"], []],
  ["egress-not-to-metadata", POLICY, ["spec", "egress", 3, "to", 0, "ipBlock", "except"], []],
  ["egress-only-declared", POLICY, ["metadata", "annotations"], {}],
  [
    "namespace-pod-security",
    "namespaces/namespace-learning.yaml",
    ["metadata", "labels"],
    { environment: "prod" },
  ],
  ["service-internal-only", web("service"), ["spec", "type"], "LoadBalancer"],
  ["service-selects-pods", web("service"), ["spec", "ports", 0, "targetPort"], "web"],
  ["ingress-tls", web("ingress"), ["spec", "tls"], []],
  ["ingress-redirects-to-https", web("ingress"), ["metadata", "annotations"], {}],
  ["ingress-certificate-issued", web("certificate"), ["spec", "dnsNames"], ["m.netedu.example"]],
  ["ingress-backend-exists", web("service"), ["spec", "ports", 0, "name"], "web"],
  [
    "load-balancer-tls-policy",
    "edge/albconfig-alb.yaml",
    ["spec", "listeners", 1, "securityPolicyId"],
    undefined,
  ],
  ["certificate-renewed-early", web("certificate"), ["spec", "renewBefore"], "24h"],
  ["certificate-issuer-exists", "cert-manager/clusterissuer-letsencrypt.yaml", ["metadata", "name"], "other"],
  ["app-project-names-sources", PROJECT, ["spec", "sourceRepos", 0], "*"],
  ["app-project-names-destinations", PROJECT, ["spec", "destinations", 0, "namespace"], "*"],
  [
    "app-project-grants-no-rights",
    PROJECT,
    ["spec", "namespaceResourceWhitelist", "-"],
    { group: "", kind: "Secret" },
  ],
  ["application-in-project", PROJECT, ["spec", "destinations"], []],
  ["application-heals", SET, ["spec", "template", "spec", "syncPolicy", "automated", "selfHeal"], false],
  [
    "application-revision-fixed",
    "monitoring/application-argocd-monitoring-chart.yaml",
    ["spec", "source", "targetRevision"],
    "87.x",
  ],
  ["application-set-keeps-objects", SET, ["spec", "syncPolicy", "preserveResourcesOnDeletion"], false],
  [
    "lasting-objects-never-pruned",
    "ops/persistentvolumeclaim-evidence.yaml",
    ["metadata", "annotations"],
    {},
  ],
  [
    "rollout-is-analysed",
    ROLLOUT,
    ["spec", "strategy", "canary", "analysis", "templates", 0, "templateName"],
    "x",
  ],
  ["rollout-aborts", ROLLOUT, ["spec", "progressDeadlineAbort"], false],
  ["rollout-services-exist", web("service", "-canary"), ["metadata", "name"], "other"],
  ["no-secret-in-git", web("serviceaccount"), ["kind"], "Secret"],
  ["secrets-by-file", ROLLOUT, [...CONTAINER, "envFrom"], [{ secretRef: { name: "learning-web" } }]],
  [
    "no-credential-in-variables",
    ROLLOUT,
    [...CONTAINER, "env", "-"],
    { name: "SMS_TOKEN", value: "example" },
  ],
  ["external-secret-refreshed", web("externalsecret"), ["spec", "refreshInterval"], "24h"],
  ["external-secret-store-allows", web("externalsecret"), ["spec", "secretStoreRef", "name"], "vault"],
  ["secret-store-scoped", "external-secrets/clustersecretstore-kms.yaml", ["spec", "conditions"], undefined],
  ["alert-has-runbook", ALERTS, [...ALERT, "annotations", "runbook_url"], "https://example.org/"],
  ["alert-has-priority", ALERTS, [...ALERT, "labels", "priority"], "P5"],
  ["pod-monitor-finds-pods", web("podmonitor"), ["spec", "podMetricsEndpoints", 0, "port"], "metrics"],
];

/** Nobody declares such objects yet. */
const LATER = ["role-grants-little", "role-not-cluster-admin"];

const folder = "k8s/rendered/prod";
const hasFile = (file: string): boolean => existsSync(path.join(ROOT, file));
const world = (subjects: readonly Subject[]) =>
  worldOf(subjects, { today: new Date("2026-11-25T00:00:00Z"), hasFile });

describe.skipIf(!isRendered)("rules over the rendered manifests", () => {
  const files = renderedFiles("prod");
  const subjects = new Map(files.map((file) => [file, subjectsIn(file)]));
  let rules = new Map<string, Rule>();
  beforeAll(async () => {
    const manifests = ({ applies }: Rule) => applies.some(({ surface }) => surface === "kubernetes");
    rules = new Map((await loadRules()).filter(manifests).map((rule) => [rule.id, rule]));
  });

  const failing = (rule: Rule, of: ReadonlyMap<string, Subject[]>): string[] => {
    const all = [...of.values()].flat();
    return evaluate(all, [rule], world(all)).flatMap(({ subject, findings }) =>
      findings.map(({ path: at, message }) => `${subject.id} ${at.join(".")} ${message}`),
    );
  };

  it.each(MUTATIONS)("%s fires on %s when %j is %j", (id, name, at, value) => {
    const rule = rules.get(id)!;
    const before = failing(rule, subjects);
    const file = `${folder}/${name}`;
    // A Secret without contents is no secret in git: what is changed gets some.
    const changes = id === "no-secret-in-git" ? { data: { token: "ZXhhbXBsZQ==" } } : {};
    const mutated = changed(file, at, value);
    const subject = { ...mutated, properties: { ...mutated.properties, ...changes } };
    const after = failing(rule, new Map(subjects).set(file, [subject]));
    expect(after.filter((each) => !before.includes(each))).not.toEqual([]);
  });

  it("are mutated under names that rules have", () => {
    const named = [...MUTATIONS.map(([id]) => id), ...LATER];
    expect(named.filter((id) => !rules.has(id))).toEqual([]);
  });

  // A rule is one file: without a row above, its own bad example is the mutation, put beside what is committed.
  it("fire on their bad example beside the real manifests when no mutation is given for them", () => {
    const mutated = new Set(MUTATIONS.map(([id]) => id));
    for (const rule of [...rules.values()].filter(({ id }) => !mutated.has(id))) {
      const bad = subjectsOf(
        rule,
        rule.examples.bad,
        (_, __, text) => readManifests("bad.yaml", text).subjects,
      );
      const before = failing(rule, subjects);
      const after = failing(rule, new Map(subjects).set("bad.yaml", [...bad]));
      expect(
        after.filter((each) => !before.includes(each)),
        rule.id,
      ).not.toEqual([]);
    }
  });

  it("speak of something that is there", () => {
    const all = [...subjects.values()].flat();
    const silent = [...rules.values()].filter((rule) => evaluate(all, [rule], world(all)).length === 0);
    expect(silent.map(({ id }) => id).sort()).toEqual([...LATER].sort());
  });
});
