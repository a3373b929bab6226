import { describe, expect, it } from "vitest";
import { readManifests } from "../../../../policies/engine/kubernetes/read";
import { mistakesOf } from "../../../../policies/engine/kubernetes/schema";
import { KNOWN_VERSIONS } from "../../../../policies/engine/kubernetes/version";
import { changed, isRendered, renderedFiles, subjectsIn } from "./rendered";

const APP = "k8s/rendered/prod/learning-web";
const CONTAINER = ["spec", "template", "spec", "containers", 0];

/** What is found, with its place, in a text. */
function found(text: string): string[] {
  const { subjects, problems } = readManifests("a.yaml", text);
  expect(problems).toEqual([]);
  return subjects.flatMap((subject) =>
    mistakesOf(subject).map(({ path, message, expected }) => {
      const place = subject.at(path);
      return `${place?.line}:${place?.column} ${message}; ${expected}`;
    }),
  );
}

describe("schemas of kinds", () => {
  it("say what and where", () => {
    const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, creationTimestamp: null }
spec:
  replica: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: 1 } }
    spec:
      hostNetwork: "yes"
      containers:
        - name: web
          resources: { limits: { cpu: 500m, memory: 5Gb } }
          ports: [{ containerPort: 80.5, protocol: TCP }, { containerPort: 99999999999 }]
          volumeMounts: [{ name: y }]
`;
    expect(found(text)).toEqual([
      '5:12 unknown field "replica"; a field of this kind; did you mean "replicas"?',
      "8:32 app: found 1; text",
      "14:36 containerPort: found 80.5; a whole number",
      "14:76 containerPort: found 99999999999; at most 2147483647",
      '13:53 memory: found "5Gb"; a quantity, such as 500m or 1Gi',
      '15:26 volumeMounts: "mountPath" is missing; "mountPath"',
      "15:34 name: found true; text", // y is a boolean to Kubernetes
      '10:21 hostNetwork: found "yes"; true or false',
    ]);
  });

  it.each([
    ["25%", 0],
    ["1", 0],
    ["true", 1],
    ["1.5", 1],
  ])("take a whole number or text where either may stand: %s gives %i mistakes", (value, mistakes) => {
    const text = `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: a }\nspec: { maxUnavailable: ${value} }\n`;
    expect(found(text)).toHaveLength(mistakes);
  });

  it("take nothing for an optional field, and refuse it for one that must be there", () => {
    const service = (spec: string) => `apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: ${spec}\n`;
    expect(found(service("{ clusterIP: null, ports: null }"))).toEqual([]);
    expect(found(service("{ ports: [{ port: null }] }"))).toEqual([
      "4:25 port: found nothing; a whole number",
    ]);
  });

  it("keep what a definition leaves open", () => {
    const text = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: a }
spec:
  project: p
  destination: {}
  source: { repoURL: r, helm: { valuesObject: { any: { thing: [1] } } } }
`;
    expect(found(text)).toEqual([]);
    expect(found(text.replace("helm:", "hlem:"))).toEqual([
      expect.stringContaining('unknown field "hlem"; a field of this kind; did you mean "helm"?'),
    ]);
  });

  it("know no kind that nobody has declared, and say which was meant", () => {
    const text = "apiVersion: apps/v1\nkind: Deploymnet\nmetadata: { name: a }\n";
    expect(found(text)).toEqual([
      "2:7 apps/v1/Deploymnet is no kind of Kubernetes 1.35 or of a controller of ours; " +
        "a kind that has a definition; did you mean apps/v1/Deployment?",
    ]);
  });

  it("never look into a Secret, nor show it", () => {
    const secret = "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData: { token: abc }\n";
    expect(found(secret)).toEqual([]);
    expect(found(secret.replace("stringData", "stringdata")).join()).not.toContain("abc");
  });
});

describe.skipIf(!isRendered)("rendered manifests", () => {
  it.each(KNOWN_VERSIONS)("are valid for Kubernetes %s", (version) => {
    const files = renderedFiles();
    expect(files.length).toBeGreaterThan(100);
    expect(
      files
        .flatMap((file) => subjectsIn(file))
        .flatMap((subject) => mistakesOf(subject, version).map(({ message }) => `${subject.id}: ${message}`)),
    ).toEqual([]);
  });

  it.each<[string, (string | number)[], unknown, string]>([
    ["rollout", [...CONTAINER, "imagePulPolicy"], "Always", 'unknown field "imagePulPolicy"'],
    ["rollout", [...CONTAINER, "ports", 0, "containerPort"], "8080", 'containerPort: found "8080"'],
    ["rollout", [...CONTAINER, "name"], undefined, '"name" is missing'],
    ["rollout", ["spec", "strategy", "canary", "steps", 0, "setWeight"], "5%", 'setWeight: found "5%"'],
    ["rollout", ["spec", "strategy", "canary", "maxSurge"], true, "maxSurge: found true"],
    ["service", ["spec", "ports", 0, "targetport"], 80, 'unknown field "targetport"'],
    ["service", ["spec", "ports", 0, "port"], undefined, '"port" is missing'],
    ["ingress", ["spec", "tls", 0, "secretname"], "a", 'unknown field "secretname"'],
    ["ingress", ["spec", "rules", 0, "http", "paths", 0, "pathType"], undefined, '"pathType" is missing'],
    ["horizontalpodautoscaler", ["spec", "maxReplicas"], "12", 'maxReplicas: found "12"'],
    ["networkpolicy", ["spec", "egress", 0, "ports", 0, "port"], false, "port: found false"],
    ["networkpolicy", ["spec", "podSelector"], [], "podSelector: found a list"],
    ["certificate", ["spec", "privateKey", "algorithm"], "DSA", 'algorithm: found "DSA"'],
    ["externalsecret", ["spec", "target", "creationPolicy"], "Owned", 'creationPolicy: found "Owned"'],
    ["podmonitor", ["spec", "podMetricsEndpoints", 0, "interval"], "fifteen", 'interval: found "fifteen"'],
    ["serviceaccount", ["automountServiceAccountToken"], "false", "automountServiceAccountToken: found"],
    ["poddisruptionbudget", ["metadata", "label"], {}, 'unknown field "label"'],
  ])("stop being valid: %s %s = %s", (kind, at, value, message) => {
    const messages = mistakesOf(changed(`${APP}/${kind}-learning-web.yaml`, at, value)).map(
      (mistake) => mistake.message,
    );
    expect(messages).toEqual([expect.stringContaining(message)]);
  });
});
