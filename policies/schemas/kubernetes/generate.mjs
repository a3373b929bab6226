// Writes definitions.json and lifecycle.json of this folder from Go modules, through the ordinary `go mod download`.
// Plain Node; run by hand when a version below is raised: `node policies/schemas/kubernetes/generate.mjs`. Needs `go`.
//
// What the API server would refuse is refused: a field that no definition names, above all. Differences from the published
// definitions are only those that the API server makes itself: defaults are filled in before `required` is looked at, and a
// structural schema drops what it does not name.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { load } from "js-yaml";

/** Minor version → the release whose OpenAPI document is read. */
const KUBERNETES = { 1.35: "v1.35.4", 1.36: "v1.36.3", 1.37: "v1.37.2" };

/** Where the API says since when a version is deprecated or gone. */
const LIFECYCLE = { module: "k8s.io/api", version: "v0.37.2", licence: "Apache-2.0" };

const BUILT_IN = {
  v1: "ConfigMap LimitRange Namespace PersistentVolume PersistentVolumeClaim Pod ResourceQuota Secret Service ServiceAccount",
  "apps/v1": "DaemonSet Deployment ReplicaSet StatefulSet",
  "autoscaling/v1": "HorizontalPodAutoscaler",
  "autoscaling/v2": "HorizontalPodAutoscaler",
  "batch/v1": "CronJob Job",
  "networking.k8s.io/v1": "Ingress IngressClass NetworkPolicy",
  "node.k8s.io/v1": "RuntimeClass",
  "policy/v1": "PodDisruptionBudget",
  "rbac.authorization.k8s.io/v1": "ClusterRole ClusterRoleBinding Role RoleBinding",
  "scheduling.k8s.io/v1": "PriorityClass",
  "storage.k8s.io/v1": "StorageClass",
  "admissionregistration.k8s.io/v1":
    "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
};

/** CustomResourceDefinitions of the controllers that run in our clusters; every version that they serve is taken. */
const CUSTOM = [
  {
    module: "github.com/argoproj/argo-cd/v3",
    version: "v3.3.19",
    files: ["application", "applicationset", "appproject"].map((name) => `manifests/crds/${name}-crd.yaml`),
  },
  {
    module: "github.com/argoproj/argo-rollouts",
    version: "v1.8.5",
    files: ["rollout", "analysis-template", "cluster-analysis-template"].map(
      (name) => `manifests/crds/${name}-crd.yaml`,
    ),
  },
  {
    module: "sigs.k8s.io/gateway-api",
    version: "v1.5.1",
    files: ["gatewayclasses", "gateways", "httproutes", "referencegrants"].map(
      (name) => `config/crd/standard/gateway.networking.k8s.io_${name}.yaml`,
    ),
  },
  {
    module: "github.com/cert-manager/cert-manager",
    version: "v1.21.2",
    files: ["certificates", "clusterissuers", "issuers"].map(
      (name) => `deploy/crds/cert-manager.io_${name}.yaml`,
    ),
  },
  {
    module: "github.com/external-secrets/external-secrets",
    version: "v1.3.2",
    files: ["clustersecretstores", "externalsecrets", "secretstores"].map(
      (name) => `config/crds/bases/external-secrets.io_${name}.yaml`,
    ),
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    version: "v0.85.0",
    files: ["alertmanagerconfigs", "podmonitors", "probes", "prometheusrules", "servicemonitors"].map(
      (name) => `example/prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`,
    ),
  },
].map((source) => ({ ...source, licence: "Apache-2.0" }));

/** Kinds whose CRD no registry has: schemas written by hand in this folder, from what their documentation says. */
const BY_HAND = [{ file: "alb-config.schema.json", type: "alibabacloud.com/v1/AlbConfig" }];

const HERE = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const workshop = mkdtempSync(path.join(tmpdir(), "definitions-"));
execFileSync("go", ["mod", "init", "definitions"], { cwd: workshop, stdio: "ignore" });

function download(module, version) {
  const answer = execFileSync("go", ["mod", "download", "-json", `${module}@${version}`], { cwd: workshop });
  return JSON.parse(answer.toString()).Dir;
}

// --- one form for everything ---------------------------------------------------------------------------------------------

const QUANTITY = "^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|[eE][+-]?[0-9]+)?$";
const KEPT = [
  "enum",
  "pattern",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "multipleOf",
  "uniqueItems",
];
/** Go's `(?i)`, which JavaScript lacks, written out: letters become classes of both cases. */
function portable(pattern) {
  if (!pattern.includes("(?i)")) return pattern;
  return pattern
    .replaceAll("(?i)", "")
    .replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}

const JUNCTORS = ["allOf", "anyOf", "oneOf"];
const INT32 = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };

/**
 * @param schema OpenAPI v2 or a structural schema
 * @param of.reference resolves `$ref` (built-in kinds only)
 * @param of.structural true for CRDs: an object without named fields keeps nothing, defaults come before `required`
 * @param of.closed false inside anyOf and its like: there, conditions stand and no fields are declared
 */
