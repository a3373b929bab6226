// What changed between two renderings, object by object and property by property. Pure: two sets of files in, changes out.
import { DeclarationError } from "../../policies/engine/declaration";
import { parseYaml } from "../../policies/engine/yaml";
import { differences, type PropertyChange, type Shape } from "../core/difference";
import type { Json, JsonObject, KubernetesObject } from "./model";
import { RENDERED } from "./model";

export type Verdict = "create" | "update" | "delete";

export interface ObjectChange {
  verdict: Verdict;
  environment: string;
  app: string;
  kind: string;
  /** `namespace/name`, or the name of what belongs to no namespace. */
  name: string;
  /** The file, as it is; for a deletion as it was. */
  file: string;
  properties: readonly PropertyChange<Json>[];
  /** Why a person should look twice; empty for harmless changes. */
  dangers: readonly string[];
}

interface Placed {
  environment: string;
  app: string;
  file: string;
  object: KubernetesObject & JsonObject;
}

type Files = ReadonlyMap<string, string>;

function placed(file: string, text: string): Placed {
  const document = parseYaml(file, text);
  const { value, problems } = document;
  const [environment = "", app = ""] = file.slice(RENDERED.length + 1).split("/");
  const object = value as Partial<KubernetesObject> | undefined;
  if (problems.length === 0 && !(object?.kind && object.metadata?.name && object.apiVersion)) {
    problems.push(document.problem("", "no Kubernetes object", "apiVersion, kind and metadata.name"));
  }
  if (problems.length > 0) throw new DeclarationError(problems);
  return { environment, app, file, object: value as Placed["object"] };
}

const nameOf = ({ metadata: { name, namespace } }: KubernetesObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** The same object to the API server: its version may change, its group may not. */
function identityOf({ environment, object }: Placed): string {
  const [group, version] = object.apiVersion.split("/");
  return [environment, version === undefined ? "" : group, object.kind, nameOf(object)].join(" ");
}

/** @throws DeclarationError for a file that is no single Kubernetes object */
function objectsOf(files: Files): Map<string, Placed> {
  const all = [...files].map(([file, text]) => placed(file, text));
  return new Map(all.map((each) => [identityOf(each), each]));
}

const isRecord = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Containers, ports, variables, volumes: Kubernetes merges them by name, so their order is no change. */
function named(list: readonly Json[]): Map<string, Json> | undefined {
  const entries = list.map((item): [string, Json] => [
    isRecord(item) && typeof item.name === "string" ? item.name : "",
    item,
  ]);
  const names = new Map(entries);
  return names.size === list.length && !names.has("") ? names : undefined;
}

const SHAPE: Shape<Json> = {
  members: (value) => (isRecord(value) ? value : undefined),
  items: (value) => (Array.isArray(value) ? value : undefined),
  keyed: named,
  same: (one, other) => one === other,
};

/** Leaves that differ, in the order of their paths. */
export const compare = (before: Json | undefined, after: Json | undefined): PropertyChange<Json>[] =>
  differences(SHAPE, before, after);

/** Kinds whose deletion takes more than themselves. */
const CARRIES: Readonly<Record<string, string>> = {
  AppProject: "its applications stop being synced",
  ApplicationSet: "its applications are no longer kept",
  ClusterSecretStore: "no secret is refreshed any more",
  CustomResourceDefinition: "every object of its kind goes too",
  Namespace: "everything in it goes too",
  NetworkPolicy: "what it allowed or denied is no longer so",
  PersistentVolumeClaim: "its data may go too",
};

/** Properties that the API server refuses to change: the object has to be made anew. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec.selector"],
  PersistentVolumeClaim: ["spec.accessModes", "spec.storageClassName"],
  Rollout: ["spec.selector"],
  Service: ["spec.clusterIP"],
  PriorityClass: ["value", "preemptionPolicy"],
};

function dangersOf(verdict: Verdict, kind: string, properties: readonly PropertyChange<Json>[]): string[] {
  const carried = CARRIES[kind];
  if (verdict === "delete") return carried === undefined ? [] : [carried];
  const fixed = (IMMUTABLE[kind] ?? []).filter((prefix) =>
    properties.some(
      ({ path }) => path === prefix || (/^[.[]/.test(path.slice(prefix.length)) && path.startsWith(prefix)),
    ),
  );
  return fixed.map((path) => `${path} cannot be changed: the API server refuses`);
}

function change(before: Placed | undefined, after: Placed | undefined): ObjectChange | undefined {
  const verdict: Verdict = !before ? "create" : !after ? "delete" : "update";
  const { environment, app, file, object } = (after ?? before)!;
  const moved =
    before && after && before.app !== after.app
      ? [{ path: "(app)", before: before.app, after: after.app }]
      : [];
  const properties = before && after ? [...moved, ...compare(before.object, after.object)] : [];
  if (verdict === "update" && properties.length === 0) return undefined;
  const dangers = dangersOf(verdict, object.kind, properties);
  return { verdict, environment, app, kind: object.kind, name: nameOf(object), file, properties, dangers };
}

/**
 * Changes from `base` to `head`, by environment, app and file.
 * @throws DeclarationError naming a file of either side that is no single Kubernetes object
 */
export function difference(base: Files, head: Files): ObjectChange[] {
  const [before, after] = [objectsOf(base), objectsOf(head)];
  const identities = [...new Set([...after.keys(), ...before.keys()])];
  const changes = identities.flatMap((identity) => change(before.get(identity), after.get(identity)) ?? []);
  return changes.sort((one, other) => (one.file < other.file ? -1 : 1));
}

export interface Staleness {
  /** Files whose text is another, that are not there, and that nothing renders any more. */
  changed: string[];
  missing: string[];
  stale: string[];
}

/** What has to be written and removed so that `committed` is what is rendered. */
export function staleness(committed: Files, rendered: Files): Staleness {
  const paths = [...rendered.keys()];
  return {
    changed: paths.filter((path) => committed.has(path) && committed.get(path) !== rendered.get(path)),
    missing: paths.filter((path) => !committed.has(path)),
    stale: [...committed.keys()].filter((path) => !rendered.has(path)),
  };
}