function convert(schema, of) {
  if (schema.$ref) return of.reference(schema.$ref.replace("#/definitions/", ""));
  const out = {};
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (schema["x-kubernetes-int-or-string"] || schema.format === "int-or-string") {
    out.type = ["integer", "string"];
    if (schema.pattern) out.pattern = schema.pattern;
    return out;
  }
  if (schema.type) out.type = schema.nullable ? [schema.type, "null"] : schema.type;
  for (const key of KEPT) if (schema[key] !== undefined) out[key] = schema[key];
  if (out.pattern) out.pattern = portable(out.pattern);
  if (schema.format === "int32") Object.assign(out, { ...INT32, ...out });
  if (schema.properties) {
    out.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, child]) => [name, convert(child, of)]),
    );
    if (schema["x-kubernetes-embedded-resource"])
      out.properties = {
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: { type: "object" },
        ...out.properties,
      };
  }
  const required = (schema.required ?? []).filter(
    (name) => !of.structural || schema.properties?.[name]?.default === undefined,
  );
  if (required.length > 0) out.required = required;
  if (schema.items) out.items = convert(schema.items, of);
  if (of.structural && schema["x-kubernetes-list-type"] === "set") out.uniqueItems = true;
  for (const junctor of JUNCTORS)
    if (schema[junctor])
      out[junctor] = schema[junctor].map((each) => convert(each, { ...of, closed: false }));
  if (schema.not) out.not = convert(schema.not, { ...of, closed: false });
  if (typeof schema.additionalProperties === "object")
    out.additionalProperties = convert(schema.additionalProperties, of);
  else if (of.closed && !preserves && schema.additionalProperties !== true) {
    if (out.properties || (of.structural && schema.type === "object")) out.additionalProperties = false;
  }
  return out;
}

/** apiVersion, kind and metadata as every object has them. A status is never declared: the controller writes it. */
function asObject(schema, apiVersion, kind, metadata) {
  return {
    ...schema,
    type: "object",
    properties: {
      ...schema.properties,
      apiVersion: { const: apiVersion },
      kind: { const: kind },
      metadata,
    },
    required: [...new Set(["apiVersion", "kind", "metadata", ...(schema.required ?? [])])],
  };
}

// --- equal definitions are written once ----------------------------------------------------------------------------------

const written = new Map();

/** Every object with fields becomes a definition of its own; everything else stays where it is used. */
function intern(schema) {
  if (Array.isArray(schema)) return schema.map(intern);
  if (typeof schema !== "object" || schema === null) return schema;
  const out = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties")
      out.properties = Object.fromEntries(
        Object.entries(value).map(([name, child]) => [name, intern(child)]),
      );
    else if (["items", "additionalProperties", "not", ...JUNCTORS].includes(key)) out[key] = intern(value);
    else out[key] = value;
  }
  if (!out.properties || out.additionalProperties !== false) return out;
  const text = JSON.stringify(out);
  if (text.length < 100) return out;
  if (!written.has(text)) written.set(text, written.size);
  return { $ref: `#/definitions/${written.get(text)}` };
}

const numberOf = (schema) => Number(intern(schema).$ref.replace("#/definitions/", ""));

// --- the kinds -----------------------------------------------------------------------------------------------------------

function builtIn(version) {
  const folder = download("k8s.io/kubernetes", version);
  const { definitions } = JSON.parse(
    readFileSync(path.join(folder, "api/openapi-spec/swagger.json"), "utf8"),
  );
  const special = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: ["string", "number"], pattern: QUANTITY },
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: ["integer", "string"] },
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": { type: ["string", "null"] },
  };
  const done = new Map(Object.entries(special));
  const reference = (name) => {
    if (!done.has(name))
      done.set(name, convert(definitions[name], { reference, structural: false, closed: true }));
    return done.get(name);
  };
  const metadata = reference("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
  const kinds = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const [gvk, ...more] = definition["x-kubernetes-group-version-kind"] ?? [];
    if (!gvk || more.length > 0) continue;
    const apiVersion = gvk.group ? `${gvk.group}/${gvk.version}` : gvk.version;
    if (!BUILT_IN[apiVersion]?.split(" ").includes(gvk.kind)) continue;
    kinds[`${apiVersion}/${gvk.kind}`] = numberOf(asObject(reference(name), apiVersion, gvk.kind, metadata));
  }
  return { kinds, metadata };
}

/** What controllers say of versions of their own kinds: no release of Kubernetes is in it, so none is compared. */
const ofControllers = {};

function custom({ module, version, files }, metadata) {
  const folder = download(module, version);
  const kinds = {};
  for (const file of files) {
    const { spec } = load(readFileSync(path.join(folder, file), "utf8"));
    const stored = spec.versions.find(({ storage }) => storage).name;
    for (const { name, served, deprecated, schema } of spec.versions) {
      const apiVersion = `${spec.group}/${name}`;
      if (!served || deprecated)
        ofControllers[`${apiVersion}/${spec.names.kind}`] = {
          [served ? "deprecated" : "removed"]: `${module} ${version}`,
          use: `${spec.group}/${stored}/${spec.names.kind}`,
        };
      if (!served) continue;
      const { status: _, ...properties } = schema.openAPIV3Schema.properties;
      const converted = convert(
        { ...schema.openAPIV3Schema, properties },
        { structural: true, closed: true, reference: undefined },
      );
      if (_) converted.properties.status = { type: "object" };
      kinds[`${apiVersion}/${spec.names.kind}`] = numberOf(
        asObject(converted, apiVersion, spec.names.kind, metadata),
      );
    }
  }
  return kinds;
}

function byHand({ file, type }, metadata) {
  const schema = JSON.parse(readFileSync(path.join(HERE, file), "utf8"));
  const [kind, ...version] = type.split("/").reverse();
  const apiVersion = version.reverse().join("/");
  const converted = convert(schema, { structural: true, closed: true, reference: undefined });
  return { [type]: numberOf(asObject(converted, apiVersion, kind, metadata)) };
}

// --- deprecated and removed ----------------------------------------------------------------------------------------------

/** Every API version that is deprecated or gone by the newest release read, from the functions the API is generated with. */
function lifecycle() {
  const folder = download(LIFECYCLE.module, LIFECYCLE.version);
  const found = {};
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith("zz_generated.prerelease-lifecycle.go")) continue;
    const text = readFileSync(path.join(folder, file), "utf8");
    const register = readFileSync(path.join(folder, path.dirname(file), "register.go"), "utf8");
    const group = /GroupName = "([^"]*)"/.exec(register)?.[1] ?? "";
    const version = path.basename(path.dirname(file));
    const minor = (kind, stage) =>
      new RegExp(
        `\\*${kind}\\) APILifecycle${stage}\\(\\) \\(major, minor int\\) \\{\\s*return 1, (\\d+)`,
      ).exec(text)?.[1];
    for (const [, kind] of text.matchAll(/\*(\w+)\) APILifecycleIntroduced\(/g)) {
      if (kind.endsWith("List")) continue;
      const replacement = new RegExp(
        `\\*${kind}\\) APILifecycleReplacement[^}]*Group: "([^"]*)", Version: "([^"]*)", Kind: "([^"]*)"`,
      ).exec(text);
      const deprecated = minor(kind, "Deprecated");
      const removed = minor(kind, "Removed");
      if (!deprecated && !removed) continue;
      found[[group, version, kind].filter(Boolean).join("/")] = {
        ...(deprecated ? { deprecated: `1.${deprecated}` } : {}),
        ...(removed ? { removed: `1.${removed}` } : {}),
        ...(replacement ? { use: replacement.slice(1).filter(Boolean).join("/") } : {}),
      };
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

// --- the files -----------------------------------------------------------------------------------------------------------

const kinds = {};
let metadata;
for (const [minor, version] of Object.entries(KUBERNETES)) {
  const read = builtIn(version);
  kinds[minor] = read.kinds;
  metadata ??= read.metadata;
}
const customKinds = Object.assign(
  {},
  ...CUSTOM.map((source) => custom(source, metadata)),
  ...BY_HAND.map((source) => byHand(source, metadata)),
);
const sources = [
  ...Object.values(KUBERNETES).map((version) => ({
    module: "k8s.io/kubernetes",
    version,
    licence: "Apache-2.0",
    files: ["api/openapi-spec/swagger.json"],
  })),
  ...CUSTOM.map(({ module, version, licence, files }) => ({ module, version, licence, files })),
];
const line = (value) => JSON.stringify(value);
writeFileSync(
  path.join(HERE, "definitions.json"),
  [
    `{"note":"Generated by generate.mjs from the sources named here; do not edit.",`,
    `"sources":[\n${sources.map(line).join(",\n")}\n],`,
    `"kinds":{\n${Object.entries(kinds)
      .map(([minor, of]) => `${line(minor)}:${line(of)}`)
      .join(",\n")},\n"custom":${line(customKinds)}\n},`,
    `"definitions":[\n${[...written.keys()].join(",\n")}\n]}`,
    "",
  ].join("\n"),
);
writeFileSync(
  path.join(HERE, "lifecycle.json"),
  `{"note":"Generated by generate.mjs from the lifecycle functions of this module; do not edit.",\n"source":${line(LIFECYCLE)},\n"versions":{\n${Object.entries(
    lifecycle(),
  )
    .map(([type, stages]) => `${line(type)}:${line(stages)}`)
    .join(",\n")}\n},\n"custom":{\n${Object.entries(ofControllers)
    .map(([type, stages]) => `${line(type)}:${line(stages)}`)
    .join(",\n")}\n}}\n`,
);
